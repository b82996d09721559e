"""RequestPayment: the provider shall vouch for an amount that the order comes to."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import state_conflict
from commands.payment_rules import require_positive
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import AmountInvalid, CurrencyMismatch, OperationConflict
from domain.order import Order
from domain.payment import Payment
from domain.payment_events import CaptureMode, PaymentRequested
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayment:
    """Pay an order, or a part of it. Units: minor units of the order's currency.

    `method_ref` is the provider's name of the card or account.
    """

    actor: Actor
    asked_at: datetime
    payment_id: str
    order_id: str
    amount_minor: int
    currency: str
    method_ref: str
    capture_mode: CaptureMode = CaptureMode.ON_DISPATCH


@dataclass(frozen=True, slots=True)
class RequestPaymentState:
    """What a new payment rests on."""

    payment: Payment | None
    order: Order | None


def request_payment(
    command: RequestPayment, state: RequestPaymentState
) -> tuple[PaymentRequested, ...]:
    """Ask for the amount, or nothing if it was asked for.

    What other payments are good for counts, what is only asked for does not: a customer may try
    another card, and what comes too late is given up (domain.md §2.3, race 6).

    Raises:
        OrderNotFound: unknown, or another customer's.
        OperationConflict: the payment id was used for another payment.
        AmountInvalid, AmountOutOfRange: zero or less, or more than is not paid for yet.
        CurrencyMismatch: the order is in another currency.
        OrderStateConflict: the order takes no payments any more.
    """
    order = require_order(state.order, command.actor, command.order_id)
    if state.payment is not None:
        if _says_the_same(command, state.payment):
            return ()
        raise OperationConflict(f"payment id {command.payment_id} was used for another payment")
    require_positive(command.amount_minor)
    if command.currency != order.currency:
        raise CurrencyMismatch(f"the order is in {order.currency}")
    if not order.is_open:
        raise state_conflict(order, "it takes no payments")
    unpaid_minor = order.payable_minor - order.granted_minor - order.authorised_minor
    if command.amount_minor > unpaid_minor:
        raise AmountInvalid(
            f"the order comes to {order.payable_minor}, {max(0, unpaid_minor)} is left to pay"
        )
    return (
        PaymentRequested(
            **facts_of(order),
            payment_id=command.payment_id,
            amount_minor=command.amount_minor,
            method_ref=command.method_ref,
            capture_mode=command.capture_mode,
        ),
    )


def _says_the_same(command: RequestPayment, payment: Payment) -> bool:
    return (
        payment.order_id,
        payment.amount_minor,
        payment.currency,
        payment.method_ref,
        payment.capture_mode,
    ) == (
        command.order_id,
        command.amount_minor,
        command.currency,
        command.method_ref,
        command.capture_mode,
    )
