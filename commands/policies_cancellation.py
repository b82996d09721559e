"""What does the process do when an order, or a part of it, shall not be delivered?

Compensation goes in this order: parcels, stock, money; the order itself comes last, when every
provider has answered (domain.md §2.2).
"""

from typing import cast

from commands.finish_cancellation import FinishCancellation
from commands.fulfilment_coupons import give_places_back
from commands.fulfilment_money import (
    give_back,
    give_payment_up,
    give_payments_up,
    is_anything_pending,
    note_fact,
    taken_too_much,
)
from commands.fulfilment_parcels import complete_or_stay, plan_shipments, stop_parcels
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import give_pieces_back, give_stock_back
from commands.policies_return import close_if_refunded
from domain.coupon_events import RedemptionReleaseReason
from domain.fulfilment_events import Stage
from domain.order import Lifecycle
from domain.order_events import OrderCancellationRequested, OrderLinesCancelled
from domain.order_parts import LineQuantity, PaymentFactKind
from domain.payment_events import (
    PaymentVoided,
    PaymentVoidFailed,
    RefundFailed,
    RefundSucceeded,
)
from domain.stock_events import ReleaseReason


def after_cancellation_requested(step: Step) -> None:
    """Stop the parcels, give stock and money back, and finish when that is done."""
    data = cast("OrderCancellationRequested", step.event.data)
    process = step.process
    if process is not None and process.has_ended:
        return
    undo(step, data.cancellation_id)


def undo(step: Step, cancellation_id: str) -> None:
    """Undo what has not left of an order that is being cancelled."""
    if step.process is not None:
        stop_parcels(step, "cancelled")
        give_stock_back(step, ReleaseReason.CANCELLED, cancellation_id)
        give_payments_up(step, "cancelled")
        if not step.order.has_shipped:
            give_places_back(step, step.order.coupons, RedemptionReleaseReason.CANCELLED)
        step.cancel_timers()
    too_much = taken_too_much(step)
    if too_much > 0:
        give_back(step, too_much, "cancelled", cancellation_id)
    step.wake_in("compensation", step.policy.compensation)
    _finish_or_wait(step)


def _finish_or_wait(step: Step) -> None:
    """Finish the cancellation if every provider has answered."""
    order = step.order
    wish = order.cancellation
    is_waiting = order.lifecycle is not Lifecycle.CANCELLING or wish is None
    if is_waiting or is_anything_pending(step.payments()) or step.begun.troubles:
        step.go(Stage.COMPENSATING)
        return
    assert wish is not None
    released = tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=line.unshipped)
        for line in order.progress
        if line.unshipped
    )
    step.send(
        FinishCancellation(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            cancellation_id=wish.cancellation_id,
            released=released,
            voided_minor=sum(each.voided_minor for each in order.payments),
            refunded_minor=order.refunded_minor,
        )
    )
    step.cancel_timer("compensation")
    if step.order.lifecycle is Lifecycle.CANCELLED:
        step.go(Stage.CANCELLED)
    else:
        step.go(Stage.FULFILLING)


def after_lines_cancelled(step: Step) -> None:
    """Give back the pieces and the money of what was cancelled, and plan the rest anew."""
    data = cast("OrderLinesCancelled", step.event.data)
    process = step.process
    if process is None or process.has_ended:
        return
    cancelled = {line.line_id: line.quantity for line in data.lines}
    for shipment in step.shipments():
        if shipment.is_in_house and cancelled.keys() & {line.line_id for line in shipment.lines}:
            stop_parcels(step, "lines_cancelled")
            break
    give_pieces_back(step, cancelled, ReleaseReason.CANCELLED, data.cancellation_id)
    if data.refund_due_minor > 0:
        give_back(step, data.refund_due_minor, "cancelled", data.cancellation_id)
    if process.stage is Stage.FULFILLING:
        plan_shipments(step)
    complete_or_stay(step)


def after_voided(step: Step) -> None:
    """Tell the order what a payment is no longer good for."""
    data = cast("PaymentVoided", step.event.data)
    if step.process is None:
        return
    kind = PaymentFactKind.VOIDED
    note_fact(step, data.payment_id, kind, data.void_id, data.amount_minor)
    payment = step.payment(data.payment_id)
    if step.begun.is_over and payment.uncaptured_minor > 0:  # authorised after it was given up
        give_payment_up(step, payment, "late_payment")
    go_on(step)


def after_void_failed(step: Step) -> None:
    """Call for help with what is still authorised; what was taken instead is given back as such."""
    data = cast("PaymentVoidFailed", step.event.data)
    if step.process is None:
        return
    payment = step.payment(data.payment_id)
    if step.begun.is_over and payment.uncaptured_minor > 0:
        step.call_for_help(f"void:{data.void_id}", data.code, payment.uncaptured_minor)
    go_on(step)


def after_refund_succeeded(step: Step) -> None:
    """Tell the order what was given back."""
    data = cast("RefundSucceeded", step.event.data)
    if step.process is None:
        return
    kind = PaymentFactKind.REFUNDED
    note_fact(step, data.payment_id, kind, data.refund_id, data.amount_minor)
    step.cancel_timer(f"refund:{data.refund_id}")
    return_id = step.payment(data.payment_id).operations[data.refund_id].ref
    if return_id is not None:
        close_if_refunded(step, return_id)
    go_on(step)


def after_refund_failed(step: Step) -> None:
    """Try again some times, then call for help."""
    data = cast("RefundFailed", step.event.data)
    process = step.process
    if process is None:
        return
    number = process.tries.get(f"refund:{data.refund_id}", 0)
    if number < step.policy.tries_max:
        step.wake_in(f"refund:{data.refund_id}", step.policy.retry_after * 2**number)
    else:
        step.call_for_help(f"refund:{data.refund_id}", data.code, data.amount_minor)
    step.stay()


def go_on(step: Step) -> None:
    """Finish the cancellation that waited for this, or complete the order."""
    if step.begun.stage is Stage.COMPENSATING:
        _finish_or_wait(step)
    else:
        complete_or_stay(step)
