"""PlanShipment: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from domain.errors import (
    DuplicateLineId,
    Forbidden,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound, OrderOnHold
from domain.order_events import OrderHeld, OrderLinesBackordered
from domain.order_parts import FreeTextPersonal, HoldKind
from domain.shipment_errors import FulfillmentQuantityExceeded, ShipmentEmpty, SplitNotAllowed
from tests.examples import CARRIER, CUSTOMER, DAY, SKU, SYSTEM
from tests.shipment_examples import (
    ABOUT,
    CONFIRMED,
    NEW_SHIPMENT_ID,
    PLANNED,
    SENT,
    SHIP_BY,
    a_confirmation,
    a_payment_fact,
    a_plan,
    a_short,
    a_split,
    a_wanted_order,
    bowls,
    line_quantity,
    mugs,
    part,
    planned,
)
from tests.specification import given

HELD = OrderHeld(
    **ABOUT, hold_id="h1", kind=HoldKind.MANUAL, personal=FreeTextPersonal(text="call first")
)
WHOLE_ONLY = (a_wanted_order(allow_split=False), a_confirmation(), a_payment_fact())


def test_succeeds_with_all_or_a_part_of_what_is_allocated() -> None:
    given(*CONFIRMED).when(a_plan()).then(planned())
    given(*CONFIRMED).when(a_plan(actor=SYSTEM, lines=(mugs(1),))).then(planned(lines=(mugs(1),)))


def test_succeeds_with_everything_at_once_for_who_wants_one_delivery() -> None:
    given(*WHOLE_ONLY).when(a_plan()).then(planned())


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*CONFIRMED).when(a_plan(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_order() -> None:
    given().when(a_plan()).then_refused(OrderNotFound)


def test_refused_without_a_piece() -> None:
    given(*CONFIRMED).when(a_plan(lines=())).then_refused(ShipmentEmpty)
    given(*CONFIRMED).when(a_plan(lines=(mugs(0),))).then_refused(QuantityInvalid)


def test_refused_with_a_line_twice() -> None:
    given(*CONFIRMED).when(a_plan(lines=(mugs(1), mugs(2)))).then_refused(DuplicateLineId)


def test_refused_with_a_line_that_the_order_does_not_have() -> None:
    strange = (replace(mugs(1), line_id="9"), replace(bowls(), sku=SKU))
    refusal = given(*CONFIRMED).when(a_plan(lines=strange)).then_refused(LineNotFound)
    assert refusal.items == ({"line_id": "9", "sku": SKU}, {"line_id": "2", "sku": SKU})


def test_refused_before_the_order_is_confirmed() -> None:
    given(a_wanted_order()).when(a_plan()).then_refused(OrderStateConflict)


def test_refused_while_the_order_is_held() -> None:
    given(*CONFIRMED, HELD).when(a_plan()).then_refused(OrderOnHold)


def test_refused_with_more_than_is_allocated() -> None:
    refusal = (
        given(*CONFIRMED).when(a_plan(lines=(mugs(5),))).then_refused(FulfillmentQuantityExceeded)
    )
    assert refusal.items == ({"line_id": "1", "requested": 5, "available": 4},)


def test_refused_with_a_part_for_who_wants_one_delivery() -> None:
    given(*WHOLE_ONLY).when(a_plan(lines=(mugs(),))).then_refused(SplitNotAllowed)


def test_refused_with_an_id_that_was_used_for_another_plan() -> None:
    for other in (
        a_plan(lines=(mugs(),)),
        a_plan(lines=(replace(mugs(), reservation_id="r9"), bowls())),
        a_plan(location="EAST"),
        a_plan(carrier="fast"),
        a_plan(service="express"),
        a_plan(ship_by=SHIP_BY + DAY),
    ):
        given(*PLANNED).when(other).then_refused(OperationConflict)


def test_refused_with_an_id_that_was_used_for_another_order() -> None:
    another = tuple(replace(event, order_id="another") for event in CONFIRMED)
    wish = a_plan(order_id="another")
    given(*PLANNED, *another).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_it() -> None:
    for past in (PLANNED, (*PLANNED, a_short()), (*PLANNED, a_split()), SENT):
        given(*past).when(a_plan()).then_nothing()


def test_repeated_for_what_a_split_made_has_nothing_to_do() -> None:
    wish = a_plan(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(3),))
    given(*PLANNED, a_split(lines=(part("1", 3),))).when(wish).then_nothing()


def test_raced_by_a_dispatch_what_has_left_is_not_there() -> None:
    wish = a_plan(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1),))
    given(*SENT).when(wish).then_refused(FulfillmentQuantityExceeded)


def test_raced_by_a_count_what_is_promised_again_is_not_there() -> None:
    missing = OrderLinesBackordered(**ABOUT, operation_id="b1", lines=(line_quantity("1", 1),))
    given(*CONFIRMED, missing).when(a_plan()).then_refused(FulfillmentQuantityExceeded)
