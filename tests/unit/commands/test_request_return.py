"""RequestReturn: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.request_return import RequestReturn
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OccurredAtInFuture,
    OperationConflict,
    OrderNotFound,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound, ReturnQuantityExceeded
from domain.return_errors import ItemNotReturnable, ReturnWindowClosed
from domain.return_events import ReturnLine, ReturnReason, ReturnResolution
from tests.examples import CARRIER, DAY, MINUTE, OTHER_CUSTOMER, SKU, STAFF, SYSTEM
from tests.return_examples import (
    APPROVED,
    ASKED_AT,
    DELIVERED,
    INSPECTED,
    ORDERED,
    OTHER_RETURN_ID,
    REQUESTED,
    a_catalogue,
    a_change_of_mind,
    a_closing,
    a_return_request,
    captured,
    counted_on,
    delivered,
    noted,
    requested,
    unwanted,
)
from tests.shipment_examples import (
    BOWL,
    CONFIRMED,
    DELIVERED_AT,
    line_quantity,
    shipped,
)
from tests.specification import given

WINDOW_ENDS = DELIVERED_AT + 30 * DAY


def test_succeeds_and_tells_the_order() -> None:
    for actor in (a_return_request().actor, STAFF, SYSTEM):
        wish = a_return_request(actor=actor)
        given(*DELIVERED).when(wish).then(requested(), counted_on())


def test_succeeds_with_several_lines_a_note_and_another_resolution() -> None:
    wish = a_return_request(
        lines=(unwanted("2", 1, reason_code=ReturnReason.DAMAGED), unwanted("1", 4)),
        resolution=ReturnResolution.EXCHANGE,
        note="it is chipped",
    )
    given(*DELIVERED).when(wish).then(
        requested(
            lines=(
                ReturnLine(line_id="2", sku=BOWL, quantity=1, reason_code=ReturnReason.DAMAGED),
                ReturnLine(line_id="1", sku=SKU, quantity=4, reason_code=ReturnReason.UNWANTED),
            ),
            resolution=ReturnResolution.EXCHANGE,
            personal=noted("it is chipped"),
        ),
        counted_on(line_quantity("2", 1), line_quantity("1", 4)),
    )


def test_succeeds_until_the_window_ends_and_always_without_one() -> None:
    given(*DELIVERED).when(a_return_request(asked_at=WINDOW_ENDS)).then(requested(), counted_on())
    late = a_return_request(asked_at=WINDOW_ENDS + 9_000 * DAY)
    without = (*a_catalogue(return_window_days=None), *ORDERED)
    given(*without).when(late).then(requested(), counted_on())


def test_the_window_begins_with_the_last_delivery_of_the_line() -> None:
    past = (
        *a_catalogue(),
        *CONFIRMED,
        shipped(),
        delivered(lines=(line_quantity("1", 2),)),
        delivered(
            shipment_id="later",
            lines=(line_quantity("1", 2),),
            delivered_at=DELIVERED_AT + DAY,
        ),
    )
    given(*past).when(a_return_request(asked_at=WINDOW_ENDS + DAY)).then(requested(), counted_on())


def test_counts_the_window_at_business_time() -> None:
    wish = a_return_request(actor=STAFF, asked_at=WINDOW_ENDS + DAY, occurred_at=WINDOW_ENDS - DAY)
    given(*DELIVERED).when(wish).then(requested(), counted_on())
    late = replace(wish, occurred_at=WINDOW_ENDS + MINUTE)
    given(*DELIVERED).when(late).then_refused(ReturnWindowClosed)


def test_refused_when_there_is_no_order_of_his() -> None:
    given(*a_catalogue()).when(a_return_request()).then_refused(OrderNotFound)
    for actor in (OTHER_CUSTOMER, CARRIER):
        given(*DELIVERED).when(a_return_request(actor=actor)).then_refused(OrderNotFound)


def test_refused_to_customers_who_say_when_it_happened() -> None:
    wish = a_return_request(occurred_at=ASKED_AT)
    refusal = given(*DELIVERED).when(wish).then_refused(Forbidden)
    assert refusal.items == ({"pointer": "/occurred_at"},)


def test_refused_for_what_has_not_happened_yet() -> None:
    near = a_return_request(actor=STAFF, occurred_at=ASKED_AT + 5 * MINUTE)
    given(*DELIVERED).when(near).then(requested(), counted_on())
    far = a_return_request(actor=STAFF, occurred_at=ASKED_AT + 6 * MINUTE)
    given(*DELIVERED).when(far).then_refused(OccurredAtInFuture)


def test_refused_with_lines_that_are_not_right() -> None:
    for lines, error in (
        ((), EmptyOrder),
        ((unwanted(quantity=0),), QuantityInvalid),
        ((unwanted(quantity=1), unwanted(quantity=1)), DuplicateLineId),
        ((unwanted("9", 1),), LineNotFound),
    ):
        given(*DELIVERED).when(a_return_request(lines=lines)).then_refused(error)


def test_refused_with_more_than_was_delivered() -> None:
    wish = a_return_request(lines=(unwanted("1", 5), unwanted("2", 1)))
    refusal = given(*DELIVERED).when(wish).then_refused(ReturnQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 5, "available": 4},)
    for past in ((*a_catalogue(), *CONFIRMED), (*a_catalogue(), *CONFIRMED, captured(), shipped())):
        given(*past).when(a_return_request()).then_refused(ReturnQuantityExceeded)


def test_refused_for_a_product_that_never_comes_back() -> None:
    past = (*a_catalogue(returnable=False), *ORDERED)
    refusal = given(*past).when(a_return_request()).then_refused(ItemNotReturnable)
    assert refusal.items == ({"line_id": "1", "sku": SKU},)
    wish = a_return_request(lines=(unwanted("2", 1),))
    given(*past).when(wish).then(
        requested(
            lines=(
                ReturnLine(line_id="2", sku=BOWL, quantity=1, reason_code=ReturnReason.UNWANTED),
            )
        ),
        counted_on(line_quantity("2", 1)),
    )


def test_refused_after_the_window() -> None:
    wish = a_return_request(asked_at=WINDOW_ENDS + MINUTE)
    refusal = given(*DELIVERED).when(wish).then_refused(ReturnWindowClosed)
    assert refusal.items == ({"line_id": "1", "sku": SKU, "ended_at": WINDOW_ENDS.isoformat()},)


@pytest.mark.parametrize(
    "other",
    [
        a_return_request(lines=(unwanted(quantity=1),)),
        a_return_request(lines=(unwanted(reason_code=ReturnReason.LATE),)),
        a_return_request(lines=(unwanted("9", 2),)),
        a_return_request(resolution=ReturnResolution.CREDIT),
        a_return_request(note="please"),
    ],
)
def test_refused_with_an_id_that_was_used_for_another_request(other: RequestReturn) -> None:
    given(*REQUESTED).when(other).then_refused(OperationConflict)


def test_refused_with_an_id_that_was_used_for_another_order() -> None:
    another = tuple(replace(event, order_id="another") for event in ORDERED)
    wish = a_return_request(order_id="another")
    given(*REQUESTED, *another).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_it() -> None:
    late = a_return_request(asked_at=WINDOW_ENDS + 99 * DAY)
    for past in (REQUESTED, APPROVED, INSPECTED, (*REQUESTED, a_change_of_mind())):
        given(*past).when(a_return_request()).then_nothing()
        given(*past).when(late).then_nothing()


def test_raced_by_another_return_no_two_count_on_the_same_pieces() -> None:
    wish = a_return_request(return_id=OTHER_RETURN_ID, lines=(unwanted(quantity=3),))
    refusal = given(*REQUESTED).when(wish).then_refused(ReturnQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 3, "available": 2},)
    for past in (INSPECTED, (*INSPECTED, a_closing())):
        given(*past).when(wish).then_refused(ReturnQuantityExceeded)


def test_raced_by_a_change_of_mind_the_pieces_can_be_asked_for_again() -> None:
    wish = a_return_request(return_id=OTHER_RETURN_ID)
    given(*REQUESTED, a_change_of_mind()).when(wish).then(
        requested(return_id=OTHER_RETURN_ID),
        replace(counted_on(), return_id=OTHER_RETURN_ID),
    )
