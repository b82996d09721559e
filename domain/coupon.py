"""A coupon: for which orders does it count, and who has used it?

Stream `coupon-<code>`; its events stand in `coupon_events.py`. A campaign code is a hot, long
stream: a redemption is remembered for ever, so that a repeat is recognised however late it comes,
and the maps are persistent, so an event costs O(log n).

Whether the coupon counts for an order is asked for the moment at which the order was placed, like
its prices: an order that was placed in time keeps its coupon, however late its place is reserved.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from immutables import Map

from domain.coupon_events import (
    AboutRedemption,
    CouponCreated,
    CouponEvent,
    CouponExpired,
    CouponPaused,
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    CouponResumed,
)
from domain.replace import replace


class CouponStatus(StrEnum):
    """Whether a coupon counts; derived, but for the pause."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"


class RedemptionState(StrEnum):
    """What has become of a redemption."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """The place of an order on the coupon. Units: minor units."""

    order_id: str
    customer_id: str
    currency: str
    amount_minor: int
    state: RedemptionState = RedemptionState.RESERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon, as its events left it.

    Shape: `redemptions` holds released ones too; `taken_by_customer` only customers who have places
    now.
    """

    terms: CouponCreated
    is_paused: bool = False
    has_expired: bool = False
    reserved: int = 0
    confirmed: int = 0
    redemptions: Map[str, Redemption]
    taken_by_customer: Map[str, int]

    @property
    def code(self) -> str:
        """Name the coupon."""
        return self.terms.code

    @property
    def taken(self) -> int:
        """Tell how many places orders have."""
        return self.reserved + self.confirmed

    @property
    def is_exhausted(self) -> bool:
        """Tell whether every place is taken."""
        places = self.terms.max_redemptions
        return places is not None and self.taken >= places

    def is_used_up_by(self, customer_id: str) -> bool:
        """Tell whether the customer has all the places that one customer may have."""
        places = self.terms.max_per_customer
        return places is not None and self.taken_by_customer.get(customer_id, 0) >= places

    def counts_at(self, placed_at: datetime) -> bool:
        """Tell whether the coupon counts for orders that are placed then, if there are places."""
        return not self.is_paused and self.terms.starts_at <= placed_at < self.terms.ends_at

    def counts_in(self, currency: str) -> bool:
        """Tell whether the coupon counts for orders in the currency."""
        return self.terms.currency in {None, currency}

    def is_over_at(self, moment: datetime) -> bool:
        """Tell whether the time of the coupon is over for good."""
        return self.has_expired or moment >= self.terms.ends_at

    def status_at(self, moment: datetime) -> CouponStatus:
        """Tell whether an order that is placed then can have the coupon, and why not."""
        if self.is_over_at(moment):
            return CouponStatus.EXPIRED
        if self.is_paused:
            return CouponStatus.PAUSED
        if moment < self.terms.starts_at:
            return CouponStatus.SCHEDULED
        return CouponStatus.EXHAUSTED if self.is_exhausted else CouponStatus.ACTIVE


def evolve_coupon(state: Coupon | None, event: CouponEvent) -> Coupon:
    """Answer the coupon after the event."""
    if isinstance(event, CouponCreated):
        assert state is None
        return Coupon(terms=event, redemptions=Map(), taken_by_customer=Map())
    assert state is not None
    match event:
        case CouponRedemptionReserved():
            return _reserved(state, event)
        case CouponRedemptionConfirmed():
            return _confirmed(state, event)
        case CouponRedemptionReleased():
            return _released(state, event)
        case CouponPaused() | CouponResumed():
            return replace(state, is_paused=isinstance(event, CouponPaused))
        case CouponExpired():
            return replace(state, has_expired=True)
        case _:
            assert_never(event)


def _reserved(state: Coupon, event: CouponRedemptionReserved) -> Coupon:
    assert event.redemption_id not in state.redemptions
    redemption = Redemption(
        order_id=event.order_id,
        customer_id=event.customer_id,
        currency=event.currency,
        amount_minor=event.amount_minor,
    )
    places = state.taken_by_customer.get(event.customer_id, 0)
    return replace(
        state,
        reserved=state.reserved + 1,
        redemptions=state.redemptions.set(event.redemption_id, redemption),
        taken_by_customer=state.taken_by_customer.set(event.customer_id, places + 1),
    )


def _confirmed(state: Coupon, event: CouponRedemptionConfirmed) -> Coupon:
    assert state.redemptions[event.redemption_id].state is RedemptionState.RESERVED
    return replace(
        state,
        reserved=state.reserved - 1,
        confirmed=state.confirmed + 1,
        redemptions=_become(state, event, RedemptionState.CONFIRMED),
    )


def _released(state: Coupon, event: CouponRedemptionReleased) -> Coupon:
    before = state.redemptions[event.redemption_id].state
    assert before is not RedemptionState.RELEASED
    if before is RedemptionState.CONFIRMED:
        freed = replace(state, confirmed=state.confirmed - 1)
    else:
        freed = replace(state, reserved=state.reserved - 1)
    customer_id, by_customer = event.customer_id, state.taken_by_customer
    places = by_customer[customer_id] - 1
    return replace(
        freed,
        redemptions=_become(state, event, RedemptionState.RELEASED),
        taken_by_customer=(
            by_customer.set(customer_id, places) if places else by_customer.delete(customer_id)
        ),
    )


def _become(state: Coupon, event: AboutRedemption, after: RedemptionState) -> Map[str, Redemption]:
    known = state.redemptions[event.redemption_id]
    return state.redemptions.set(event.redemption_id, replace(known, state=after))
