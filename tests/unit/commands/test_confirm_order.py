"""ConfirmOrder: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict, QuantityInvalid
from domain.events import Event
from domain.order_errors import LineQuantityExceeded, OrderOnHold
from domain.order_events import OrderConfirmed
from domain.order_parts import LineQuantity, PaymentFactKind
from tests.examples import CUSTOMER
from tests.order_examples import (
    ALLOCATED,
    CANCELLED,
    CANCELLING,
    COMPLETED,
    EXPIRED,
    FACTS,
    PARTLY_SHIPPED,
    PROMISED,
    REJECTED,
    a_confirmation,
    a_hold,
    a_hold_release,
    a_large_order,
    a_line_cancellation,
    a_payment_fact,
    a_refused_cancellation,
    pieces,
)
from tests.specification import given


def confirmed(
    allocations: tuple[LineQuantity, ...] = ALLOCATED,
    backorders: tuple[LineQuantity, ...] = PROMISED,
    authorised_minor: int = 0,
) -> OrderConfirmed:
    return OrderConfirmed(
        **FACTS,
        allocations=allocations,
        backorders=backorders,
        authorised_minor=authorised_minor,
    )


def test_succeeds_with_what_is_there_and_what_is_promised() -> None:
    given(a_large_order()).when(a_confirmation()).then(confirmed())
    nothing_promised = a_confirmation(backorders=())
    given(a_large_order()).when(nothing_promised).then(confirmed(backorders=()))


def test_succeeds_with_pieces_of_one_line_from_two_places() -> None:
    places = (pieces("1", 3), pieces("1", 1))
    wish = a_confirmation(allocations=places, backorders=())
    given(a_large_order()).when(wish).then(confirmed(places, ()))


def test_says_what_payments_are_good_for() -> None:
    second = a_payment_fact(amount_minor=1_000, payment_id="payment-2")
    void = a_payment_fact(PaymentFactKind.VOIDED, 300, payment_id="payment-2")
    taken = a_payment_fact(PaymentFactKind.CAPTURED, 6_000)
    given_back = a_payment_fact(PaymentFactKind.REFUNDED, 500)
    past = (a_large_order(), a_payment_fact(), second, void, taken, given_back)
    given(*past).when(a_confirmation()).then(confirmed(authorised_minor=6_343 + 700 - 500))


def test_succeeds_after_the_hold_is_released() -> None:
    given(a_large_order(), a_hold(), a_hold_release()).when(a_confirmation()).then(confirmed())


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED])
def test_refused_when_the_order_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_confirmation()).then_refused(OrderStateConflict)


def test_refused_while_the_order_is_held() -> None:
    given(a_large_order(), a_hold()).when(a_confirmation()).then_refused(OrderOnHold)


@pytest.mark.parametrize("quantity", [0, -1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    wish = a_confirmation(backorders=(pieces("2", quantity),))
    given(a_large_order()).when(wish).then_refused(QuantityInvalid)


def test_refused_with_more_pieces_than_are_wanted() -> None:
    wish = a_confirmation(allocations=(pieces("1", 5), pieces("2", 3)))
    refusal = given(a_large_order()).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == (
        {"line_id": "1", "too_many": 1},
        {"line_id": "2", "too_many": 1},
    )
    unknown = a_confirmation(allocations=(LineQuantity(line_id="x", sku="X", quantity=1),))
    given(a_large_order()).when(unknown).then_refused(LineQuantityExceeded)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(a_large_order()).when(a_confirmation(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_confirmation()).then_refused(OrderNotFound)


@pytest.mark.parametrize("past", [PARTLY_SHIPPED, COMPLETED])
def test_repeated_has_nothing_to_do(past: tuple[Command | Event, ...]) -> None:
    given(a_large_order(), a_confirmation()).when(a_confirmation()).then_nothing()
    given(*past).when(a_confirmation(allocations=())).then_nothing()


def test_raced_by_a_line_cancellation_what_is_no_longer_wanted_is_not_allocated() -> None:
    past = (a_large_order(), a_line_cancellation())
    given(*past).when(a_confirmation()).then_refused(LineQuantityExceeded)
    left = (pieces("1", 3), pieces("2", 1))
    given(*past).when(a_confirmation(allocations=left, backorders=())).then(confirmed(left, ()))


def test_raced_by_a_cancellation_it_comes_too_late_unless_that_is_refused() -> None:
    past = (a_large_order(), *CANCELLING[-1:])
    given(*past).when(a_confirmation()).then_refused(OrderStateConflict)
    given(*past, a_refused_cancellation()).when(a_confirmation()).then(confirmed())
