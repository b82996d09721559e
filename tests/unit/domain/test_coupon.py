"""What does a coupon know of itself, and what can never happen to it?"""

from datetime import datetime, timedelta

import pytest

from commands.registry import Command
from domain.coupon import Coupon, CouponStatus
from domain.coupon_events import CouponEvent
from domain.fold import as_coupon, evolve
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
    confirmed,
    created,
    released,
    reserved,
)
from tests.examples import CUSTOMER_ID, NOW, OTHER_CUSTOMER_ID
from tests.specification import Streams

AN_INSTANT = timedelta(microseconds=1)


def after(*wishes: Command) -> Coupon:
    streams = Streams()
    for wish in wishes:
        streams.carry_out(wish)
    coupon = as_coupon(streams.states["coupon-SPRING"])
    assert coupon is not None
    return coupon


@pytest.mark.parametrize(
    ("wishes", "moment", "status"),
    [
        ((), STARTS_AT - AN_INSTANT, CouponStatus.SCHEDULED),
        ((), STARTS_AT, CouponStatus.ACTIVE),
        ((), ENDS_AT - AN_INSTANT, CouponStatus.ACTIVE),
        ((), ENDS_AT, CouponStatus.EXPIRED),
        ((a_pause(),), STARTS_AT - AN_INSTANT, CouponStatus.PAUSED),
        ((a_pause(),), NOW, CouponStatus.PAUSED),
        ((a_pause(),), ENDS_AT, CouponStatus.EXPIRED),
        ((a_pause(), a_resumption()), NOW, CouponStatus.ACTIVE),
        ((a_redemption(),), NOW, CouponStatus.ACTIVE),
        ((a_redemption(), a_redemption(redemption_id="r2")), NOW, CouponStatus.EXHAUSTED),
        ((a_redemption(), a_redemption_confirmation()), NOW, CouponStatus.ACTIVE),
        ((a_coupon_expiry(),), NOW, CouponStatus.EXPIRED),
    ],
)
def test_tells_its_status(
    wishes: tuple[Command, ...], moment: datetime, status: CouponStatus
) -> None:
    assert after(a_coupon(max_redemptions=2), *wishes).status_at(moment) is status


def test_counts_the_places_by_what_has_become_of_them_and_by_customer() -> None:
    others = (a_redemption(redemption_id="r2"), a_redemption(redemption_id="r3"))
    coupon = after(
        a_coupon(),
        a_redemption(),
        *others,
        a_redemption(redemption_id="r4", customer_id=OTHER_CUSTOMER_ID),
        a_redemption_confirmation(),
        a_redemption_confirmation(redemption_id="r2"),
        a_redemption_release(redemption_id="r2"),
        a_redemption_release(redemption_id="r4"),
    )
    assert (coupon.reserved, coupon.confirmed, coupon.taken) == (1, 1, 2)
    assert dict(coupon.taken_by_customer) == {CUSTOMER_ID: 2}
    assert sorted(each.state for each in coupon.redemptions.values()) == [
        "confirmed",
        "released",
        "released",
        "reserved",
    ]


@pytest.mark.parametrize(
    "events",
    [
        (created(), created()),
        (reserved(),),
        (created(), reserved(), reserved()),
        (created(), reserved(), released(), reserved()),
        (created(), reserved(), confirmed(), confirmed()),
        (created(), reserved(), released(), confirmed()),
        (created(), reserved(), released(), released()),
    ],
)
def test_what_cannot_have_happened_is_a_bug(events: tuple[CouponEvent, ...]) -> None:
    *before, last = events
    state = None
    for event in before:
        state = evolve(state, event)
    with pytest.raises(AssertionError):
        evolve(state, last)
