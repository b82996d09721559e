"""ReserveRedemption: succeeds, refused, repeated, raced."""

from datetime import datetime, timedelta

import pytest

from domain.coupon_errors import (
    CouponCurrencyMismatch,
    CouponCustomerLimit,
    CouponExhausted,
    CouponNotActive,
)
from domain.errors import (
    AmountInvalid,
    AmountOutOfRange,
    CouponNotFound,
    Forbidden,
    OperationConflict,
    Refusal,
)
from tests.coupon_examples import (
    ENDS_AT,
    STARTS_AT,
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_redemption_confirmation,
    a_redemption_release,
    a_resumption,
    reserved,
)
from tests.examples import CUSTOMER, DAY, OTHER_CUSTOMER_ID, SYSTEM
from tests.specification import given

AN_INSTANT = timedelta(microseconds=1)


def test_succeeds_without_limits_and_for_the_system() -> None:
    given(a_coupon()).when(a_redemption(actor=SYSTEM)).then(reserved())


def test_succeeds_up_to_the_limits() -> None:
    past = (a_coupon(max_redemptions=2, max_per_customer=2), a_redemption(redemption_id="r1"))
    given(*past).when(a_redemption()).then(reserved())


@pytest.mark.parametrize("placed_at", [STARTS_AT, ENDS_AT - AN_INSTANT])
def test_succeeds_for_an_order_that_was_placed_in_time_however_late_it_is(
    placed_at: datetime,
) -> None:
    past = (a_coupon(), a_coupon_expiry())
    given(*past).when(a_redemption(placed_at=placed_at, asked_at=ENDS_AT + DAY)).then(reserved())


def test_succeeds_after_a_pause() -> None:
    given(a_coupon(), a_pause(), a_resumption()).when(a_redemption()).then(reserved())


def test_succeeds_in_the_currency_of_the_coupon_and_in_any_if_it_has_none() -> None:
    given(a_coupon(currency="GBP")).when(a_redemption()).then(reserved())
    given(a_coupon()).when(a_redemption(currency="EUR")).then(reserved(currency="EUR"))


def test_succeeds_in_the_place_that_another_gave_back() -> None:
    for steps in ((), (a_redemption_confirmation(redemption_id="r1"),)):
        first = a_redemption(redemption_id="r1")
        past = (a_coupon(max_redemptions=1, max_per_customer=1), first, *steps)
        given(*past).when(a_redemption()).then_refused(CouponExhausted)
        given(*past, a_redemption_release(redemption_id="r1")).when(a_redemption()).then(reserved())


def test_refused_when_every_place_is_taken_whether_confirmed_or_not() -> None:
    past = (
        a_coupon(max_redemptions=2),
        a_redemption(redemption_id="r1", customer_id=OTHER_CUSTOMER_ID),
        a_redemption(redemption_id="r2", customer_id=OTHER_CUSTOMER_ID),
        a_redemption_confirmation(redemption_id="r2"),
    )
    given(*past).when(a_redemption()).then_refused(CouponExhausted)


def test_refused_to_a_customer_who_has_all_his_places_and_to_no_other() -> None:
    first = a_redemption(redemption_id="r1")
    past = (a_coupon(max_per_customer=1), first, a_redemption_confirmation(redemption_id="r1"))
    given(*past).when(a_redemption()).then_refused(CouponCustomerLimit)
    given(*past).when(a_redemption(customer_id=OTHER_CUSTOMER_ID)).then(
        reserved(customer_id=OTHER_CUSTOMER_ID)
    )


def test_a_place_that_is_given_back_is_one_of_several() -> None:
    past = (
        a_coupon(max_per_customer=2),
        a_redemption(redemption_id="r1"),
        a_redemption(redemption_id="r2"),
        a_redemption_release(redemption_id="r1"),
        a_redemption(redemption_id="r3"),
    )
    given(*past).when(a_redemption()).then_refused(CouponCustomerLimit)


@pytest.mark.parametrize("placed_at", [STARTS_AT - AN_INSTANT, ENDS_AT])
def test_refused_for_an_order_that_was_not_placed_in_time(placed_at: datetime) -> None:
    given(a_coupon()).when(a_redemption(placed_at=placed_at)).then_refused(CouponNotActive)


def test_refused_while_it_is_paused() -> None:
    given(a_coupon(), a_pause()).when(a_redemption()).then_refused(CouponNotActive)


def test_refused_in_another_currency() -> None:
    past = a_coupon(currency="GBP")
    given(past).when(a_redemption(currency="EUR")).then_refused(CouponCurrencyMismatch)


@pytest.mark.parametrize(
    ("amount_minor", "error"),
    [(0, AmountInvalid), (-1, AmountInvalid), (2**53, AmountOutOfRange)],
)
def test_refused_with_what_is_no_amount(amount_minor: int, error: type[Refusal]) -> None:
    given(a_coupon()).when(a_redemption(amount_minor=amount_minor)).then_refused(error)


def test_refused_to_customers_and_without_a_coupon() -> None:
    given(a_coupon()).when(a_redemption(actor=CUSTOMER)).then_refused(Forbidden)
    given(a_coupon()).when(a_redemption(code="AUTUMN")).then_refused(CouponNotFound)


@pytest.mark.parametrize(
    "fields",
    [
        {"order_id": "another"},
        {"customer_id": OTHER_CUSTOMER_ID},
        {"currency": "EUR"},
        {"amount_minor": 251},
    ],
)
def test_refused_with_an_id_that_was_used_for_something_else(fields: dict[str, object]) -> None:
    for steps in ((), (a_redemption_confirmation(),), (a_redemption_release(),)):
        past = (a_coupon(), a_redemption(), *steps)
        given(*past).when(a_redemption(**fields)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_has_become_of_it() -> None:
    past = (a_coupon(max_redemptions=1, max_per_customer=1), a_redemption())
    for steps in (
        (),
        (a_redemption_confirmation(),),
        (a_redemption_release(),),
        (a_pause(),),
        (a_coupon_expiry(),),
        (a_redemption_release(), a_redemption(redemption_id="r2", order_id="another")),
    ):
        given(*past, *steps).when(a_redemption(asked_at=ENDS_AT + DAY)).then_nothing()


def test_raced_by_a_customer_for_the_last_place_one_of_them_has_it() -> None:
    past = (a_coupon(max_redemptions=1), a_redemption(redemption_id="r1", order_id="faster"))
    given(*past).when(a_redemption()).then_refused(CouponExhausted)
    given(*past).when(a_redemption(redemption_id="r1", order_id="faster")).then_nothing()


def test_the_same_id_on_another_coupon_is_another_place() -> None:
    past = (a_coupon(), a_coupon(code="AUTUMN"), a_redemption())
    given(*past).when(a_redemption(code="AUTUMN")).then(reserved(code="AUTUMN"))
