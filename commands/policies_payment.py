"""What does the process do when a provider, or a bank, says something about a payment?"""

from typing import Final, cast

from commands.fulfilment_holds import hold_for
from commands.fulfilment_money import (
    give_back,
    give_payment_up,
    is_covered,
    note_fact,
    taken_too_much,
)
from commands.fulfilment_step import Step
from commands.fulfilment_stock import extend_stock
from commands.policies_cancellation import go_on
from commands.policies_confirmation import reject, when_covered
from commands.policies_edit import abandon_edit, is_for_edit, settle_edit
from domain.fulfilment_events import Stage
from domain.order_parts import HoldKind, PaymentFactKind, RejectionReason
from domain.payment_events import (
    ChargebackOpened,
    ChargebackResolved,
    PaymentActionRequired,
    PaymentAuthorizationExpired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentOutcomeUnknown,
    PaymentReauthorized,
    PaymentRequested,
    RefundReversed,
)

_OVER: Final = frozenset({Stage.REJECTED, Stage.EXPIRED, Stage.CANCELLED, Stage.COMPENSATING})
"""Whatever is paid here comes too late."""


def after_payment_requested(step: Step) -> None:
    """Tell the order that its customer pays it in another way, or in parts."""
    data = cast("PaymentRequested", step.event.data)
    if step.process is None:
        return
    note_fact(step, data.payment_id, PaymentFactKind.REQUESTED, data.payment_id, data.amount_minor)
    step.stay()


def after_action_required(step: Step) -> None:
    """Keep the stock while the customer confirms the payment, but not for ever."""
    data = cast("PaymentActionRequired", step.event.data)
    process = step.process
    if process is None or process.stage is not Stage.AWAITING_PAYMENT:
        return
    until = data.until or step.now + step.policy.action
    extend_stock(step, until + step.policy.reservation_grace)
    pay_by = process.timers.get("pay_by")
    if pay_by is not None and pay_by.due_at < until:
        step.set_timer("pay_by", until)
    step.set_timer(f"action:{data.payment_id}", until)
    step.stay()


def after_authorized(step: Step) -> None:
    """Confirm an order that is covered; hold a risky one; give up what comes too late."""
    data = cast("PaymentAuthorized", step.event.data)
    process = step.process
    if process is None:
        return
    payment = step.payment(data.payment_id)
    kind, payment_id = PaymentFactKind.AUTHORIZED, data.payment_id
    was_covered = is_covered(step.order) and process.stage is not Stage.AWAITING_PAYMENT
    note_fact(step, payment_id, kind, payment_id, data.amount_minor)
    step.cancel_timer(f"action:{payment_id}")
    if process.stage in _OVER or was_covered:
        give_payment_up(step, payment, "late_payment" if process.has_ended else "superfluous")
        step.stay()
    elif process.stage is not Stage.AWAITING_PAYMENT:
        settle_edit(step)
    elif step.order.edit is not None or not is_covered(step.order):
        step.stay()
    else:
        when_covered(step)


def after_declined(step: Step) -> None:
    """Wait for another payment if there can be one; otherwise take the order back."""
    data = cast("PaymentDeclined", step.event.data)
    process = step.process
    if process is None:
        return
    note_fact(step, data.payment_id, PaymentFactKind.FAILED, data.payment_id, 0)
    step.cancel_timer(f"action:{data.payment_id}")
    edit = step.order.edit
    if edit is not None and not data.is_retriable and is_for_edit(step, data.payment_id, edit):
        abandon_edit(step, "payment_declined")
        return
    payments = step.payments()
    unpaid_minor = step.order.payable_minor - step.order.credit_minor
    is_paid = sum(each.uncaptured_minor for each in payments) >= unpaid_minor
    others = is_paid or any(each.is_undecided for each in payments)  # paid: to be reacted to yet
    if process.stage is not Stage.AWAITING_PAYMENT or data.is_retriable or others:
        step.stay()
        return
    reject(step, RejectionReason.PAYMENT_DECLINED, data.code)


def after_captured(step: Step) -> None:
    """Tell the order; give back what is taken of an order that is over."""
    data = cast("PaymentCaptured", step.event.data)
    process = step.process
    if process is None:
        return
    kind = PaymentFactKind.CAPTURED
    note_fact(step, data.payment_id, kind, data.capture_id, data.amount_minor)
    step.cancel_timer(f"capture:{data.capture_id}")
    too_much = taken_too_much(step)
    if process.stage in _OVER and too_much > 0:
        give_back(step, too_much, "late_payment", data.capture_id)
        step.stay()
        return
    go_on(step)


def after_capture_failed(step: Step) -> None:
    """Try again some times, then keep the rest of the goods back and call for help."""
    data = cast("PaymentCaptureFailed", step.event.data)
    process = step.process
    if process is None:
        return
    if data.was_captured:
        name = f"{data.capture_id}:taken-back"
        kind = PaymentFactKind.CAPTURED
        note_fact(step, data.payment_id, kind, name, -data.amount_minor)
    number = process.tries.get(f"capture:{data.capture_id}", 0)
    if number < step.policy.tries_max and not process.has_ended:
        step.wake_in(f"capture:{data.capture_id}", step.policy.retry_after * 2**number)
    else:
        if step.order.unshipped and step.order.is_open:
            hold_for(step, HoldKind.CREDIT, data.capture_id, data.code)
        step.call_for_help(f"capture:{data.capture_id}", data.code, data.amount_minor)
    step.stay()


def after_authorization_expired(step: Step) -> None:
    """Keep the goods back of an order whose authorisation has expired."""
    data = cast("PaymentAuthorizationExpired", step.event.data)
    if step.process is None:
        return
    if step.order.is_open and step.order.unshipped:
        hold_for(step, HoldKind.CREDIT, data.payment_id, "the authorisation has expired")
    step.stay()


def after_reauthorized(step: Step) -> None:
    """Be woken before the new end."""
    data = cast("PaymentReauthorized", step.event.data)
    if step.process is None or step.begun.has_ended:
        return
    step.set_timer(
        f"auth_expiry:{data.payment_id}", data.valid_until - step.policy.reauthorize_before
    )
    step.stay()


def after_reauthorization_failed(step: Step) -> None:
    """Keep the rest of the goods back."""
    if step.process is None or step.begun.has_ended:
        return
    if step.order.is_open and step.order.unshipped:
        hold_for(step, HoldKind.CREDIT, str(step.event.position), "no longer authorised")
    step.stay()


def after_chargeback_opened(step: Step) -> None:
    """Tell the order that its money is disputed."""
    data = cast("ChargebackOpened", step.event.data)
    if step.process is None:
        return
    kind = PaymentFactKind.DISPUTED
    note_fact(step, data.payment_id, kind, data.case_id, data.amount_minor)
    if step.order.is_open and step.order.unshipped:
        hold_for(step, HoldKind.CREDIT, data.case_id, "disputed")
    step.stay()


def after_chargeback_resolved(step: Step) -> None:
    """Tell the order; a lost dispute gave the money back."""
    data = cast("ChargebackResolved", step.event.data)
    if step.process is None:
        return
    name = f"{data.case_id}:resolved"
    note_fact(step, data.payment_id, PaymentFactKind.DISPUTED, name, -data.amount_minor)
    if not data.is_won:
        note_fact(step, data.payment_id, PaymentFactKind.REFUNDED, name, data.amount_minor)
    step.stay()


def after_refund_reversed(step: Step) -> None:
    """Tell the order that the money came back, and somebody has to find the customer."""
    data = cast("RefundReversed", step.event.data)
    if step.process is None:
        return
    name = f"{data.refund_id}:reversed"
    note_fact(step, data.payment_id, PaymentFactKind.REFUNDED, name, -data.amount_minor)
    step.call_for_help(f"refund:{data.refund_id}", "reversed", data.amount_minor)
    step.stay()


def after_outcome_unknown(step: Step) -> None:
    """Have the provider asked what became of it, with growing pauses."""
    data = cast("PaymentOutcomeUnknown", step.event.data)
    if step.process is None:
        return
    pause = min(step.policy.ask_again * 2 ** min(data.attempt - 1, 10), step.policy.ask_again_max)
    step.wake_in(f"ask:{data.operation}:{data.payment_id}:{data.operation_id}", pause)
    step.stay()
