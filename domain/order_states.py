"""In which states is an order, as far as money, goods and returns are concerned?

Functions of the counters of `order_progress.py`: no event says them, so they cannot contradict what
happened.
"""

from enum import StrEnum

from domain.order_progress import Lines, Payments, PaymentSums


class PaymentState(StrEnum):
    """How far an order is paid."""

    NONE = "none"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    OVERPAID = "overpaid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"
    DISPUTED = "disputed"


def payment_state(payments: Payments, due_minor: int) -> PaymentState:
    """Tell how far an order is paid of which `due_minor` is still owed in all."""
    if sum(each.disputed_minor for each in payments) > 0:
        return PaymentState.DISPUTED
    captured = sum(each.captured_minor for each in payments)
    if captured > 0:
        return _captured_state(captured, sum(each.refunded_minor for each in payments), due_minor)
    authorised = sum(each.uncaptured_minor for each in payments)
    if authorised > 0:
        return PaymentState.AUTHORIZED if authorised >= due_minor else PaymentState.PENDING
    if any(_is_open(each) for each in payments):
        return PaymentState.PENDING
    if any(each.voided_minor for each in payments):
        return PaymentState.VOIDED
    return PaymentState.FAILED if payments else PaymentState.NONE


def _captured_state(captured: int, refunded: int, due_minor: int) -> PaymentState:
    if refunded >= captured:
        return PaymentState.REFUNDED
    if refunded > 0:
        return PaymentState.PARTIALLY_REFUNDED
    if captured > due_minor:
        return PaymentState.OVERPAID
    return PaymentState.CAPTURED if captured == due_minor else PaymentState.PARTIALLY_CAPTURED


def _is_open(payment: PaymentSums) -> bool:
    """Tell whether nobody knows yet what becomes of a payment."""
    return not payment.authorised_minor and not payment.has_failed


class FulfilmentState(StrEnum):
    """How far the goods of an order have come."""

    UNFULFILLED = "unfulfilled"
    BACKORDERED = "backordered"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    PARTIALLY_DELIVERED = "partially_delivered"
    DELIVERED = "delivered"


def fulfilment_state(lines: Lines) -> FulfilmentState:
    """Tell how far the goods have come; those that were cancelled do not count."""
    kept = sum(line.kept for line in lines)
    shipped = sum(line.shipped for line in lines)
    delivered = sum(line.delivered for line in lines)
    if delivered:
        is_all = delivered >= kept
        return FulfilmentState.DELIVERED if is_all else FulfilmentState.PARTIALLY_DELIVERED
    if shipped:
        return FulfilmentState.SHIPPED if shipped >= kept else FulfilmentState.PARTIALLY_SHIPPED
    if any(line.backordered for line in lines):
        return FulfilmentState.BACKORDERED
    return FulfilmentState.UNFULFILLED


class ReturnState(StrEnum):
    """How much of an order came back."""

    NONE = "none"
    REQUESTED = "requested"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"


def return_state(lines: Lines) -> ReturnState:
    """Tell how much of what was delivered came back."""
    returned = sum(line.returned for line in lines)
    if returned:
        is_all = returned >= sum(line.delivered for line in lines)
        return ReturnState.RETURNED if is_all else ReturnState.PARTIALLY_RETURNED
    if any(line.return_requested for line in lines):
        return ReturnState.REQUESTED
    return ReturnState.NONE
