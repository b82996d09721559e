"""RecordPastReturn: succeeds, refused, repeated, raced."""

from dataclasses import replace

from commands.record_past_return import RecordPastReturn
from commands.registry import DECIDERS
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OccurredAtInFuture,
    OperationConflict,
    OrderNotFound,
    QuantityInvalid,
)
from domain.events import payment_stream, return_stream
from domain.fold import as_payment, as_return
from domain.order_errors import LineNotFound, OrderNotImported, ReturnQuantityExceeded
from domain.order_parts import OriginKind
from domain.payment import PaymentStatus
from domain.return_errors import ItemNotReturnable, ReturnWindowClosed
from domain.return_request import ReturnStatus
from domain.stock_errors import StockItemNotFound
from sql.checks.made_by import MADE
from tests.examples import (
    CUSTOMER,
    DAY,
    IMPORT,
    NOW,
    ORDER_ID,
    STAFF,
    a_product,
    a_shop,
)
from tests.order_examples import part
from tests.return_examples import OTHER_RETURN_ID, RETURN_ID, a_return_request, unwanted
from tests.specification import given
from tests.stock_examples import LOCATION, a_receipt, a_stock_item
from tests.unit.commands.test_record_past_fulfilment import (
    LINES,
    PAST,
    PAYMENT_ID,
    SHOP,
    THEN,
    a_past,
    after,
    an_old_order,
    names,
    on_hand,
    order_of,
)

DELIVERED = (*PAST, a_past())


def a_past_return(**fields: object) -> RecordPastReturn:
    """Three mugs of two lines came back a week later."""
    wish = RecordPastReturn(
        actor=STAFF,
        asked_at=NOW,
        return_id=RETURN_ID,
        order_id=ORDER_ID,
        lines=(part("1", 1), part("3", 2)),
        location=LOCATION,
        occurred_at=THEN + 7 * DAY,
    )
    return replace(wish, **fields)


def test_succeeds_from_the_request_to_the_refund() -> None:
    streams = after(*DELIVERED)
    events = streams.carry_out(a_past_return())
    assert names(events) == [
        "return-requested",
        "order-return-requested",
        "return-approved",
        "return-received",
        "return-inspected",
        "order-lines-returned",
        "stock-returned",
        "stock-returned",
        "refund-requested",
        "refund-succeeded",
        "order-payment-recorded",
        "return-closed",
    ]
    order = order_of(streams)
    assert [line.returned for line in order.progress] == [1, 0, 2]
    assert on_hand(streams) == 3 + 3
    returned = as_return(streams.states[return_stream(RETURN_ID)])
    payment = as_payment(streams.states[payment_stream(PAYMENT_ID)])
    assert returned is not None
    assert payment is not None
    assert returned.status is ReturnStatus.CLOSED
    assert returned.refund_due is not None
    assert payment.status is PaymentStatus.PARTIALLY_REFUNDED
    assert payment.refunded_minor == returned.refund_due.total_minor == order.refunded_minor
    assert order.refunded_minor == order.granted_minor > 0


def test_succeeds_until_everything_has_come_back_and_all_of_it_is_paid_back() -> None:
    rest = a_past_return(return_id=OTHER_RETURN_ID, lines=(part("1", 3), part("2", 1)))
    streams = after(*DELIVERED, a_past_return(), rest)
    order = order_of(streams)
    assert [line.returnable for line in order.progress] == [0, 0, 0]
    assert order.refunded_minor == sum(line.total_minor for line in order.lines)


def test_succeeds_without_a_refund_for_a_gift() -> None:
    gift = tuple(
        replace(line, agreed_unit_price_minor=0, agreed_price_reason="gift") for line in LINES
    )
    wish = an_old_order(lines=gift, agreed_shipping_minor=0)
    streams = after(*SHOP, wish, a_past())
    made = names(streams.carry_out(a_past_return()))
    assert "refund-requested" not in made
    assert made[-1] == "return-closed"
    assert streams.decide(a_past_return()) == ()


def test_happens_at_its_business_time() -> None:
    wish = a_past_return()
    assert DECIDERS[RecordPastReturn].occurred_at(wish) == THEN + 7 * DAY


def test_makes_no_events_but_those_that_a_check_expects() -> None:
    made = set(names(after(*DELIVERED).carry_out(a_past_return())))
    levels = {"backorder-filled", "stock-level-low", "stock-depleted"}
    assert made | levels == MADE["record-past-return"]


def test_refused_to_everybody_but_the_shop() -> None:
    given(*DELIVERED).when(a_past_return(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_orders_that_are_not_from_elsewhere_or_not_there() -> None:
    given(*SHOP).when(a_past_return()).then_refused(OrderNotFound)
    here = an_old_order(origin=replace(IMPORT, kind=OriginKind.WEB))
    given(*SHOP, here).when(a_past_return()).then_refused(OrderNotImported)


def test_refused_in_the_future() -> None:
    wish = a_past_return(occurred_at=NOW + DAY)
    given(*DELIVERED).when(wish).then_refused(OccurredAtInFuture)


def test_refused_when_the_lines_are_not_right() -> None:
    past = given(*DELIVERED)
    past.when(a_past_return(lines=())).then_refused(EmptyOrder)
    past.when(a_past_return(lines=(part("1", 0),))).then_refused(QuantityInvalid)
    past.when(a_past_return(lines=(part("1", 1), part("1", 1)))).then_refused(DuplicateLineId)
    past.when(a_past_return(lines=(part("9", 1),))).then_refused(LineNotFound)


def test_refused_beyond_what_was_delivered() -> None:
    past = a_past_return(lines=(part("1", 5),))
    given(*DELIVERED).when(past).then_refused(ReturnQuantityExceeded)
    given(*PAST).when(a_past_return()).then_refused(ReturnQuantityExceeded)


def test_refused_for_what_the_shop_does_not_take_back_or_not_any_more() -> None:
    late = a_past_return(occurred_at=THEN + 31 * DAY)
    given(*DELIVERED).when(late).then_refused(ReturnWindowClosed)
    kept = (a_product(returnable=False), *a_shop()[1:], a_stock_item(), a_receipt(quantity=9))
    wish = an_old_order(lines=(LINES[0],))
    back = a_past_return(lines=(part("1", 1),))
    given(*kept, wish, a_past()).when(back).then_refused(ItemNotReturnable)


def test_refused_where_the_product_is_not_kept() -> None:
    given(*DELIVERED).when(a_past_return(location="EAST")).then_refused(StockItemNotFound)


def test_refused_when_the_return_was_another_one() -> None:
    past = given(*DELIVERED, a_past_return())
    past.when(a_past_return(lines=(part("1", 2),))).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    past = given(*DELIVERED, a_past_return())
    past.when(a_past_return(asked_at=NOW + DAY)).then_nothing()


def test_raced_by_another_return_it_takes_back_what_is_left() -> None:
    other = a_return_request(
        actor=STAFF,
        asked_at=NOW,
        return_id=OTHER_RETURN_ID,
        lines=(unwanted("3", 1),),
        occurred_at=THEN + DAY,
    )
    past = given(*DELIVERED, other)
    past.when(a_past_return()).then_refused(ReturnQuantityExceeded)
