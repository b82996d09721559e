"""Which wishes about stock does Hypothesis try? Few ids and small numbers, so that they meet."""

from hypothesis import strategies as st

from commands.registry import Command
from domain.return_events import ReturnDisposition
from domain.stock_events import ReleaseReason
from tests.examples import CUSTOMER, MINUTE, STAFF
from tests.stock_examples import (
    EXPIRES_AT,
    LATER,
    a_backorder_policy,
    a_count,
    a_deduction,
    a_fill,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_restocking,
    a_safety_stock,
    a_stock_item,
    an_adjustment,
    an_allocation,
    an_expiry,
    an_extension,
    wanted_stock,
)

kept_skus = st.sampled_from(["MUG", "MUG", "BOOK"])
movement_ids = st.sampled_from(["m1", "m2", "m3", "m4"])
reservation_ids = st.sampled_from(["r1", "r2", "r3"])
few = st.integers(0, 9)
moments = st.sampled_from([EXPIRES_AT - MINUTE, EXPIRES_AT, LATER])

wanted = st.builds(
    wanted_stock,
    sku=kept_skus,
    reservation_id=reservation_ids,
    line_id=st.sampled_from(["1", "2"]),
    quantity=st.integers(1, 9),
)

promises = st.builds(
    lambda sku, name, quantity: a_reservation_wish(
        order_id="o1",
        lines=(wanted_stock(sku=sku, reservation_id=name, quantity=quantity),),
        allow_backorder=True,
    ),
    kept_skus,
    st.sampled_from(["r2", "r3"]),
    st.integers(1, 9),
)

stock_wishes: st.SearchStrategy[Command] = st.one_of(
    promises,
    st.builds(
        a_stock_item,
        actor=st.sampled_from([STAFF, CUSTOMER]),
        sku=kept_skus,
        location=st.sampled_from(["MAIN", "EAST"]),
    ),
    st.builds(a_receipt, sku=kept_skus, movement_id=movement_ids, quantity=few),
    st.builds(an_adjustment, sku=kept_skus, movement_id=movement_ids, delta=st.integers(-5, 5)),
    st.builds(a_count, sku=kept_skus, movement_id=movement_ids, counted=few),
    st.builds(a_safety_stock, sku=kept_skus, quantity=st.integers(0, 3)),
    st.builds(a_backorder_policy, sku=kept_skus, limit=few),
    st.builds(
        a_reservation_wish,
        order_id=st.sampled_from(["o1", "o2"]),
        lines=st.lists(wanted, min_size=1, max_size=2).map(tuple),
        allow_backorder=st.booleans(),
        expires_at=moments,
    ),
    st.builds(an_extension, sku=kept_skus, reservation_id=reservation_ids, expires_at=moments),
    st.builds(an_allocation, sku=kept_skus, reservation_id=reservation_ids),
    st.builds(
        a_release,
        sku=kept_skus,
        reservation_id=reservation_ids,
        release_id=movement_ids,
        quantity=st.none() | few,
        reason=st.sampled_from(ReleaseReason),
    ),
    st.builds(an_expiry, sku=kept_skus, reservation_id=reservation_ids, at=moments),
    st.builds(
        a_deduction,
        sku=kept_skus,
        reservation_id=reservation_ids,
        shipment_id=movement_ids,
        quantity=st.integers(1, 4),
    ),
    st.builds(
        a_fill,
        sku=kept_skus,
        reservation_id=reservation_ids,
        movement_id=movement_ids,
        quantity=st.integers(1, 4),
    ),
    st.builds(
        a_restocking,
        sku=kept_skus,
        return_id=movement_ids,
        quantity=few,
        disposition=st.sampled_from(ReturnDisposition),
    ),
)
"""Any wish about stock, sensible or not."""
