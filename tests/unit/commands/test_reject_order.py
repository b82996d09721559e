"""RejectOrder: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_events import OrderRejected
from domain.order_parts import CancelledLine, RejectionReason, Totals
from tests.examples import CUSTOMER, SKU
from tests.order_examples import (
    ALL_CANCELLED,
    BOOK,
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    REJECTED,
    TOTALS,
    a_hold,
    a_large_order,
    a_line_cancellation,
    a_payment_fact,
    a_rejection,
)
from tests.specification import given

ALL_REJECTED = OrderRejected(
    **FACTS,
    reason=RejectionReason.OUT_OF_STOCK,
    details="MUG-BLUE: 1 of 4",
    lines=ALL_CANCELLED,
    totals=TOTALS,
)


def test_succeeds_with_everything_that_is_taken_back() -> None:
    given(a_large_order()).when(a_rejection()).then(ALL_REJECTED)
    wish = a_rejection(reason=RejectionReason.FRAUD, details=None)
    fraud = replace(ALL_REJECTED, reason=RejectionReason.FRAUD, details=None)
    given(a_large_order(), a_hold(), a_payment_fact()).when(wish).then(fraud)


@pytest.mark.parametrize("past", [CONFIRMED, CANCELLING, COMPLETED, CANCELLED, EXPIRED])
def test_refused_when_the_order_is_not_pending(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_rejection()).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(a_large_order()).when(a_rejection(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_rejection()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*REJECTED).when(a_rejection()).then_nothing()
    given(*REJECTED).when(a_rejection(reason=RejectionReason.FRAUD)).then_nothing()


def test_raced_by_a_line_cancellation_only_the_rest_is_taken_back() -> None:
    given(a_large_order(), a_line_cancellation()).when(a_rejection()).then(
        replace(
            ALL_REJECTED,
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
