"""What is wished of an order for four mugs and three books?

Builders like those of tests/examples.py: each takes the fields that a test cares about. Its amounts
are odd on purpose, so that no part of a line comes to a round number.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.cancel_lines import CancelLines
from commands.complete_order import CompleteOrder
from commands.confirm_order import ConfirmOrder
from commands.expire_order import ExpireOrder
from commands.finish_cancellation import FinishCancellation
from commands.flag_stuck import FlagStuck
from commands.order_rules import PartOfLine
from commands.place_hold import PlaceHold
from commands.record_allocation import RecordAllocation
from commands.record_backorder import RecordBackorder
from commands.record_lines_delivered import RecordLinesDelivered
from commands.record_payment_fact import RecordPaymentFact
from commands.record_returned import AcceptedPart, RecordReturned
from commands.record_shipped import RecordShipped
from commands.refuse_cancellation import RefuseCancellation
from commands.registry import Command
from commands.reject_order import RejectOrder
from commands.release_hold import ReleaseHold
from domain.about_order import OrderFacts
from domain.events import Event
from domain.order_events import OrderPlaced, OrderReturnEnded, OrderReturnRequested
from domain.order_parts import (
    AppliedCoupon,
    CancellationReason,
    CancelledLine,
    HoldDecision,
    HoldKind,
    LineQuantity,
    PaymentFactKind,
    RejectionReason,
    Totals,
)
from tests.examples import (
    CUSTOMER,
    CUSTOMER_ID,
    DAY,
    IMPORT,
    MINUTE,
    NOW,
    ORDER_ID,
    SKU,
    STAFF,
    a_cancellation,
    a_placed_order,
    a_shipping_line,
    a_sold_line,
)

BOOK: Final = "BOOK"
PAY_BY: Final[datetime] = NOW + 30 * MINUTE
LATER: Final[datetime] = NOW + DAY
CANCELLATION_ID: Final = a_cancellation().cancellation_id

FACTS: Final = OrderFacts(
    order_id=ORDER_ID,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=NOW,
)
"""What every event about the order says."""

MUGS: Final = a_sold_line(
    quantity=4,
    discounts_minor=(100, 1),
    gross_minor=5_000,
    net_minor=4_899,
    tax_minor=816,
    total_minor=4_899,
)
BOOKS: Final = a_sold_line(
    line_id="2",
    sku=BOOK,
    name="Book",
    quantity=3,
    unit_price_minor=333,
    catalogue_unit_price_minor=333,
    tax_class="reduced",
    tax_ppm=50_000,
    tax_included=False,
    gross_minor=999,
    net_minor=999,
    tax_minor=50,
    total_minor=1_049,
)
TOTALS: Final = Totals(
    subtotal_minor=5_999, discount_minor=101, shipping_minor=395, tax_minor=932, grand_minor=6_343
)
ALL_CANCELLED: Final = (
    CancelledLine(line_id="1", sku=SKU, quantity=4, value_minor=5_000, total_minor=4_899),
    CancelledLine(line_id="2", sku=BOOK, quantity=3, value_minor=999, total_minor=1_049),
)
ALLOCATED: Final = (
    LineQuantity(line_id="1", sku=SKU, quantity=4),
    LineQuantity(line_id="2", sku=BOOK, quantity=2),
)
PROMISED: Final = (LineQuantity(line_id="2", sku=BOOK, quantity=1),)

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "order_id": ORDER_ID}


def a_large_order(**fields: object) -> OrderPlaced:
    """Four mugs, three books and their delivery were ordered."""
    placed = a_placed_order(
        lines=(MUGS, BOOKS),
        shipping_lines=(a_shipping_line(),),
        totals=TOTALS,
        shipping_method="standard",
        pay_by=PAY_BY,
        coupons=(AppliedCoupon(code="SPRING", redemption_id="spring", discount_minor=101),),
        allow_backorder=True,
        allow_split=True,
    )
    return replace(placed, **fields)


def an_imported_order(**fields: object) -> OrderPlaced:
    """The same order, with everything that happened to it elsewhere."""
    return a_large_order(origin=IMPORT, **fields)


def part(line_id: str, quantity: int) -> PartOfLine:
    """So many pieces of a line."""
    return PartOfLine(line_id=line_id, quantity=quantity)


def pieces(line_id: str, quantity: int) -> LineQuantity:
    """So many pieces of a line of the large order, with their sku."""
    return LineQuantity(line_id=line_id, sku={"1": SKU, "2": BOOK}[line_id], quantity=quantity)


def a_confirmation(**fields: object) -> ConfirmOrder:
    """Everything is there but one book, which is promised."""
    wish = ConfirmOrder(**_ASKED, allocations=ALLOCATED, backorders=PROMISED)
    return replace(wish, **fields)


def a_rejection(**fields: object) -> RejectOrder:
    """The shop has not enough of it."""
    wish = RejectOrder(**_ASKED, reason=RejectionReason.OUT_OF_STOCK, details="MUG-BLUE: 1 of 4")
    return replace(wish, **fields)


def an_order_expiry(**fields: object) -> ExpireOrder:
    """The timer of the payment, on time."""
    wish = ExpireOrder(actor=STAFF, asked_at=PAY_BY, order_id=ORDER_ID, deadline=PAY_BY)
    return replace(wish, **fields)


def a_hold(**fields: object) -> PlaceHold:
    """Somebody has to look at the order."""
    wish = PlaceHold(**_ASKED, hold_id="hold-1", kind=HoldKind.FRAUD, reason="odd address")
    return replace(wish, **fields)


def a_hold_release(**fields: object) -> ReleaseHold:
    """Somebody looked at it, and all is well."""
    wish = ReleaseHold(**_ASKED, hold_id="hold-1", decision=HoldDecision.APPROVE, note="called her")
    return replace(wish, **fields)


def a_line_cancellation(**fields: object) -> CancelLines:
    """Ada wants a mug and two books less."""
    wish = CancelLines(
        actor=CUSTOMER,
        asked_at=NOW,
        order_id=ORDER_ID,
        cancellation_id="lines-1",
        lines=(part("1", 1), part("2", 2)),
        reason_code=CancellationReason.CUSTOMER_REQUEST,
    )
    return replace(wish, **fields)


def a_finished_cancellation(**fields: object) -> FinishCancellation:
    """What was reserved and paid is undone."""
    return replace(FinishCancellation(**_ASKED, cancellation_id=CANCELLATION_ID), **fields)


def a_refused_cancellation(**fields: object) -> RefuseCancellation:
    """It is too late."""
    wish = RefuseCancellation(**_ASKED, cancellation_id=CANCELLATION_ID, reason="it is packed")
    return replace(wish, **fields)


def a_line_backorder(**fields: object) -> RecordBackorder:
    """Two allocated mugs are broken; others will come."""
    wish = RecordBackorder(
        **_ASKED, operation_id="short-1", lines=(part("1", 2),), expected_at=LATER
    )
    return replace(wish, **fields)


def a_line_allocation(**fields: object) -> RecordAllocation:
    """The promised book is there."""
    wish = RecordAllocation(**_ASKED, operation_id="fill-1", lines=(part("2", 1),))
    return replace(wish, **fields)


def a_parcel(**fields: object) -> RecordShipped:
    """Three mugs and two books leave."""
    wish = RecordShipped(**_ASKED, shipment_id="shipment-1", lines=(part("1", 3), part("2", 2)))
    return replace(wish, **fields)


def a_second_parcel(**fields: object) -> RecordShipped:
    """The rest leaves."""
    return a_parcel(shipment_id="shipment-2", lines=(part("1", 1), part("2", 1)), **fields)


def a_parcel_delivery(**fields: object) -> RecordLinesDelivered:
    """The parcel arrives."""
    wish = RecordLinesDelivered(
        **_ASKED,
        shipment_id="shipment-1",
        lines=(part("1", 3), part("2", 2)),
        delivered_at=LATER,
    )
    return replace(wish, **fields)


def a_second_delivery(**fields: object) -> RecordLinesDelivered:
    """The second parcel arrives."""
    return a_parcel_delivery(shipment_id="shipment-2", lines=(part("1", 1), part("2", 1)), **fields)


def a_return_request(**fields: object) -> OrderReturnRequested:
    """Ada sends two mugs and a book back."""
    event = OrderReturnRequested(
        **FACTS, return_id="return-1", lines=(pieces("1", 2), pieces("2", 1))
    )
    return replace(event, **fields)


def a_return_end(**fields: object) -> OrderReturnEnded:
    """One of the mugs did not come back."""
    event = OrderReturnEnded(**FACTS, return_id="return-1", lines=(pieces("1", 1),))
    return replace(event, **fields)


def accepted(line_id: str, quantity: int, written_off: int = 0) -> AcceptedPart:
    """So many pieces of a line that came back."""
    return AcceptedPart(line_id=line_id, quantity=quantity, written_off_quantity=written_off)


def an_accepted_return(**fields: object) -> RecordReturned:
    """Both mugs, one of them broken, and the book came back."""
    wish = RecordReturned(
        **_ASKED,
        return_id="return-1",
        lines=(accepted("1", 2, 1), accepted("2", 1)),
        refund_due_minor=2_798,
    )
    return replace(wish, **fields)


def a_payment_fact(
    kind: PaymentFactKind = PaymentFactKind.AUTHORIZED, amount_minor: int = 6_343, **fields: object
) -> RecordPaymentFact:
    """Something happened to the payment, for all of the order."""
    wish = RecordPaymentFact(
        **_ASKED,
        payment_id="payment-1",
        kind=kind,
        operation_id=f"{kind}-1",
        amount_minor=amount_minor,
    )
    return replace(wish, **fields)


def a_completion(**fields: object) -> CompleteOrder:
    """The order is done."""
    return replace(CompleteOrder(**_ASKED), **fields)


def a_flag(**fields: object) -> FlagStuck:
    """Nothing has left for two days."""
    wish = FlagStuck(**_ASKED, stage="fulfilling", since=NOW, sla_seconds=172_800)
    return replace(wish, **fields)


CAPTURE: Final = a_payment_fact(PaymentFactKind.CAPTURED)
CONFIRMED: Final[tuple[Command | Event, ...]] = (
    a_large_order(),
    a_payment_fact(),
    a_confirmation(),
)
"""The order is confirmed; one book is still to come."""

PARTLY_SHIPPED: Final = (*CONFIRMED, a_parcel())
SHIPPED: Final = (*CONFIRMED, a_line_allocation(), a_parcel(), a_second_parcel())
DELIVERED: Final = (*SHIPPED, CAPTURE, a_parcel_delivery(), a_second_delivery())
RETURNING: Final = (*DELIVERED, a_return_request())
COMPLETED: Final = (*DELIVERED, a_completion())
CANCELLING: Final = (*CONFIRMED, a_cancellation())
CANCELLED: Final = (*CANCELLING, a_finished_cancellation())
REJECTED: Final = (a_large_order(), a_rejection())
EXPIRED: Final = (a_large_order(), an_order_expiry())
