"""What is wished of a return of two of the four mugs that Ada got?

Builders like those of tests/examples.py: each takes the fields that a test cares about.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.approve_return import ApproveReturn
from commands.cancel_return import CancelReturn
from commands.close_return import CloseReturn
from commands.decline_return import DeclineReturn
from commands.expire_return import ExpireReturn
from commands.inspect_return import InspectedPart, InspectReturn
from commands.receive_return import ReceivedPart, ReceiveReturn
from commands.registry import Command
from commands.release_credit import ReleaseCredit
from commands.request_return import RequestReturn, UnwantedPart
from domain.events import Event
from domain.order_events import (
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderReturnEnded,
    OrderReturnRequested,
)
from domain.order_parts import FreeTextPersonal, LineQuantity, PaymentFactKind, ReturnedLine
from domain.return_events import (
    InspectedLine,
    RefundDue,
    ReturnApproved,
    ReturnCondition,
    ReturnDisposition,
    ReturnInspected,
    ReturnLine,
    ReturnReason,
    ReturnRequested,
    ReturnResolution,
)
from tests.examples import CUSTOMER, DAY, ORDER_ID, SKU, STAFF, SYSTEM, a_product
from tests.shipment_examples import (
    ABOUT,
    BOWL,
    CONFIRMED,
    DELIVERED_AT,
    SHIPMENT_ID,
    a_payment_fact,
    line_quantity,
    shipped,
)

RETURN_ID: Final = "0196a000-0000-7000-8000-00000000007e"
OTHER_RETURN_ID: Final = "0196a000-0000-7000-8000-00000000007f"
ASKED_AT: Final[datetime] = DELIVERED_AT + 2 * DAY
SEND_BY: Final[datetime] = ASKED_AT + 14 * DAY
RETURN: Final[dict[str, Any]] = {**ABOUT, "return_id": RETURN_ID}

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": ASKED_AT, "return_id": RETURN_ID}
_ASKED_BY_ADA: Final[dict[str, Any]] = {**_ASKED, "actor": CUSTOMER}
_ASKED_BY_THE_TIMER: Final[dict[str, Any]] = {**_ASKED, "actor": SYSTEM}


def unwanted(line_id: str = "1", quantity: int = 2, **fields: object) -> UnwantedPart:
    """So many pieces of a line that Ada does not want."""
    part = UnwantedPart(line_id=line_id, quantity=quantity, reason_code=ReturnReason.UNWANTED)
    return replace(part, **fields)


def came_back(line_id: str = "1", quantity: int = 2, **fields: object) -> ReceivedPart:
    """So many pieces of a line that came back as they were."""
    part = ReceivedPart(line_id=line_id, quantity=quantity, condition=ReturnCondition.UNOPENED)
    return replace(part, **fields)


def judged(
    line_id: str = "1", accepted: int = 2, rejected: int = 0, **fields: object
) -> InspectedPart:
    """So many pieces of a line that go back to the shelf, or to Ada."""
    part = InspectedPart(
        line_id=line_id,
        accepted=accepted,
        rejected=rejected,
        disposition=ReturnDisposition.SHELF,
    )
    return replace(part, **fields)


def a_return_request(**fields: object) -> RequestReturn:
    """A wish of Ada's to send two mugs back for her money."""
    wish = RequestReturn(
        **_ASKED_BY_ADA,
        order_id=ORDER_ID,
        lines=(unwanted(),),
        resolution=ReturnResolution.REFUND,
    )
    return replace(wish, **fields)


def an_approval(**fields: object) -> ApproveReturn:
    """The shop takes them back within two weeks, for nothing."""
    return replace(ApproveReturn(**_ASKED, send_by=SEND_BY, label="RL-1"), **fields)


def a_refusal(**fields: object) -> DeclineReturn:
    """The shop does not take them back."""
    return replace(DeclineReturn(**_ASKED, reason="used for years"), **fields)


def a_return_receipt(**fields: object) -> ReceiveReturn:
    """Both came back."""
    return replace(ReceiveReturn(**_ASKED, receipt_id="receipt-1", lines=(came_back(),)), **fields)


def an_inspection(**fields: object) -> InspectReturn:
    """Both are fine."""
    return replace(InspectReturn(**_ASKED, lines=(judged(),)), **fields)


def a_credit_release(**fields: object) -> ReleaseCredit:
    """The credit is money again."""
    return replace(ReleaseCredit(**_ASKED), **fields)


def a_closing(**fields: object) -> CloseReturn:
    """Nothing more is to be done."""
    return replace(CloseReturn(**_ASKED), **fields)


def a_change_of_mind(**fields: object) -> CancelReturn:
    """Ada keeps the mugs."""
    return replace(CancelReturn(**_ASKED_BY_ADA), **fields)


def a_return_timer(*, at: datetime = SEND_BY, **fields: object) -> ExpireReturn:
    """The timer of the return, on time."""
    wish = ExpireReturn(**_ASKED_BY_THE_TIMER)
    return replace(replace(wish, asked_at=at), **fields)


def captured(amount_minor: int = 5_900) -> Event:
    """So much was taken."""
    return a_payment_fact(
        kind=PaymentFactKind.CAPTURED, operation_id="capture", amount_minor=amount_minor
    )


def delivered(**fields: object) -> OrderLinesDelivered:
    """Ada got everything."""
    event = OrderLinesDelivered(
        **ABOUT,
        shipment_id=SHIPMENT_ID,
        lines=(line_quantity("1", 4), line_quantity("2", 1)),
        delivered_at=DELIVERED_AT,
    )
    return replace(event, **fields)


def a_catalogue(**mug: object) -> tuple[Command, ...]:
    """Both products; the mug as the test wants it."""
    return (a_product(**mug), a_product(sku=BOWL, name="Red bowl"))


ORDERED: Final[tuple[Event, ...]] = (*CONFIRMED, captured(), shipped(), delivered())
DELIVERED: Final[tuple[Command | Event, ...]] = (*a_catalogue(), *ORDERED)
"""What happened before anything of the order can be sent back."""

REQUESTED: Final[tuple[Command | Event, ...]] = (*DELIVERED, a_return_request())
APPROVED: Final[tuple[Command | Event, ...]] = (*REQUESTED, an_approval())
RECEIVED: Final[tuple[Command | Event, ...]] = (*APPROVED, a_return_receipt())
INSPECTED: Final[tuple[Command | Event, ...]] = (*RECEIVED, an_inspection())
RECEIVED_FOR_CREDIT: Final[tuple[Command | Event, ...]] = (
    *DELIVERED,
    a_return_request(resolution=ReturnResolution.EXCHANGE),
    an_approval(),
    a_return_receipt(),
)
CREDITED: Final[tuple[Command | Event, ...]] = (*RECEIVED_FOR_CREDIT, an_inspection())
"""The two mugs are 25 pounds of credit."""


def requested(**fields: object) -> ReturnRequested:
    """What follows from `a_return_request()` for the return."""
    line = ReturnLine(line_id="1", sku=SKU, quantity=2, reason_code=ReturnReason.UNWANTED)
    event = ReturnRequested(**RETURN, lines=(line,), resolution=ReturnResolution.REFUND)
    return replace(event, **fields)


def noted(text: str) -> FreeTextPersonal:
    """A text that somebody wrote."""
    return FreeTextPersonal(text=text)


def counted_on(*lines: LineQuantity) -> OrderReturnRequested:
    """What the order is told of a request."""
    return OrderReturnRequested(**RETURN, lines=lines or (line_quantity("1", 2),))


def given_up(*lines: LineQuantity) -> OrderReturnEnded:
    """What the order is told of pieces that did not come back or were refused."""
    return OrderReturnEnded(**RETURN, lines=lines or (line_quantity("1", 2),))


def approved(**fields: object) -> ReturnApproved:
    """What follows from `an_approval()`."""
    event = ReturnApproved(
        **RETURN,
        send_by=SEND_BY,
        label="RL-1",
        restocking_fee_minor=0,
        refunds_shipping=False,
    )
    return replace(event, **fields)


def inspected_mugs(**fields: object) -> InspectedLine:
    """Two good mugs of the four for which 50 pounds were paid."""
    line = InspectedLine(
        line_id="1",
        sku=SKU,
        accepted=2,
        rejected=0,
        disposition=ReturnDisposition.SHELF,
        value_minor=2_500,
        total_minor=2_500,
        tax_minor=416,
    )
    return replace(line, **fields)


def due(items: int, *, tax: int = 0, shipping: int = 0, fee: int = 0) -> RefundDue:
    """What Ada gets."""
    return RefundDue(
        items_minor=items,
        tax_minor=tax,
        shipping_minor=shipping,
        fee_minor=fee,
        total_minor=items + tax + shipping - fee,
    )


def inspected(**fields: object) -> ReturnInspected:
    """What follows from `an_inspection()` for the return."""
    event = ReturnInspected(**RETURN, lines=(inspected_mugs(),), refund_due=due(2_500))
    return replace(event, **fields)


def accepted(*lines: ReturnedLine, refund_due_minor: int = 2_500) -> OrderLinesReturned:
    """What the order is told of an inspection."""
    return OrderLinesReturned(
        **RETURN, lines=lines or (returned_line(),), refund_due_minor=refund_due_minor
    )


def returned_line(**fields: object) -> ReturnedLine:
    """Two good mugs."""
    line = ReturnedLine(line_id="1", sku=SKU, quantity=2, value_minor=2_500, total_minor=2_500)
    return replace(line, **fields)
