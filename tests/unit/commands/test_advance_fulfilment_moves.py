"""The fulfilment process when a parcel leaves from another location than planned."""

from commands.cancel_lines import CancelLines
from commands.cancel_shipment import CancelShipment
from commands.move_shipment import MoveShipment
from commands.order_rules import PartOfLine
from commands.report_short import ReportShort
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Lifecycle
from domain.order_parts import CancellationReason
from domain.return_events import ReturnInspected
from domain.shipment_events import ShipmentPlanned
from domain.stock_events import BackorderFilled, StockDeducted, StockReturned
from tests.examples import DAY, NOW, ORDER_ID, STAFF, a_cancellation, an_order
from tests.fulfilment_journey import Journey, a_confirmed, a_placed, a_stocked_shop
from tests.return_examples import (
    a_return_receipt,
    a_return_request,
    an_approval,
    an_inspection,
    came_back,
    judged,
    unwanted,
)
from tests.stock_examples import (
    a_backorder_policy,
    a_receipt,
    a_reservation_wish,
    a_stock_item,
    wanted_stock,
)

EAST = "EAST"


def a_move(journey: Journey, location: str = EAST) -> MoveShipment:
    return MoveShipment(
        actor=STAFF,
        asked_at=NOW,
        shipment_id=journey.last(ShipmentPlanned).shipment_id,
        location=location,
    )


def a_moved(**fields: object) -> Journey:
    """Both mugs are to leave from the east."""
    journey = a_confirmed(**fields)
    journey.do(a_stock_item(location=EAST), a_receipt(location=EAST))
    journey.do(a_move(journey))
    return journey


def numbers(journey: Journey, location: str) -> tuple[int, int, int]:
    """Tell how many pieces are on the shelf, firm, and for sale."""
    item = journey.stock(location=location)
    return item.on_hand, item.allocated, item.available


def test_keeps_the_pieces_where_the_parcel_leaves_from() -> None:
    journey = a_moved()
    assert numbers(journey, "MAIN") == (10, 0, 10)
    assert numbers(journey, EAST) == (10, 2, 8)
    assert journey.process.shipments == (journey.last(ShipmentPlanned).shipment_id,)
    assert "ship_by" in journey.timers()


def test_takes_them_off_the_shelf_there_and_completes_the_order() -> None:
    journey = a_moved()
    shipment_id = journey.send_parcel()
    assert journey.last(StockDeducted).location == EAST
    assert numbers(journey, "MAIN") == (10, 0, 10)
    assert numbers(journey, EAST) == (8, 0, 8)
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.COMPLETED


def test_takes_them_off_the_first_shelf_when_the_parcel_has_moved_back() -> None:
    journey = a_moved()
    journey.do(a_move(journey, "MAIN"))
    journey.send_parcel()
    assert numbers(journey, "MAIN") == (8, 0, 8)
    assert numbers(journey, EAST) == (10, 0, 10)


def test_gives_them_back_when_the_order_is_cancelled() -> None:
    journey = a_moved()
    journey.do(a_cancellation())
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert numbers(journey, "MAIN") == numbers(journey, EAST) == (10, 0, 10)


def test_gives_them_back_when_the_order_was_cancelled_just_before_the_move() -> None:
    """The process hears of the cancellation when the parcel has moved already."""
    journey = a_confirmed()
    journey.do(a_stock_item(location=EAST), a_receipt(location=EAST))
    unheard = journey.streams.carry_out(a_cancellation())
    journey.do(a_move(journey))
    journey.happen(*unheard)
    assert numbers(journey, "MAIN") == numbers(journey, EAST) == (10, 0, 10)


def test_plans_the_rest_there_when_a_part_is_cancelled() -> None:
    journey = a_moved()
    journey.do(
        CancelLines(
            actor=STAFF,
            asked_at=NOW,
            order_id=ORDER_ID,
            cancellation_id="part",
            lines=(PartOfLine(line_id="1", quantity=1),),
            reason_code=CancellationReason.CUSTOMER_REQUEST,
        )
    )
    planned = journey.last(ShipmentPlanned)
    assert (planned.location, planned.lines[0].quantity) == (EAST, 1)
    assert numbers(journey, EAST) == (10, 1, 9)


def test_plans_a_parcel_anew_where_it_was_stopped() -> None:
    journey = a_moved()
    stopped = journey.last(ShipmentPlanned).shipment_id
    journey.do(CancelShipment(actor=STAFF, asked_at=NOW, shipment_id=stopped, reason="label"))
    planned = journey.last(ShipmentPlanned)
    assert planned.shipment_id != stopped
    assert planned.location == EAST
    journey.send_parcel()
    assert numbers(journey, EAST) == (8, 0, 8)


def test_a_piece_that_was_missing_before_the_move_is_missing_where_it_was() -> None:
    """The process hears of it when the rest has moved already."""
    journey = a_confirmed(allow_split=True)
    journey.do(a_stock_item(location=EAST), a_receipt(location=EAST))
    unheard = journey.streams.carry_out(
        ReportShort(
            actor=STAFF,
            asked_at=NOW,
            shipment_id=journey.last(ShipmentPlanned).shipment_id,
            short_id="short-1",
            line_id="1",
            quantity=1,
        )
    )
    journey.do(a_move(journey))
    journey.happen(*unheard)
    assert numbers(journey, EAST) == (10, 1, 9)
    assert numbers(journey, "MAIN") == (9, 1, 8)  # one is lost, another one found
    assert journey.order.progress[0].allocated == 2


def test_what_is_given_back_goes_to_who_waits_for_it() -> None:
    journey = a_stocked_shop(2)
    journey.do(an_order(payment_method_ref="card-ok"))
    journey.provider_does()
    journey.do(
        a_backorder_policy(),
        a_reservation_wish(
            order_id="other",
            lines=(wanted_stock(reservation_id="waiting", quantity=1),),
            allow_backorder=True,
        ),
        a_stock_item(location=EAST),
        a_receipt(location=EAST),
    )
    journey.do(a_move(journey))
    filled = journey.last(BackorderFilled)
    assert (filled.order_id, filled.location, filled.quantity) == ("other", "MAIN", 1)
    assert numbers(journey, "MAIN") == (2, 1, 1)


def test_what_is_given_back_goes_to_its_own_line_that_waits_for_more() -> None:
    journey = a_stocked_shop(1)
    journey.do(a_backorder_policy())
    journey.do(an_order(payment_method_ref="card-ok", allow_split=True, allow_backorder=True))
    journey.provider_does()
    journey.do(a_stock_item(location=EAST), a_receipt(location=EAST))
    journey.do(a_move(journey))
    assert (journey.order.progress[0].allocated, journey.order.progress[0].backordered) == (2, 0)
    first, second = journey.of_type(ShipmentPlanned)
    journey.send_parcel(first.shipment_id)
    journey.send_parcel(second.shipment_id)
    assert numbers(journey, "MAIN") == (0, 0, 0)
    assert numbers(journey, EAST) == (9, 0, 9)


def test_what_comes_back_goes_to_the_shelf_it_left() -> None:
    west = "WEST"
    journey = a_confirmed()
    journey.do(a_stock_item(location=west), a_receipt(location=west))
    journey.do(a_move(journey, west))
    journey.deliver(journey.send_parcel())
    journey.provider_does()
    journey.now += DAY
    at = {"asked_at": journey.now}
    journey.do(
        a_return_request(lines=(unwanted(quantity=2),), **at),
        an_approval(send_by=journey.now + DAY, **at),
        a_return_receipt(lines=(came_back(quantity=2),), **at),
        an_inspection(lines=(judged(accepted=2, rejected=0),), **at),
    )
    assert journey.of_type(ReturnInspected)
    assert journey.last(StockReturned).location == west


def test_missing_pieces_are_found_where_they_were_moved_from() -> None:
    journey = a_placed(10, FulfilmentPolicy(locations=("MAIN", EAST)), allow_split=True)
    journey.provider_does()
    journey.do(a_stock_item(location=EAST), a_receipt(location=EAST, quantity=2))
    journey.do(a_move(journey))
    journey.do(
        ReportShort(
            actor=STAFF,
            asked_at=NOW,
            shipment_id=journey.last(ShipmentPlanned).shipment_id,
            short_id="short-1",
            line_id="1",
            quantity=1,
        )
    )
    planned = journey.last(ShipmentPlanned)
    assert (planned.location, planned.lines[0].quantity) == ("MAIN", 1)
    assert numbers(journey, EAST) == (1, 1, 0)
