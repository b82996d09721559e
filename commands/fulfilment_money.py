"""How does the fulfilment process ask for money, take it, and give it back?

What an order is paid with is money, and perhaps the credit of a return of an earlier order. Money
is given back first; what is given back of a credit is money of the order that it came from.
"""

from collections.abc import Iterable
from typing import NamedTuple

from commands.fulfilment_step import FULFILMENT, Step
from commands.record_payment_fact import RecordPaymentFact
from commands.request_capture import RequestCapture
from commands.request_payment import RequestPayment
from commands.request_refund import RequestRefund
from commands.request_void import RequestVoid
from domain.line_parts import shipped_minor
from domain.order import Order
from domain.order_parts import PaymentFactKind
from domain.payment import Payment
from domain.payment_events import CaptureMode, PaymentOperation


def ask_for_payment(step: Step, method_ref: str, amount_minor: int, purpose: str = "1") -> None:
    """Ask the provider to vouch for an amount, and tell the order."""
    payment_id = step.derived_id("payment", purpose)
    accepted = step.succeeds(
        RequestPayment(
            actor=FULFILMENT,
            asked_at=step.now,
            payment_id=payment_id,
            order_id=step.order_id,
            amount_minor=amount_minor,
            currency=step.order.currency,
            method_ref=method_ref,
        )
    )
    if accepted:
        note_fact(step, payment_id, PaymentFactKind.REQUESTED, payment_id, amount_minor)


def note_fact(
    step: Step,
    payment_id: str,
    kind: PaymentFactKind,
    operation_id: str,
    amount_minor: int,
    order_id: str | None = None,
) -> None:
    """Tell the order, this one if none is named, what happened to a payment."""
    step.send(
        RecordPaymentFact(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=order_id or step.order_id,
            payment_id=payment_id,
            kind=kind,
            operation_id=operation_id,
            amount_minor=amount_minor,
        )
    )


def is_covered(order: Order, total_minor: int | None = None) -> bool:
    """Tell whether what it is paid with is good for what the order comes to, or another total."""
    owed_minor = order.payable_minor if total_minor is None else total_minor
    return order.authorised_minor >= owed_minor - order.granted_minor


def give_payment_up(step: Step, payment: Payment, reason: str) -> None:
    """Give the uncaptured rest of a payment up."""
    has_rest = payment.is_undecided or payment.uncaptured_minor > 0
    if has_rest and not payment.pending(PaymentOperation.VOID):
        step.send(
            RequestVoid(
                actor=FULFILMENT,
                asked_at=step.now,
                payment_id=payment.payment_id,
                void_id=step.derived_id("void", payment.payment_id, str(len(payment.operations))),
                reason=reason,
            )
        )


def give_payments_up(step: Step, reason: str) -> None:
    """Give up whatever is asked for or authorised and not taken."""
    for payment in step.payments():
        give_payment_up(step, payment, reason)


def watch_authorisations(step: Step) -> None:
    """Be woken before what is authorised can no longer be taken; take at once what is to be."""
    for payment in step.payments():
        valid_until = payment.valid_until
        if payment.capture_mode is CaptureMode.IMMEDIATE and payment.capturable_minor > 0:
            take(step, payment, payment.capturable_minor, "confirmed", None)
        elif valid_until is not None and payment.uncaptured_minor > 0:
            step.set_timer(
                f"auth_expiry:{payment.payment_id}", valid_until - step.policy.reauthorize_before
            )


def take(
    step: Step, payment: Payment, amount_minor: int, purpose: str, shipment_id: str | None
) -> bool:
    """Take authorised money."""
    return step.succeeds(
        RequestCapture(
            actor=FULFILMENT,
            asked_at=step.now,
            payment_id=payment.payment_id,
            capture_id=step.derived_id("capture", payment.payment_id, purpose),
            amount_minor=amount_minor,
            shipment_id=shipment_id,
        )
    )


def take_for_shipment(step: Step, shipment_id: str) -> int:
    """Take what has left the house and is not paid yet; answer what could not be asked for."""
    payments = step.payments()
    missing = _shipped_value(step.order) - sum(map(_taken, payments)) - _credited(step.order)
    for payment in payments:
        amount_minor = min(missing, payment.capturable_minor)
        if amount_minor > 0 and take(step, payment, amount_minor, shipment_id, shipment_id):
            missing -= amount_minor
    return max(0, missing)


def _taken(payment: Payment) -> int:
    """Tell what of a payment is taken, being taken, or given back because goods came back."""
    return payment.captured_minor + payment.pending_minor(PaymentOperation.CAPTURE)


def _credited(order: Order) -> int:
    """Tell what credits pay, or were given back of because goods came back."""
    used = [each for each in order.payments if each.is_credit and each.captured_minor]
    given_back = sum(each.refunded_minor for each in used)
    otherwise = max(0, given_back - order.granted_minor)
    return sum(each.captured_minor for each in used) - otherwise


def _shipped_value(order: Order) -> int:
    """Tell what is owed for what has left: delivery is owed with the first parcel."""
    if not order.has_shipped:
        return 0
    if not order.unshipped:
        return order.due_totals.grand_minor
    goods = sum(map(shipped_minor, order.lines, order.progress))
    return goods + sum(line.total_minor for line in order.shipping_lines)


def taken_too_much(step: Step) -> int:
    """Tell what was taken beyond what is owed for what has left and was not sent back."""
    return _kept_minor(step) - (_shipped_value(step.order) - step.order.granted_minor)


def paid_beyond_due(step: Step) -> int:
    """Tell what was taken beyond what the order comes to, without what was sent back."""
    order = step.order
    return _kept_minor(step) - (order.due_totals.grand_minor - order.granted_minor)


def credit_beyond_due(step: Step) -> int:
    """Tell how much of a credit the order does not come to."""
    return min(step.order.credit_minor, paid_beyond_due(step))


def _kept_minor(step: Step) -> int:
    """Tell what of money and credits is kept; what became a credit itself is not."""
    of_credits = sum(each.kept_minor for each in step.order.payments if each.is_credit)
    return of_credits + sum(
        payment.captured_minor
        - payment.refunded_minor
        - payment.pending_minor(PaymentOperation.REFUND)
        for payment in step.payments()
    )


def give_back(
    step: Step, amount_minor: int, reason: str, purpose: str, return_id: str | None = None
) -> None:
    """Give money back, from the newest payment on; call for help with what cannot be asked for."""
    left = _given_back(step, step.order, amount_minor, _Why(reason, purpose, return_id))
    if left > 0:
        name = "refund" if return_id is None else "return"
        step.call_for_help(f"{name}:{purpose}", "not refundable", left)


class _Why(NamedTuple):
    """Why money is given back, under which name, and for which return."""

    reason: str
    purpose: str
    return_id: str | None


def _given_back(step: Step, order: Order, amount_minor: int, why: _Why) -> int:
    """Give money of an order back, then credits; answer what is left to be given back."""
    if order.is_imported:  # its payments are no provider's of ours
        return amount_minor
    for payment in reversed(step.payments(order)):
        part = min(amount_minor, payment.refundable_minor)
        if part > 0 and _refund(step, payment, part, why):
            amount_minor -= part
    for credit in order.credits:
        part = min(amount_minor, credit.kept_minor)
        if part > 0:
            left = _credit_given_back(step, order, credit.payment_id, part, why)
            amount_minor -= part - left
    return amount_minor


def _credit_given_back(
    step: Step, order: Order, return_id: str, amount_minor: int, why: _Why
) -> int:
    """Give money back to whoever paid the earlier order that a credit comes from.

    What cannot be asked for stays paid with the credit, so that it can be tried again.
    """
    first = step.order_of(step.returned(return_id).order_id)
    for_credit = _Why(why.reason, f"{return_id}/{why.purpose}", return_id)
    left = _given_back(step, first, amount_minor, for_credit)
    if left < amount_minor:
        given_minor, kind = amount_minor - left, PaymentFactKind.CREDITED
        name = step.derived_id("credit", return_id, why.purpose, str(step.event.position))
        note_fact(step, return_id, kind, name, given_minor, order.order_id)
        note_fact(step, return_id, kind, name, -given_minor, first.order_id)
    return left


def give_credit_back(step: Step, purpose: str) -> None:
    """Give back all that is left of the credits with which the order was to be paid."""
    if step.order.credit_minor:
        give_back(step, step.order.credit_minor, purpose, f"credit/{purpose}")


def give_return_back(step: Step, return_id: str, amount_minor: int) -> None:
    """Give back what is money again of the credit of a return of this order."""
    name = step.derived_id("credit", return_id)
    note_fact(step, return_id, PaymentFactKind.CREDITED, name, -amount_minor)
    give_back(step, amount_minor, "return", return_id, return_id)


def _refund(step: Step, payment: Payment, amount_minor: int, why: _Why) -> bool:
    """Ask a provider to give money of a payment back."""
    refund_id = step.derived_id("refund", payment.payment_id, why.purpose)
    if refund_id in payment.operations:  # a part of it was asked for before
        again = str(step.event.position)
        refund_id = step.derived_id("refund", payment.payment_id, why.purpose, again)
    return step.succeeds(
        RequestRefund(
            actor=FULFILMENT,
            asked_at=step.now,
            payment_id=payment.payment_id,
            refund_id=refund_id,
            amount_minor=amount_minor,
            reason=why.reason,
            return_id=why.return_id,
        )
    )


def is_anything_pending(payments: Iterable[Payment]) -> bool:
    """Tell whether a provider still has to answer to something."""
    kinds = (PaymentOperation.VOID, PaymentOperation.REFUND, PaymentOperation.CAPTURE)
    return any(payment.pending(kind) for payment in payments for kind in kinds)
