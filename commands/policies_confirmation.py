"""What does the process do until an order is confirmed: keep stock, wait for money, make firm?"""

from commands.confirm_order import ConfirmOrder
from commands.fulfilment_coupons import give_places_back, take_places, use_places
from commands.fulfilment_holds import hold_for
from commands.fulfilment_money import (
    ask_for_payment,
    give_credit_back,
    give_payment_up,
    give_payments_up,
    is_covered,
    watch_authorisations,
)
from commands.fulfilment_parcels import plan_shipments
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import (
    extend_stock,
    give_stock_back,
    keep_again,
    keep_stock,
    make_firm,
    pieces_per_line,
)
from commands.reject_order import RejectOrder
from domain.coupon_events import RedemptionReleaseReason
from domain.fulfilment_events import Stage
from domain.order_events import OrderHoldReleased
from domain.order_parts import HoldDecision, HoldKind, LineQuantity, RejectionReason
from domain.payment import Payment
from domain.stock_events import ReleaseReason


def after_order_placed(step: Step) -> None:
    """Keep the stock, then ask for the money; an order from elsewhere is only noted."""
    if step.process is not None:
        return
    order = step.order
    if order.is_imported:
        step.go(Stage.RECORDED)
        return
    pay_by = order.pay_by or step.now + step.policy.pay_by
    wanted = tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=line.kept)
        for line in order.progress
        if line.kept
    )
    expires_at = pay_by + step.policy.reservation_grace
    if not keep_stock(step, wanted, purpose="order", expires_at=expires_at):
        reject(step, RejectionReason.OUT_OF_STOCK)
        return
    refusal = take_places(step, order.coupons, order.placed_at)
    if refusal is not None:
        reject(step, RejectionReason.INVALID, refusal.code)
        return
    if is_covered(order):
        confirm(step)
        return
    if order.payment_method_ref is not None:
        missing_minor = order.due_totals.grand_minor - order.credit_minor
        ask_for_payment(step, order.payment_method_ref, missing_minor)
    step.set_timer("pay_by", pay_by)
    step.go(Stage.AWAITING_PAYMENT)


def reject(step: Step, reason: RejectionReason, details: str | None = None) -> None:
    """Take the order back: stock and money, then the order itself."""
    give_stock_back(step, ReleaseReason.PAYMENT_FAILED, reason)
    give_payments_up(step, reason)
    give_credit_back(step, reason)
    give_places_back(step, step.order.coupons, RedemptionReleaseReason.REJECTED)
    step.send(
        RejectOrder(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            reason=reason,
            details=details,
        )
    )
    step.cancel_timers()
    step.go(Stage.REJECTED)


def confirm(step: Step) -> None:
    """Make the stock firm, confirm the order and plan its parcels."""
    if not make_firm(step):
        reject(step, RejectionReason.OUT_OF_STOCK, "the reservation has expired")
        return
    firm, promised = pieces_per_line(step)
    confirmed = step.succeeds(
        ConfirmOrder(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            allocations=_per_line(step, firm),
            backorders=_per_line(step, promised),
        )
    )
    if not confirmed:
        step.go(Stage.ON_HOLD)
        return
    use_places(step)
    step.cancel_timers()
    watch_authorisations(step)
    plan_shipments(step)
    step.go(Stage.FULFILLING)


def when_covered(step: Step) -> None:
    """Confirm an order whose payments are good for it; hold a risky one."""
    payments = step.payments()
    threshold = step.policy.risk_threshold
    risky = [payment for payment in payments if (payment.risk_score or 0) >= threshold]
    if risky:
        _hold_for_fraud(step, risky[-1])
    elif step.order.is_held:
        step.go(Stage.ON_HOLD)
    else:
        for payment in payments:
            if payment.is_undecided:  # others cover the order
                give_payment_up(step, payment, "superfluous")
        confirm(step)


def _hold_for_fraud(step: Step, payment: Payment) -> None:
    hold_for(step, HoldKind.FRAUD, payment.payment_id, f"risk {payment.risk_score}")
    extend_stock(step, step.now + step.policy.hold_max + step.policy.reservation_grace)
    step.cancel_timer("pay_by")
    step.wake_in("hold_sla", step.policy.hold_sla)
    step.wake_in("hold_max", step.policy.hold_max)
    step.go(Stage.ON_HOLD)


def _per_line(step: Step, pieces: dict[str, int]) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=pieces[line.line_id])
        for line in step.order.lines
        if pieces.get(line.line_id)
    )


def after_hold_released(step: Step) -> None:
    """Go on, or take the order back, once the last hold is decided."""
    data, process, order = step.event.data, step.process, step.order
    assert isinstance(data, OrderHoldReleased)
    if process is None or process.has_ended:
        return
    if process.stage is Stage.ON_HOLD and data.decision is HoldDecision.REJECT:
        reject(step, RejectionReason.FRAUD)
    elif process.stage is Stage.ON_HOLD and not order.is_held and order.edit is None:
        confirm(step)
    else:
        plan_shipments(step)
        step.stay()


def after_reservation_expired(step: Step) -> None:
    """Reserve again, once, what expired before the money came."""
    process = step.process
    if process is None or process.stage is not Stage.AWAITING_PAYMENT:
        return
    if not keep_again(step):
        reject(step, RejectionReason.OUT_OF_STOCK, "the reservation has expired")
        return
    step.stay()
