"""CancelOrder: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.envelope import ActorKind
from domain.errors import OperationConflict, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_errors import AlreadyShipped
from domain.order_events import OrderCancellationRequested, OrderCancelled, OrderLinesCancelled
from domain.order_parts import (
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    Totals,
)
from tests.examples import OTHER_CUSTOMER, SKU, STAFF, a_cancellation, a_note
from tests.order_examples import (
    ALL_CANCELLED,
    BOOK,
    CANCELLATION_ID,
    CANCELLED,
    CANCELLING,
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
    a_parcel,
    a_refused_cancellation,
    an_imported_order,
)
from tests.specification import given

REQUESTED = OrderCancellationRequested(
    **FACTS,
    cancellation_id=CANCELLATION_ID,
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    requested_by=ActorKind.CUSTOMER,
    scope=CancellationScope.ALL,
    personal=FreeTextPersonal(text="ordered twice"),
)
ALL_GONE = OrderCancelled(
    **FACTS,
    cancellation_id=CANCELLATION_ID,
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    lines=ALL_CANCELLED,
    totals=TOTALS,
)


@pytest.mark.parametrize("past", [(a_large_order(),), CONFIRMED, (a_large_order(), a_note())])
def test_succeeds_with_a_request_that_has_to_be_finished(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_cancellation()).then(REQUESTED)


def test_succeeds_for_the_shop_and_without_a_note() -> None:
    wish = a_cancellation(actor=STAFF, note=None, reason_code=CancellationReason.FRAUD)
    expected = replace(
        REQUESTED,
        reason_code=CancellationReason.FRAUD,
        requested_by=ActorKind.STAFF,
        personal=None,
    )
    given(a_large_order()).when(wish).then(expected)


def test_succeeds_for_the_rest_when_a_part_has_left() -> None:
    rest = replace(REQUESTED, scope=CancellationScope.REMAINING)
    given(*PARTLY_SHIPPED).when(a_cancellation()).then(rest)


def test_succeeds_at_once_for_an_imported_order() -> None:
    given(an_imported_order()).when(a_cancellation()).then(REQUESTED, ALL_GONE)


def test_succeeds_at_once_for_the_rest_of_an_imported_order() -> None:
    given(an_imported_order(), *PARTLY_SHIPPED[1:]).when(a_cancellation()).then(
        replace(REQUESTED, scope=CancellationScope.REMAINING),
        OrderLinesCancelled(
            **FACTS,
            cancellation_id=CANCELLATION_ID,
            reason_code=CancellationReason.CUSTOMER_REQUEST,
            lines=(
                CancelledLine(
                    line_id="1", sku=SKU, quantity=1, value_minor=1_250, total_minor=1_225
                ),
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
        ),
    )


def test_succeeds_again_under_another_id_after_the_first_was_refused() -> None:
    past = (*CANCELLING, a_refused_cancellation())
    again = a_cancellation(cancellation_id="another")
    given(*past).when(again).then(replace(REQUESTED, cancellation_id="another"))


@pytest.mark.parametrize(
    ("past", "state"),
    [
        (CANCELLING, "cancelling"),
        (CANCELLED, "cancelled"),
        (REJECTED, "rejected"),
        (EXPIRED, "expired"),
        (COMPLETED, "completed"),
    ],
)
def test_refused_when_another_cancellation_is_under_way_or_the_order_is_over(
    past: tuple[Command | Event, ...], state: str
) -> None:
    wish = a_cancellation(cancellation_id="another")
    refusal = given(*past).when(wish).then_refused(OrderStateConflict)
    assert refusal.code == "order_state_conflict"
    assert refusal.current_state == state
    assert refusal.allowed_commands == ("add-note",)


def test_refused_as_a_whole_when_a_part_has_left() -> None:
    whole = a_cancellation(all_or_nothing=True)
    given(*PARTLY_SHIPPED).when(whole).then_refused(AlreadyShipped)
    given(*CONFIRMED).when(whole).then(REQUESTED)


def test_refused_with_an_id_under_which_lines_were_cancelled() -> None:
    past = (a_large_order(), a_line_cancellation(cancellation_id=CANCELLATION_ID))
    given(*past).when(a_cancellation()).then_refused(OperationConflict)


def test_refused_for_an_unknown_order() -> None:
    given().when(a_cancellation()).then_refused(OrderNotFound)


@pytest.mark.parametrize("past", [(a_large_order(),), CANCELLED])
def test_refused_for_the_order_of_another_customer_as_if_there_were_none(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_cancellation(actor=OTHER_CUSTOMER)).then_refused(OrderNotFound)


@pytest.mark.parametrize(
    "past",
    [
        CANCELLING,
        CANCELLED,
        (*CANCELLING, a_refused_cancellation()),
        (*PARTLY_SHIPPED, a_cancellation(), a_finished_cancellation()),
        (an_imported_order(), a_cancellation()),
    ],
)
def test_repeated_has_nothing_to_do_whatever_became_of_it(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_cancellation()).then_nothing()
    given(*past).when(a_cancellation(reason_code=CancellationReason.OTHER)).then_nothing()


def test_raced_by_the_last_parcel_nothing_is_left_to_cancel() -> None:
    given(*SHIPPED).when(a_cancellation()).then_refused(AlreadyShipped)


def test_raced_by_a_parcel_only_the_rest_is_cancelled() -> None:
    rest = replace(REQUESTED, scope=CancellationScope.REMAINING)
    given(*CONFIRMED, a_parcel()).when(a_cancellation()).then(rest)
