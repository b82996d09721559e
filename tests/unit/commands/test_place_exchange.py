"""PlaceOrder with the credit of a return: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from domain.errors import CurrencyMismatch, Forbidden, OrderAlreadyExists
from domain.order_parts import Origin, OriginKind, Totals
from domain.return_errors import ReturnCreditSpent, ReturnNotFound, ReturnStateConflict
from tests.examples import (
    CUSTOMER,
    MINUTE,
    OTHER_CUSTOMER_ID,
    SYSTEM,
    a_customer,
    a_line,
    a_placed_order,
    a_sold_line,
)
from tests.exchange_examples import (
    CREDIT_IN_SHOP,
    EXCHANGE_ID,
    OTHER_EXCHANGE_ID,
    SOLD_AGAIN,
    a_credit,
    an_exchange,
    credit_used,
)
from tests.return_examples import (
    ASKED_AT,
    INSPECTED,
    RECEIVED_FOR_CREDIT,
    RETURN_ID,
    a_closing,
    a_credit_release,
)
from tests.specification import given

PLACED = a_placed_order(
    order_id=EXCHANGE_ID,
    origin=Origin(kind=OriginKind.EXCHANGE, ref=RETURN_ID),
    placed_at=ASKED_AT,
    pay_by=None,
    credit=a_credit(),
)


def test_succeeds_and_is_paid_wholly() -> None:
    given(*CREDIT_IN_SHOP).when(an_exchange()).then(PLACED, credit_used())
    by_system = an_exchange(RETURN_ID.upper(), actor=SYSTEM)
    origin = Origin(kind=OriginKind.EXCHANGE, ref=RETURN_ID.upper())
    given(*CREDIT_IN_SHOP).when(by_system).then(replace(PLACED, origin=origin), credit_used())


def test_the_totals_are_as_ever_and_what_is_missing_is_to_be_paid_in_time() -> None:
    line = a_sold_line(
        quantity=3, gross_minor=3_750, net_minor=3_750, tax_minor=625, total_minor=3_750
    )
    totals = Totals(
        subtotal_minor=3_750, discount_minor=0, shipping_minor=0, tax_minor=625, grand_minor=3_750
    )
    placed = replace(PLACED, lines=(line,), totals=totals, pay_by=ASKED_AT + 15 * MINUTE)
    wish = an_exchange(lines=(a_line(quantity=3),), expected_total_minor=3_750)
    given(*CREDIT_IN_SHOP).when(wish).then(placed, credit_used())


def test_what_the_order_leaves_of_the_credit_is_told() -> None:
    line = a_sold_line(
        quantity=1, gross_minor=1_250, net_minor=1_250, tax_minor=208, total_minor=1_250
    )
    totals = Totals(
        subtotal_minor=1_250, discount_minor=0, shipping_minor=0, tax_minor=208, grand_minor=1_250
    )
    placed = replace(PLACED, lines=(line,), totals=totals, credit=a_credit(1_250))
    wish = an_exchange(lines=(a_line(quantity=1),))
    given(*CREDIT_IN_SHOP).when(wish).then(placed, credit_used(1_250, 1_250))


@pytest.mark.parametrize("ref", [None, "536365", "0196a000-0000-7000-8000-0000000000ff"])
def test_refuses_without_a_return(ref: str | None) -> None:
    refusal = given(*CREDIT_IN_SHOP).when(an_exchange(ref)).then_refused(ReturnNotFound)
    assert refusal.items == ({"pointer": "/origin/ref"},)


def test_refuses_the_return_of_another_customer() -> None:
    past = (*CREDIT_IN_SHOP, a_customer(customer_id=OTHER_CUSTOMER_ID, email_claim="7d" * 32))
    wish = an_exchange(customer_id=OTHER_CUSTOMER_ID)
    given(*past).when(wish).then_refused(ReturnNotFound)


def test_refuses_another_currency() -> None:
    given(*CREDIT_IN_SHOP).when(an_exchange(currency="EUR")).then_refused(CurrencyMismatch)


def test_refuses_a_return_that_gives_money_back() -> None:
    given(*INSPECTED, *SOLD_AGAIN).when(an_exchange()).then_refused(ReturnStateConflict)


def test_refuses_a_return_that_was_not_inspected() -> None:
    past = (*RECEIVED_FOR_CREDIT, *SOLD_AGAIN)
    conflict = given(*past).when(an_exchange()).then_refused(ReturnStateConflict)
    assert conflict.current_state == "received"


def test_refuses_a_credit_that_was_given_back() -> None:
    past = (*CREDIT_IN_SHOP, a_credit_release())
    given(*past).when(an_exchange()).then_refused(ReturnCreditSpent)
    given(*past, a_closing()).when(an_exchange()).then_refused(ReturnCreditSpent)


def test_refuses_customers_and_gives_other_orders_no_credit() -> None:
    given(*CREDIT_IN_SHOP).when(an_exchange(actor=CUSTOMER)).then_refused(Forbidden)
    origin = Origin(kind=OriginKind.STAFF, ref=RETURN_ID)
    placed = replace(PLACED, origin=origin, credit=None, pay_by=ASKED_AT + 15 * MINUTE)
    given(*CREDIT_IN_SHOP).when(an_exchange(origin=origin)).then(placed)


def test_a_repeat_has_nothing_to_do_and_another_body_is_refused() -> None:
    past = (*CREDIT_IN_SHOP, an_exchange())
    given(*past).when(an_exchange()).then_nothing()
    given(*past).when(an_exchange(fingerprint="other")).then_refused(OrderAlreadyExists)


def test_of_two_orders_for_one_credit_the_second_is_refused() -> None:
    past = (*CREDIT_IN_SHOP, an_exchange(order_id=OTHER_EXCHANGE_ID))
    given(*past).when(an_exchange()).then_refused(ReturnCreditSpent)
