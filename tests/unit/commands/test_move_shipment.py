"""MoveShipment: succeeds, refused, repeated, raced."""

from dataclasses import replace
from typing import Any, Final

import pytest

from commands.registry import Command
from domain.derived_id import derived_id
from domain.errors import Forbidden
from domain.events import Event, shipment_stream, stock_stream
from domain.fold import as_fulfilment, as_shipment, as_stock_item
from domain.fulfilment_events import FulfilmentStockKept, KeptPieces
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_errors import (
    FulfillmentQuantityExceeded,
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    ShipmentNotFound,
    ShipmentStateConflict,
)
from domain.shipment_events import ShipmentLine, ShipmentMoved
from domain.stock_errors import InsufficientStock, StockItemNotFound
from domain.stock_events import (
    BackorderFilled,
    ReleaseReason,
    StockAllocated,
    StockDepleted,
    StockReservationReleased,
    StockReserved,
)
from domain.stock_item import StockItem
from tests.examples import CARRIER, CUSTOMER, NOW, ORDER_ID, SKU
from tests.shipment_examples import (
    ABOUT,
    BOWL,
    CONFIRMED,
    ELSEWHERE,
    LOCATION,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    SHIPMENT_ID,
    STOCKED,
    a_move,
    a_packing,
    a_picking,
    a_plan,
    a_short,
    a_split,
    a_stop,
    bowls,
    mugs,
    part,
)
from tests.specification import Streams, given
from tests.stock_examples import (
    a_backorder_policy,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_stock_item,
    an_adjustment,
    an_allocation,
    wanted_stock,
)

THERE: Final[dict[str, Any]] = {**SHIPMENT, "location": ELSEWHERE}
KEPT: Final = FulfilmentStockKept(
    **ABOUT,
    kept=(
        KeptPieces(reservation_id="r1", line_id="1", sku=SKU, location=LOCATION, quantity=4),
        KeptPieces(reservation_id="r2", line_id="2", sku=BOWL, location=LOCATION, quantity=1),
    ),
)
"""By it the process of the order has begun."""


def elsewhere(line: ShipmentLine, location: str = ELSEWHERE) -> ShipmentLine:
    """Tell under which reservation the pieces of a line are kept where they move to."""
    moved = derived_id(ORDER_ID, "move", SHIPMENT_ID, line.reservation_id, location)
    return replace(line, reservation_id=moved)


def taken(line: ShipmentLine) -> tuple[Event, Event]:
    names: dict[str, Any] = {
        "sku": line.sku,
        "location": ELSEWHERE,
        "reservation_id": line.reservation_id,
        "order_id": ORDER_ID,
        "line_id": line.line_id,
        "quantity": line.quantity,
    }
    reserved = StockReserved(**names, asked_quantity=line.quantity, expires_at=NOW)
    return reserved, StockAllocated(**names)


def given_back(line: ShipmentLine) -> StockReservationReleased:
    return StockReservationReleased(
        sku=line.sku,
        location=LOCATION,
        reservation_id=line.reservation_id,
        order_id=ORDER_ID,
        line_id=line.line_id,
        release_id=elsewhere(line).reservation_id,
        asked_quantity=line.quantity,
        from_backordered=0,
        from_reserved=0,
        from_allocated=line.quantity,
        reason=ReleaseReason.MOVED,
    )


def moved(*lines: ShipmentLine) -> ShipmentMoved:
    return ShipmentMoved(**THERE, from_location=LOCATION, lines=lines)


def after(*past: Command | Event) -> Streams:
    streams = Streams()
    for step in (*STOCKED, *past):
        if isinstance(step, Command):
            assert streams.carry_out(step)
        else:
            streams.record(step)
    return streams


def stock(streams: Streams, location: str, sku: str = SKU) -> StockItem:
    item = as_stock_item(streams.states[stock_stream(sku, location)])
    assert item is not None
    return item


def shipment(streams: Streams) -> Shipment:
    found = as_shipment(streams.states[shipment_stream(SHIPMENT_ID)])
    assert found is not None
    return found


def test_succeeds_with_all_lines_and_tells_the_process() -> None:
    first, second = taken(elsewhere(mugs())), taken(elsewhere(bowls()))
    given(*STOCKED, KEPT, *PLANNED).when(a_move()).then(
        first[0],
        second[0],
        first[1],
        second[1],
        given_back(mugs()),
        given_back(bowls()),
        moved(elsewhere(mugs()), elsewhere(bowls())),
        FulfilmentStockKept(
            **ABOUT,
            kept=tuple(
                KeptPieces(
                    reservation_id=line.reservation_id,
                    line_id=line.line_id,
                    sku=line.sku,
                    location=ELSEWHERE,
                    quantity=line.quantity,
                )
                for line in (elsewhere(mugs()), elsewhere(bowls()))
            ),
        ),
    )


@pytest.mark.parametrize("step", [a_picking(), a_packing()])
def test_succeeds_with_what_was_picked_or_packed_which_is_to_be_picked_anew(step: Command) -> None:
    streams = after(*PLANNED, step, a_move())
    there = shipment(streams)
    assert (there.location, there.status) == (ELSEWHERE, ShipmentStatus.PLANNED)
    assert there.lines == (elsewhere(mugs()), elsewhere(bowls()))
    assert streams.carry_out(step)


def test_succeeds_without_a_process_that_has_to_know() -> None:
    streams = after(*PLANNED, a_move())
    assert as_fulfilment(streams.states.get(f"fulfilment-{ORDER_ID}")) is None
    assert (stock(streams, LOCATION).allocated, stock(streams, ELSEWHERE).allocated) == (0, 4)


def test_succeeds_there_and_back_and_there_again() -> None:
    back = a_move(location=LOCATION)
    streams = after(*PLANNED, a_move(), back, a_move())
    assert (stock(streams, LOCATION).allocated, stock(streams, ELSEWHERE).allocated) == (0, 4)
    assert (stock(streams, LOCATION).on_hand, stock(streams, ELSEWHERE).on_hand) == (5, 5)


def test_succeeds_with_one_of_two_shipments_of_the_same_line() -> None:
    streams = after(*PLANNED, a_split(), a_move())
    assert shipment(streams).lines == (elsewhere(mugs(1)), elsewhere(bowls()))
    assert (stock(streams, LOCATION).allocated, stock(streams, ELSEWHERE).allocated) == (3, 1)


def test_succeeds_with_the_last_pieces_and_says_so() -> None:
    last = an_adjustment(location=ELSEWHERE, delta=-1)
    streams = after(last, *PLANNED)
    depleted = [each for each in streams.decide(a_move()) if isinstance(each, StockDepleted)]
    assert depleted == [StockDepleted(sku=SKU, location=ELSEWHERE, available=0)]


def test_fills_what_others_wait_for_where_it_was() -> None:
    other = a_reservation_wish(
        order_id="other",
        lines=(wanted_stock(reservation_id="waiting", quantity=3),),
        allow_backorder=True,
    )
    streams = after(a_backorder_policy(), other, *PLANNED)
    fills = [each for each in streams.carry_out(a_move()) if isinstance(each, BackorderFilled)]
    (fill,) = fills
    assert (fill.location, fill.reservation_id, fill.quantity) == (LOCATION, "waiting", 2)


def test_leaves_promised_what_the_line_still_waits_for() -> None:
    line = replace(mugs(4), reservation_id="r3")
    streams = after(
        a_release(reservation_id="r1"),
        a_backorder_policy(),
        a_reservation_wish(
            lines=(wanted_stock(reservation_id="r3", quantity=7),), allow_backorder=True
        ),
        an_allocation(reservation_id="r3"),
        a_reservation_wish(
            order_id="other",
            lines=(wanted_stock(reservation_id="waiting", quantity=1),),
            allow_backorder=True,
        ),
        *CONFIRMED,
        a_plan(lines=(line,)),
        a_move(),
    )
    left = stock(streams, LOCATION).reservations["r3"]
    # Five were firm and two promised; of the four that moved away two came back to the promise.
    assert (left.allocated, left.backordered) == (3, 0)
    assert stock(streams, ELSEWHERE).allocated == 4


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*STOCKED, *PLANNED).when(a_move(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*STOCKED, *CONFIRMED).when(a_move()).then_refused(ShipmentNotFound)


def test_refused_where_the_product_is_not_kept() -> None:
    given(*STOCKED, *PLANNED).when(a_move(location="WEST")).then_refused(StockItemNotFound)
    one_of_two = (*STOCKED, a_stock_item(location="WEST"), a_receipt(location="WEST"), *PLANNED)
    given(*one_of_two).when(a_move(location="WEST")).then_refused(StockItemNotFound)


def test_refused_without_enough_pieces_and_says_which() -> None:
    short = an_adjustment(location=ELSEWHERE, delta=-2)
    refusal = given(*STOCKED, short, *PLANNED).when(a_move()).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": SKU, "location": ELSEWHERE, "requested": 4, "available": 3},)


def test_refused_with_pieces_that_are_not_allocated_to_it() -> None:
    refusal = given(*PLANNED).when(a_move()).then_refused(FulfillmentQuantityExceeded)
    assert refusal.items == (
        {"line_id": "1", "requested": 4, "available": 0},
        {"line_id": "2", "requested": 1, "available": 0},
    )
    soft = (*STOCKED[:-1], *PLANNED)
    refusal = given(*soft).when(a_move()).then_refused(FulfillmentQuantityExceeded)
    assert refusal.items == ({"line_id": "2", "requested": 1, "available": 0},)


def test_refused_when_nothing_is_left_in_it() -> None:
    past = (
        *STOCKED,
        *CONFIRMED,
        a_plan(lines=(mugs(),)),
        a_short(quantity=4),
    )
    given(*past).when(a_move()).then_refused(ShipmentEmpty)


def test_repeated_has_nothing_to_do() -> None:
    given(*STOCKED, *PLANNED).when(a_move(location=LOCATION)).then_nothing()
    given(*STOCKED, *PLANNED, a_move()).when(a_move()).then_nothing()
    given(*STOCKED, *PLANNED, a_move(), a_stop()).when(a_move()).then_nothing()


def test_raced_by_the_carrier_or_a_stop_it_is_too_late() -> None:
    given(*STOCKED, *SENT).when(a_move()).then_refused(ShipmentAlreadyDispatched)
    given(*STOCKED, *PLANNED, a_stop()).when(a_move()).then_refused(ShipmentStateConflict)


def test_raced_by_missing_pieces_or_a_split_the_rest_moves() -> None:
    given(*STOCKED, *PACKED, a_short()).when(a_move()).then(
        *taken_in_order(mugs(3), bowls()),
        given_back(mugs(3)),
        given_back(bowls()),
        moved(elsewhere(mugs(3)), elsewhere(bowls())),
    )
    split = a_split(lines=(part("2", 1),))
    given(*STOCKED, *PLANNED, split).when(a_move()).then(
        *taken_in_order(mugs()), given_back(mugs()), moved(elsewhere(mugs()))
    )


def taken_in_order(*lines: ShipmentLine) -> list[Event]:
    """All are reserved before the first is made firm."""
    pairs = [taken(elsewhere(line)) for line in lines]
    return [reserved for reserved, _ in pairs] + [allocated for _, allocated in pairs]


def test_raced_by_a_release_its_pieces_are_gone() -> None:
    past = (*STOCKED, *PLANNED, a_release(reservation_id="r1", quantity=1))
    given(*past).when(a_move()).then_refused(FulfillmentQuantityExceeded)
