"""ConfirmRedemption: succeeds, refused, repeated, raced."""

from domain.coupon_errors import RedemptionNotFound
from domain.errors import CouponNotFound, Forbidden
from tests.coupon_examples import (
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_redemption_confirmation,
    a_redemption_release,
    confirmed,
)
from tests.examples import CUSTOMER, DAY, NOW
from tests.specification import given

PAST = (a_coupon(), a_redemption())


def test_succeeds_though_the_coupon_is_paused_or_over_by_now() -> None:
    for steps in ((), (a_pause(),), (a_coupon_expiry(),)):
        given(*PAST, *steps).when(a_redemption_confirmation()).then(confirmed())


def test_succeeds_once_for_each_of_several() -> None:
    other = a_redemption(redemption_id="r2", order_id="another", amount_minor=7)
    past = (*PAST, other, a_redemption_confirmation())
    given(*past).when(a_redemption_confirmation(redemption_id="r2")).then(
        confirmed(redemption_id="r2", order_id="another", amount_minor=7)
    )


def test_refused_to_customers_and_without_a_coupon_or_a_redemption() -> None:
    given(*PAST).when(a_redemption_confirmation(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_redemption_confirmation(code="AUTUMN")).then_refused(CouponNotFound)
    given(*PAST).when(a_redemption_confirmation(redemption_id="r2")).then_refused(
        RedemptionNotFound
    )


def test_raced_by_a_release_it_comes_too_late() -> None:
    past = (*PAST, a_redemption_release())
    given(*past).when(a_redemption_confirmation()).then_refused(RedemptionNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, a_redemption_confirmation()).when(
        a_redemption_confirmation(asked_at=NOW + DAY)
    ).then_nothing()
