"""FinishCancellation: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_events import OrderCancelled, OrderLinesCancelled
from domain.order_parts import CancellationReason, CancelledLine, Totals
from tests.examples import CUSTOMER, SKU, a_cancellation
from tests.order_examples import (
    ALL_CANCELLED,
    ALLOCATED,
    BOOK,
    CANCELLATION_ID,
    CANCELLED,
    CANCELLING,
    CAPTURE,
    CONFIRMED,
    FACTS,
    PARTLY_SHIPPED,
    TOTALS,
    a_completion,
    a_finished_cancellation,
    a_large_order,
    a_line_cancellation,
    a_parcel_delivery,
    a_refused_cancellation,
)
from tests.specification import given

GONE = OrderCancelled(
    **FACTS,
    cancellation_id=CANCELLATION_ID,
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    lines=ALL_CANCELLED,
    totals=TOTALS,
)
REST_GONE = OrderLinesCancelled(
    **FACTS,
    cancellation_id=CANCELLATION_ID,
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    lines=(
        CancelledLine(line_id="1", sku=SKU, quantity=1, value_minor=1_250, total_minor=1_225),
        CancelledLine(line_id="2", sku=BOOK, quantity=1, value_minor=333, total_minor=350),
    ),
    totals_after=Totals(
        subtotal_minor=4_416,
        discount_minor=76,
        shipping_minor=395,
        tax_minor=711,
        grand_minor=4_768,
    ),
    refund_due_minor=0,
)
REST_CANCELLED = (*PARTLY_SHIPPED, a_cancellation(), a_finished_cancellation())


@pytest.mark.parametrize("past", [(a_large_order(), a_cancellation()), CANCELLING])
def test_succeeds_with_everything_that_is_taken_back(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_finished_cancellation()).then(GONE)


def test_succeeds_with_what_was_undone() -> None:
    wish = a_finished_cancellation(released=ALLOCATED, voided_minor=6_000, refunded_minor=343)
    undone = replace(GONE, released=ALLOCATED, voided_minor=6_000, refunded_minor=343)
    given(*CANCELLING).when(wish).then(undone)


def test_takes_back_what_is_left_after_lines_were_cancelled() -> None:
    past = (a_large_order(), a_line_cancellation(), a_cancellation())
    given(*past).when(a_finished_cancellation()).then(
        replace(
            GONE,
            lines=(
                CancelledLine(
                    line_id="1", sku=SKU, quantity=3, value_minor=3_750, total_minor=3_674
                ),
                CancelledLine(line_id="2", sku=BOOK, quantity=1, value_minor=333, total_minor=349),
            ),
            totals=Totals(
                subtotal_minor=4_083,
                discount_minor=76,
                shipping_minor=395,
                tax_minor=694,
                grand_minor=4_418,
            ),
        )
    )


def test_cancels_the_rest_when_a_part_has_left_and_the_order_goes_on() -> None:
    past = (*PARTLY_SHIPPED, a_cancellation())
    given(*past).when(a_finished_cancellation()).then(REST_GONE)
    taken = (*PARTLY_SHIPPED, CAPTURE, a_cancellation())
    due = replace(REST_GONE, refund_due_minor=6_343 - 4_768)
    given(*taken).when(a_finished_cancellation()).then(due)
    # What is left of the order can be completed: it is confirmed, delivered and paid.
    given(*REST_CANCELLED, CAPTURE, a_parcel_delivery(), a_completion())


@pytest.mark.parametrize(
    "past", [(a_large_order(),), CONFIRMED, (*CANCELLING, a_refused_cancellation())]
)
def test_refused_when_nobody_wants_the_order_cancelled(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_finished_cancellation()).then_refused(OrderStateConflict)


def test_refused_for_another_cancellation_than_the_one_under_way() -> None:
    wish = a_finished_cancellation(cancellation_id="another")
    for past in (CANCELLING, CANCELLED, REST_CANCELLED):
        given(*past).when(wish).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CANCELLING).when(a_finished_cancellation(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_finished_cancellation()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*CANCELLED).when(a_finished_cancellation()).then_nothing()
    given(*CANCELLED).when(a_finished_cancellation(voided_minor=1)).then_nothing()
    given(*REST_CANCELLED).when(a_finished_cancellation()).then_nothing()


def test_raced_by_the_refusal_the_order_goes_on() -> None:
    past = (*CANCELLING, a_refused_cancellation())
    given(*past).when(a_finished_cancellation()).then_refused(OrderStateConflict)
