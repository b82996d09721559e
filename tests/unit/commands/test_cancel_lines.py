"""CancelLines: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.envelope import ActorKind
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
    QuantityInvalid,
)
from domain.events import Event
from domain.order_errors import LineNotFound, LineQuantityExceeded
from domain.order_events import OrderCancellationRequested, OrderCancelled, OrderLinesCancelled
from domain.order_parts import (
    CancellationReason,
    CancellationScope,
    CancelledLine,
    PaymentFactKind,
    Totals,
)
from tests.examples import OTHER_CUSTOMER, SKU, STAFF
from tests.order_examples import (
    ALL_CANCELLED,
    BOOK,
    CANCELLED,
    CANCELLING,
    CAPTURE,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    PARTLY_SHIPPED,
    REJECTED,
    SHIPPED,
    TOTALS,
    a_finished_cancellation,
    a_large_order,
    a_line_cancellation,
    a_payment_fact,
    a_refused_cancellation,
    an_imported_order,
    part,
)
from tests.specification import given

ONE_MUG = CancelledLine(line_id="1", sku=SKU, quantity=1, value_minor=1_250, total_minor=1_225)
TWO_BOOKS = CancelledLine(line_id="2", sku=BOOK, quantity=2, value_minor=666, total_minor=700)
LESS = OrderLinesCancelled(
    **FACTS,
    cancellation_id="lines-1",
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    lines=(ONE_MUG, TWO_BOOKS),
    totals_after=Totals(
        subtotal_minor=4_083,
        discount_minor=76,
        shipping_minor=395,
        tax_minor=694,
        grand_minor=4_418,
    ),
    refund_due_minor=0,
)
ALL = (part("1", 4), part("2", 3))
REQUESTED = OrderCancellationRequested(
    **FACTS,
    cancellation_id="lines-1",
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    requested_by=ActorKind.CUSTOMER,
    scope=CancellationScope.ALL,
)


@pytest.mark.parametrize("past", [(a_large_order(),), CONFIRMED])
def test_succeeds_with_what_is_left_to_be_paid(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_line_cancellation()).then(LESS)
    given(*past).when(a_line_cancellation(actor=STAFF)).then(LESS)
    backwards = a_line_cancellation(lines=(part("2", 2), part("1", 1)))
    given(*past).when(backwards).then(LESS)


def test_says_what_was_taken_beyond_what_is_left() -> None:
    captured = replace(LESS, refund_due_minor=6_343 - 4_418)
    given(*CONFIRMED, CAPTURE).when(a_line_cancellation()).then(captured)
    given_back = a_payment_fact(PaymentFactKind.REFUNDED, 1_000)
    less = replace(LESS, refund_due_minor=6_343 - 1_000 - 4_418)
    given(*CONFIRMED, CAPTURE, given_back).when(a_line_cancellation()).then(less)


def test_succeeds_twice_until_nothing_is_left_and_the_parts_add_up() -> None:
    """Whoever cancels the last pieces cancels the order: nothing, delivery included, is owed."""
    wish = a_line_cancellation(cancellation_id="lines-2", lines=(part("1", 3), part("2", 1)))
    given(a_large_order(), a_line_cancellation()).when(wish).then(
        replace(REQUESTED, cancellation_id="lines-2")
    )


def test_cancels_the_order_with_all_its_pieces() -> None:
    given(a_large_order()).when(a_line_cancellation(lines=ALL)).then(REQUESTED)


def test_cancels_an_imported_order_at_once_with_all_its_pieces() -> None:
    given(an_imported_order()).when(a_line_cancellation(lines=ALL)).then(
        REQUESTED,
        OrderCancelled(
            **FACTS,
            cancellation_id="lines-1",
            reason_code=CancellationReason.CUSTOMER_REQUEST,
            lines=ALL_CANCELLED,
            totals=TOTALS,
        ),
    )


def test_cancels_lines_only_when_a_part_of_the_order_has_left() -> None:
    rest = a_line_cancellation(lines=(part("1", 1), part("2", 1)))
    one_book = replace(TWO_BOOKS, quantity=1, value_minor=333, total_minor=350)
    given(*PARTLY_SHIPPED).when(rest).then(
        replace(
            LESS,
            lines=(ONE_MUG, one_book),
            totals_after=Totals(
                subtotal_minor=4_416,
                discount_minor=76,
                shipping_minor=395,
                tax_minor=711,
                grand_minor=4_768,
            ),
        )
    )


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(a_large_order())
    past.when(a_line_cancellation(lines=())).then_refused(EmptyOrder)
    past.when(a_line_cancellation(lines=(part("1", 0),))).then_refused(QuantityInvalid)
    twice = (part("1", 1), part("1", 1))
    past.when(a_line_cancellation(lines=twice)).then_refused(DuplicateLineId)
    unknown = a_line_cancellation(lines=(part("1", 1), part("x", 1)))
    assert past.when(unknown).then_refused(LineNotFound).items == ({"line_id": "x"},)


def test_refused_with_more_pieces_than_have_not_left() -> None:
    wish = a_line_cancellation(lines=(part("1", 2), part("2", 1)))
    refusal = given(*PARTLY_SHIPPED).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 2, "available": 1},)


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED, COMPLETED])
def test_refused_when_the_order_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_line_cancellation()).then_refused(OrderStateConflict)


def test_refused_for_an_unknown_order_and_that_of_another_customer() -> None:
    given().when(a_line_cancellation()).then_refused(OrderNotFound)
    stranger = a_line_cancellation(actor=OTHER_CUSTOMER)
    given(a_large_order()).when(stranger).then_refused(OrderNotFound)


def test_refused_with_an_id_that_was_used_for_other_lines() -> None:
    past = (a_large_order(), a_line_cancellation())
    wish = a_line_cancellation(lines=(part("1", 1),))
    given(*past).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_in_whatever_order_the_lines_stand() -> None:
    past = (a_large_order(), a_line_cancellation())
    given(*past).when(a_line_cancellation()).then_nothing()
    backwards = a_line_cancellation(lines=(part("2", 2), part("1", 1)))
    given(*past).when(backwards).then_nothing()


def test_repeated_has_nothing_to_do_when_it_became_the_cancellation_of_the_order() -> None:
    wish = a_line_cancellation(lines=ALL)
    finished = a_finished_cancellation(cancellation_id="lines-1")
    refused = a_refused_cancellation(cancellation_id="lines-1")
    given(a_large_order(), wish).when(wish).then_nothing()
    given(a_large_order(), wish, finished).when(wish).then_nothing()
    given(a_large_order(), wish, refused).when(wish).then_nothing()


def test_raced_by_the_last_parcel_nothing_is_left_to_cancel() -> None:
    given(*SHIPPED).when(a_line_cancellation()).then_refused(LineQuantityExceeded)
