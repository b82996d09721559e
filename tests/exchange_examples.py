"""What does Ada order for the credit that she got for two mugs?

Builders like those of tests/examples.py.
"""

from typing import Any, Final

from commands.place_order import PlaceOrder
from commands.registry import Command
from domain.events import Event
from domain.order_parts import AppliedCredit, Origin, OriginKind
from domain.return_events import ReturnCreditUsed
from tests.examples import ORDER_ID, STAFF, a_customer, a_price, an_activation, an_order
from tests.return_examples import ASKED_AT, CREDITED, RETURN, RETURN_ID

EXCHANGE_ID: Final = "0196a000-0000-7000-8000-0000000000d7"
OTHER_EXCHANGE_ID: Final = "0196a000-0000-7000-8000-0000000000d8"
SOLD_AGAIN: Final[tuple[Command, ...]] = (an_activation(), a_price(), a_customer())
"""What has to be there besides the return before she can order."""

CREDIT_IN_SHOP: Final[tuple[Command | Event, ...]] = (*CREDITED, *SOLD_AGAIN)


def an_exchange(return_id: str | None = RETURN_ID, **fields: object) -> PlaceOrder:
    """An order of two mugs that staff place for her, to be paid with the credit of a return."""
    wish: dict[str, Any] = {
        "order_id": EXCHANGE_ID,
        "actor": STAFF,
        "asked_at": ASKED_AT,
        "origin": Origin(kind=OriginKind.EXCHANGE, ref=return_id),
    }
    return an_order(**(wish | fields))


def a_credit(amount_minor: int = 2_500) -> AppliedCredit:
    """What is paid with the credit of the return of her first order."""
    return AppliedCredit(return_id=RETURN_ID, order_id=ORDER_ID, amount_minor=amount_minor)


def credit_used(amount_minor: int = 2_500, rest_minor: int = 0) -> ReturnCreditUsed:
    """What the return is told of `an_exchange()`."""
    return ReturnCreditUsed(
        **RETURN, used_by=EXCHANGE_ID, amount_minor=amount_minor, rest_minor=rest_minor
    )
