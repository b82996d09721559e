"""Which wishes about coupons does Hypothesis try? Few ids and narrow limits, so that they meet."""

from hypothesis import strategies as st

from commands.registry import Command
from domain.coupon_events import CouponKind, RedemptionReleaseReason
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
)
from tests.examples import CUSTOMER, CUSTOMER_ID, MINUTE, NOW, OTHER_CUSTOMER_ID, STAFF, SYSTEM

codes = st.sampled_from(["SPRING", "SPRING", "FIVE", "FREE"])
redemption_ids = st.sampled_from(["r1", "r2", "r3", "r4"])
actors = st.sampled_from([STAFF, STAFF, SYSTEM, CUSTOMER])
moments = st.sampled_from([STARTS_AT - MINUTE, NOW, NOW, ENDS_AT])
limits = st.none() | st.integers(0, 3)

code_lists = st.sampled_from(
    [(), (), ("SPRING",), ("FIVE",), ("FREE",), ("FIVE", "SPRING"), ("SPRING", "SPRING")]
)
"""The coupons that an order is placed with."""

new_coupons = st.builds(
    a_coupon,
    actor=actors,
    code=codes,
    kind=st.sampled_from(CouponKind),
    value=st.sampled_from([0, 1, 500, 333_333, 1_000_000]),
    currency=st.sampled_from([None, "GBP", "EUR"]),
    min_subtotal_minor=st.none() | st.sampled_from([0, 700]),
    skus=st.sampled_from([None, None, (), ("MUG",), ("BOOK", "MUG")]),
    max_redemptions=limits,
    max_per_customer=limits,
    stackable=st.booleans(),
)

sensible_coupons = st.sampled_from(
    [
        a_coupon(code="FREE", kind=CouponKind.FREE_SHIPPING, value=0),
        a_coupon(code="FIVE", kind=CouponKind.FIXED, value=500, currency="GBP", stackable=True),
        a_coupon(max_redemptions=3, stackable=True),
    ]
)

sensible_redemptions = st.builds(
    a_redemption,
    code=codes,
    redemption_id=redemption_ids,
    customer_id=st.sampled_from([CUSTOMER_ID, OTHER_CUSTOMER_ID]),
)

coupon_wishes: st.SearchStrategy[Command] = st.one_of(
    new_coupons,
    sensible_coupons,
    sensible_redemptions,
    st.builds(
        a_redemption,
        actor=actors,
        code=codes,
        redemption_id=redemption_ids,
        order_id=st.sampled_from(["o1", "o2"]),
        customer_id=st.sampled_from([CUSTOMER_ID, OTHER_CUSTOMER_ID]),
        placed_at=moments,
        currency=st.sampled_from(["GBP", "GBP", "EUR"]),
        amount_minor=st.sampled_from([0, 250, 250]),
    ),
    st.builds(a_redemption_confirmation, actor=actors, code=codes, redemption_id=redemption_ids),
    st.builds(
        a_redemption_release,
        actor=actors,
        code=codes,
        redemption_id=redemption_ids,
        reason=st.sampled_from(RedemptionReleaseReason),
    ),
    st.builds(a_pause, actor=actors, code=codes, asked_at=moments),
    st.builds(a_resumption, actor=actors, code=codes, asked_at=moments),
    st.builds(a_coupon_expiry, actor=actors, code=codes, at=moments),
)
"""Any wish about coupons, sensible or not."""
