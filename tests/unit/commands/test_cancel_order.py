"""CancelOrder: succeeds, refused, repeated."""

import pytest

from commands.registry import Command
from domain.envelope import ActorKind
from domain.errors import OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order import (
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    OrderCancellationRequested,
    OrderCancelled,
)
from tests.examples import (
    CUSTOMER_ID,
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER,
    SKU,
    STAFF,
    a_cancellation,
    a_note,
    a_placed_order,
    a_sold_line,
)
from tests.specification import given

CANCELLATION_ID = a_cancellation().cancellation_id


def test_succeeds_with_request_and_result_in_one_append() -> None:
    lines = (
        a_sold_line(),
        a_sold_line(
            line_id="2", sku="BOOK", tax_included=False, gross_minor=900, total_minor=1_080
        ),
    )
    order = a_placed_order(lines=lines)
    given(order).when(a_cancellation()).then(
        OrderCancellationRequested(
            order_id=ORDER_ID,
            customer_id=CUSTOMER_ID,
            currency="GBP",
            channel="web",
            country="GB",
            placed_at=NOW,
            cancellation_id=CANCELLATION_ID,
            reason_code=CancellationReason.CUSTOMER_REQUEST,
            requested_by=ActorKind.CUSTOMER,
            scope=CancellationScope.ALL,
            personal=FreeTextPersonal(text="ordered twice"),
        ),
        OrderCancelled(
            order_id=ORDER_ID,
            customer_id=CUSTOMER_ID,
            currency="GBP",
            channel="web",
            country="GB",
            placed_at=NOW,
            cancellation_id=CANCELLATION_ID,
            reason_code=CancellationReason.CUSTOMER_REQUEST,
            lines=(
                CancelledLine(
                    line_id="1", sku=SKU, quantity=2, value_minor=2_500, total_minor=2_500
                ),
                CancelledLine(
                    line_id="2", sku="BOOK", quantity=2, value_minor=900, total_minor=1_080
                ),
            ),
            totals=order.totals,
        ),
    )


def test_succeeds_for_the_shop_and_without_a_note() -> None:
    wish = a_cancellation(actor=STAFF, note=None, reason_code=CancellationReason.FRAUD)
    given(a_placed_order(), a_note()).when(wish).then(
        OrderCancellationRequested(
            order_id=ORDER_ID,
            customer_id=CUSTOMER_ID,
            currency="GBP",
            channel="web",
            country="GB",
            placed_at=NOW,
            cancellation_id=CANCELLATION_ID,
            reason_code=CancellationReason.FRAUD,
            requested_by=ActorKind.STAFF,
            scope=CancellationScope.ALL,
        ),
        OrderCancelled(
            order_id=ORDER_ID,
            customer_id=CUSTOMER_ID,
            currency="GBP",
            channel="web",
            country="GB",
            placed_at=NOW,
            cancellation_id=CANCELLATION_ID,
            reason_code=CancellationReason.FRAUD,
            lines=(
                CancelledLine(
                    line_id="1", sku=SKU, quantity=2, value_minor=2_500, total_minor=2_500
                ),
            ),
            totals=a_placed_order().totals,
        ),
    )


def test_repeated_with_the_same_cancellation_id_has_nothing_to_do() -> None:
    given(a_placed_order(), a_cancellation()).when(
        a_cancellation(reason_code=CancellationReason.OTHER)
    ).then_nothing()


def test_refuses_a_second_cancellation() -> None:
    refusal = (
        given(a_placed_order(), a_cancellation())
        .when(a_cancellation(cancellation_id="another"))
        .then_refused(OrderStateConflict)
    )
    assert refusal.code == "order_state_conflict"
    assert refusal.current_state == "cancelled"
    assert refusal.allowed_commands == ("add-note",)


def test_refuses_a_second_cancellation_while_the_first_is_under_way() -> None:
    requested = OrderCancellationRequested(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=NOW,
        cancellation_id=CANCELLATION_ID,
        reason_code=CancellationReason.FRAUD,
        requested_by=ActorKind.STAFF,
        scope=CancellationScope.ALL,
    )
    given(a_placed_order(), requested).when(a_cancellation()).then_nothing()
    refusal = (
        given(a_placed_order(), requested)
        .when(a_cancellation(cancellation_id="another"))
        .then_refused(OrderStateConflict)
    )
    assert refusal.current_state == "cancelling"


def test_refuses_an_unknown_order() -> None:
    given().when(a_cancellation()).then_refused(OrderNotFound)


@pytest.mark.parametrize("past", [(a_placed_order(),), (a_placed_order(), a_cancellation())])
def test_refuses_the_order_of_another_customer_as_if_there_were_none(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_cancellation(actor=OTHER_CUSTOMER)).then_refused(OrderNotFound)
