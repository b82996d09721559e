"""With what is an exchange paid: which credit does the return have that it is for?"""

from dataclasses import replace
from uuid import UUID

from commands.return_rules import return_conflict, return_facts
from domain.errors import CurrencyMismatch, ErrorItem
from domain.events import return_stream
from domain.order_events import OrderPlaced
from domain.order_parts import AppliedCredit, Origin, OriginKind
from domain.return_errors import ReturnCreditSpent, ReturnNotFound
from domain.return_events import ReturnCreditUsed, ReturnResolution
from domain.return_request import ReturnRequest, ReturnStatus

_REF: ErrorItem = {"pointer": "/origin/ref"}


def exchanged_stream(origin: Origin) -> str | None:
    """Name the stream of the return that an order is an exchange for; None if it is for none."""
    if origin.kind is not OriginKind.EXCHANGE or origin.ref is None:
        return None
    try:
        return return_stream(str(UUID(origin.ref)))
    except ValueError:
        return None  # no return can have such an id


def require_credit(
    returned: ReturnRequest | None, customer_id: str, currency: str
) -> ReturnRequest:
    """Answer the return if an order of this customer can be paid with its credit.

    Raises:
        ReturnNotFound: unknown, or another customer's, which must look the same.
        CurrencyMismatch: its order was in another currency.
        ReturnStateConflict: it gives money back, or was not inspected.
        ReturnCreditSpent: another order is paid with it, or nothing of it is left.
    """
    if returned is None or returned.customer_id != customer_id:
        raise ReturnNotFound("an exchange names a return of its customer", items=(_REF,))
    if returned.currency != currency:
        raise CurrencyMismatch(f"the return is in {returned.currency}", items=(_REF,))
    if returned.resolution is ReturnResolution.REFUND:
        raise return_conflict(returned, "its money is given back, no order is paid with it")
    if returned.status not in {ReturnStatus.INSPECTED, ReturnStatus.CLOSED}:
        raise return_conflict(returned, "no order can be paid with it")
    if not returned.credit_minor:
        raise ReturnCreditSpent("nothing of its credit is left", items=(_REF,))
    return returned


def paid_with_credit(
    placed: OrderPlaced, returned: ReturnRequest
) -> tuple[OrderPlaced, ReturnCreditUsed]:
    """Pay as much of an order as there is credit; what is left of that goes back as money."""
    amount_minor = min(returned.credit_minor, placed.totals.grand_minor)
    credit = AppliedCredit(
        return_id=returned.return_id, order_id=returned.order_id, amount_minor=amount_minor
    )
    is_paid = amount_minor == placed.totals.grand_minor
    used = ReturnCreditUsed(
        **return_facts(returned),
        used_by=placed.order_id,
        amount_minor=amount_minor,
        rest_minor=returned.credit_minor - amount_minor,
    )
    return replace(placed, credit=credit, pay_by=None if is_paid else placed.pay_by), used
