"""RecordPastFulfilment: succeeds, refused, repeated, raced."""

from dataclasses import replace

from commands.place_order import PlaceOrder
from commands.record_past_fulfilment import (
    RecordPastFulfilment,
    past_payment_id,
    past_shipment_id,
)
from commands.registry import DECIDERS, Command
from domain.errors import (
    Forbidden,
    OccurredAtInFuture,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
)
from domain.events import (
    EVENT_NAMES,
    Event,
    category_of,
    order_stream,
    payment_stream,
    shipment_stream,
    stock_stream,
    stream_of,
)
from domain.fold import as_order, as_payment, as_shipment, as_stock_item
from domain.order import Lifecycle, Order
from domain.order_errors import OrderNotImported, OrderOnHold
from domain.order_parts import OriginKind
from domain.payment import PaymentStatus
from domain.shipment import ShipmentStatus
from domain.shipment_events import ShipmentLine
from domain.stock_errors import InsufficientStock
from domain.stock_events import StockDepleted, StockIssued
from sql.checks.made_by import MADE
from tests.examples import (
    CUSTOMER,
    DAY,
    IMPORT,
    NOW,
    ORDER_ID,
    SKU,
    STAFF,
    a_cancellation,
    a_line,
    a_price,
    a_product,
    a_shop,
    an_activation,
    an_order,
)
from tests.order_examples import a_hold, a_line_cancellation, part
from tests.specification import Streams, given
from tests.stock_examples import (
    LOCATION,
    a_receipt,
    a_reservation_wish,
    a_stock_item,
    wanted_stock,
)

THEN = NOW - 300 * DAY
SHIPMENT_ID = past_shipment_id(ORDER_ID)
PAYMENT_ID = past_payment_id(ORDER_ID)
BOOK = "BOOK"
LINES = (
    a_line(quantity=4),
    a_line(line_id="2", sku=BOOK, quantity=1),
    a_line(line_id="3", quantity=2),
)
SHOP: tuple[Command, ...] = (
    *a_shop(),
    a_product(sku=BOOK),
    an_activation(sku=BOOK),
    a_price(sku=BOOK, price_id="of-books"),
    *(a_stock_item(sku=sku) for sku in (SKU, BOOK)),
    a_receipt(quantity=9),
    a_receipt(sku=BOOK, quantity=1),
)


def an_old_order(**fields: object) -> PlaceOrder:
    """Six mugs on two lines and a book, ordered elsewhere."""
    wish = an_order(actor=STAFF, origin=IMPORT, lines=LINES, occurred_at=THEN)
    return replace(wish, **fields)


PAST = (*SHOP, an_old_order())


def a_past(**fields: object) -> RecordPastFulfilment:
    """It was paid, sent and delivered at once."""
    wish = RecordPastFulfilment(
        actor=STAFF, asked_at=NOW, order_id=ORDER_ID, location=LOCATION, occurred_at=THEN
    )
    return replace(wish, **fields)


def after(*steps: Command) -> Streams:
    streams = Streams()
    for step in steps:
        assert streams.carry_out(step) != ()
    return streams


def order_of(streams: Streams) -> Order:
    order = as_order(streams.states[order_stream(ORDER_ID)])
    assert order is not None
    return order


def on_hand(streams: Streams, sku: str = SKU) -> int:
    item = as_stock_item(streams.states[stock_stream(sku, LOCATION)])
    assert item is not None
    assert (item.reserved, item.allocated) == (0, 0)
    return item.on_hand


def names(events: tuple[Event, ...]) -> list[str]:
    return [EVENT_NAMES[type(event)][0] for event in events]


def test_succeeds_with_everything_that_an_order_comes_to() -> None:
    streams = after(*PAST)
    events = streams.carry_out(a_past())
    assert names(events) == [
        "stock-issued",
        "stock-depleted",
        "stock-issued",
        "payment-requested",
        "payment-authorized",
        "payment-capture-requested",
        "payment-captured",
        "order-payment-recorded",
        "order-payment-recorded",
        "order-payment-recorded",
        "order-confirmed",
        "shipment-planned",
        "shipment-packed",
        "shipment-dispatched",
        "order-lines-shipped",
        "shipment-delivered",
        "order-lines-delivered",
        "order-completed",
    ]
    order = order_of(streams)
    assert order.lifecycle is Lifecycle.COMPLETED
    assert [line.delivered for line in order.progress] == [4, 1, 2]
    assert {line.delivered_at for line in order.progress} == {THEN}
    assert order.captured_minor == order.totals.grand_minor > 0


def test_succeeds_with_goods_off_the_shelf_that_nobody_had_reserved() -> None:
    streams = after(*PAST)
    events = streams.carry_out(a_past())
    about = {"location": LOCATION, "order_id": ORDER_ID, "shipment_id": SHIPMENT_ID}
    assert events[:3] == (
        StockIssued(**about, sku=BOOK, quantity=1),
        StockDepleted(sku=BOOK, location=LOCATION, available=0),
        StockIssued(**about, sku=SKU, quantity=6),
    )
    assert (on_hand(streams), on_hand(streams, BOOK)) == (3, 0)


def test_succeeds_with_a_payment_and_a_parcel_that_are_marked_as_synthetic() -> None:
    streams = after(*PAST, a_past())
    payment = as_payment(streams.states[payment_stream(PAYMENT_ID)])
    shipment = as_shipment(streams.states[shipment_stream(SHIPMENT_ID)])
    assert payment is not None
    assert shipment is not None
    assert (payment.status, payment.method_ref) == (PaymentStatus.CAPTURED, "synthetic")
    assert payment.captured_minor == order_of(streams).totals.grand_minor
    assert (shipment.status, shipment.carrier) == (ShipmentStatus.DELIVERED, "synthetic")
    assert shipment.lines[0] == ShipmentLine(
        line_id="1", sku=SKU, quantity=4, reservation_id=SHIPMENT_ID
    )


def test_succeeds_without_a_payment_for_a_gift() -> None:
    gift = tuple(
        replace(line, agreed_unit_price_minor=0, agreed_price_reason="gift") for line in LINES
    )
    wish = an_old_order(lines=gift, agreed_shipping_minor=0)
    events = after(*SHOP, wish).carry_out(a_past())
    assert "payment-requested" not in names(events)
    assert names(events)[-1] == "order-completed"


def test_succeeds_with_what_is_left_of_an_order_of_which_lines_were_cancelled() -> None:
    cancelled = a_line_cancellation(actor=STAFF, lines=(part("1", 3), part("2", 1)))
    streams = after(*PAST, cancelled, a_past())
    assert [line.delivered for line in order_of(streams).progress] == [1, 0, 2]
    assert (on_hand(streams), on_hand(streams, BOOK)) == (6, 1)
    given(*PAST, cancelled, a_past()).when(a_past()).then_nothing()


def test_happens_at_its_business_time() -> None:
    assert DECIDERS[RecordPastFulfilment].occurred_at(a_past()) == THEN


def test_makes_no_events_but_those_that_a_check_expects() -> None:
    made = names(after(*PAST).carry_out(a_past()))
    assert set(made) | {"stock-level-low"} == MADE["record-past-fulfilment"]
    assert {category_of(stream_of(each)) for each in after(*PAST).carry_out(a_past())} == {
        "order",
        "payment",
        "shipment",
        "stock",
    }


def test_refused_to_everybody_but_the_shop() -> None:
    given(*PAST).when(a_past(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_order_that_is_carried_out_here() -> None:
    for kind in (OriginKind.WEB, OriginKind.STAFF):
        wish = an_old_order(origin=replace(IMPORT, kind=kind))
        given(*SHOP, wish).when(a_past()).then_refused(OrderNotImported)


def test_refused_for_an_unknown_order_and_in_the_future() -> None:
    given(*SHOP).when(a_past()).then_refused(OrderNotFound)
    given(*PAST).when(a_past(occurred_at=NOW + DAY)).then_refused(OccurredAtInFuture)


def test_refused_when_pieces_are_short_all_of_which_are_named() -> None:
    few = (*SHOP[:-2], a_receipt(quantity=5), an_old_order())
    refusal = given(*few).when(a_past()).then_refused(InsufficientStock)
    assert refusal.items == (
        {"sku": BOOK, "location": LOCATION, "requested": 1, "available": 0},
        {"sku": SKU, "location": LOCATION, "requested": 6, "available": 5},
    )
    elsewhere = given(*PAST).when(a_past(location="EAST")).then_refused(InsufficientStock)
    assert [item["available"] for item in elsewhere.items] == [0, 0]


def test_refused_once_the_order_is_cancelled_or_held() -> None:
    cancelled = a_cancellation(actor=STAFF)
    given(*PAST, cancelled).when(a_past()).then_refused(OrderStateConflict)
    given(*PAST, a_hold()).when(a_past()).then_refused(OrderOnHold)


def test_refused_when_it_was_recorded_otherwise() -> None:
    past = given(*PAST, a_past())
    past.when(a_past(occurred_at=THEN + DAY)).then_refused(OperationConflict)
    past.when(a_past(location="EAST")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_is_left_on_the_shelf() -> None:
    given(*PAST, a_past()).when(a_past(asked_at=NOW + DAY)).then_nothing()


def test_raced_for_the_last_pieces_it_takes_none_that_are_kept_for_others() -> None:
    other = a_reservation_wish(order_id="another", lines=(wanted_stock(quantity=4),))
    refusal = given(*PAST, other).when(a_past()).then_refused(InsufficientStock)
    assert [item["available"] for item in refusal.items] == [5]
