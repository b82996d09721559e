"""Has nobody more places on a coupon than there are, whatever is wished of it?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.coupon_deciders import CouponCommand
from commands.create_coupon import CreateCoupon
from commands.expire_coupon import ExpireCoupon
from commands.registry import Command
from commands.release_redemption import ReleaseRedemption
from commands.reserve_redemption import ReserveRedemption
from domain.coupon import Coupon, RedemptionState
from domain.coupon_events import (
    CouponCreated,
    CouponEvent,
    CouponExpired,
    CouponPaused,
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    CouponResumed,
)
from domain.errors import Refusal
from domain.fold import as_coupon
from tests.coupon_examples import CODE, ENDS_AT, a_coupon, a_redemption, a_redemption_confirmation
from tests.examples import OTHER_CUSTOMER_ID
from tests.property.coupon_strategies import coupon_wishes
from tests.specification import Streams

STREAM: Final = "coupon-SPRING"
CREATED_BEFORE: Final = (
    a_coupon(max_redemptions=3, max_per_customer=2, stackable=True),
    a_coupon(code="FIVE", max_redemptions=1),
    a_redemption(redemption_id="r1"),
    a_redemption_confirmation(redemption_id="r1"),
    a_redemption(redemption_id="r2", customer_id=OTHER_CUSTOMER_ID),
)
"""Of three places one is used, one reserved and one free."""

EXAMPLES: Final = 150
histories = st.lists(coupon_wishes, min_size=20, max_size=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A wish that was granted: the coupon before and after it, and what happened to it."""

    wish: Command
    before: Coupon
    events: tuple[CouponEvent, ...]
    after: Coupon


def steps(wishes: Sequence[Command]) -> Iterator[Step]:
    """Carry out the wishes, and answer those that were granted and are about SPRING."""
    streams = Streams()
    for wish in CREATED_BEFORE:
        streams.carry_out(wish)
    for wish in wishes:
        before = as_coupon(streams.states[STREAM])
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        after = as_coupon(streams.states[STREAM])
        assert before is not None
        assert after is not None
        own = tuple(each for each in events if isinstance(each, CouponEvent))
        if all(each.code == CODE for each in own):
            yield Step(wish=wish, before=before, events=own, after=after)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_limit_is_ever_exceeded(wishes: list[Command]) -> None:
    for step in steps(wishes):
        assert 0 <= step.after.taken <= 3
        assert all(1 <= each <= 2 for each in step.after.taken_by_customer.values())


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_the_counts_are_those_of_the_redemptions(wishes: list[Command]) -> None:
    for step in steps(wishes):
        known = step.after.redemptions.values()
        states = Counter(each.state for each in known)
        assert step.after.reserved == states[RedemptionState.RESERVED]
        assert step.after.confirmed == states[RedemptionState.CONFIRMED]
        assert dict(step.after.taken_by_customer) == Counter(
            each.customer_id for each in known if each.state is not RedemptionState.RELEASED
        )


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_every_redemption_is_reserved_once_and_ends_once(wishes: list[Command]) -> None:
    happened: Counter[tuple[type, str]] = Counter(
        {
            (CouponRedemptionReserved, "r1"): 1,
            (CouponRedemptionConfirmed, "r1"): 1,
            (CouponRedemptionReserved, "r2"): 1,
        }
    )
    for step in steps(wishes):
        for event in step.events:
            match event:
                case (
                    CouponRedemptionReserved()
                    | CouponRedemptionConfirmed()
                    | CouponRedemptionReleased()
                ):
                    happened[type(event), event.redemption_id] += 1
                    known = step.after.redemptions[event.redemption_id]
                    facts = (known.order_id, known.customer_id, known.amount_minor)
                    assert facts == (event.order_id, event.customer_id, event.amount_minor)
                case _:
                    pass
    assert set(happened.values()) <= {1}


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_nobody_gets_a_place_on_a_coupon_that_does_not_count(wishes: list[Command]) -> None:
    for step in steps(wishes):
        if any(isinstance(event, CouponRedemptionReserved) for event in step.events):
            assert isinstance(step.wish, ReserveRedemption)
            assert step.before.counts_at(step.wish.placed_at)
            assert not step.before.is_exhausted
            assert not step.before.is_used_up_by(step.wish.customer_id)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_it_is_over_when_its_time_is_and_once(wishes: list[Command]) -> None:
    ends: list[CouponExpired] = []
    for step in steps(wishes):
        for event in step.events:
            if isinstance(event, CouponExpired):
                assert step.wish.asked_at >= ENDS_AT
                ends.append(event)
            if isinstance(event, CouponPaused | CouponResumed):
                assert not step.before.has_expired
    assert len(ends) <= 1


@given(wishes=histories, later=st.timedeltas(timedelta(), timedelta(days=400)))
@settings(max_examples=EXAMPLES)
def test_what_was_decided_brings_nothing_when_it_is_decided_again(
    wishes: list[Command], later: timedelta
) -> None:
    streams = Streams()
    for wish in (*CREATED_BEFORE, *wishes):
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        assert streams.decide(wish) == ()
        # A timer that came too early did nothing, and may come again.
        if events or not isinstance(wish, ExpireCoupon):
            assert streams.decide(replace(wish, asked_at=wish.asked_at + later)) == ()


def test_the_histories_reach_every_command_and_event_of_a_coupon() -> None:
    """The properties above would be hollow if what they are about never came to pass."""
    seen: Counter[object] = Counter()

    @given(wishes=histories)
    @settings(max_examples=200, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        for step in steps(wishes):
            seen.update(map(type, step.events))
            if step.events:
                seen[type(step.wish)] += 1
            seen["every place taken"] += step.after.is_exhausted
            seen["used up by one"] += 2 in step.after.taken_by_customer.values()
            seen["given back after use"] += (
                isinstance(step.wish, ReleaseRedemption)
                and step.after.confirmed < step.before.confirmed
            )

    explore()
    assert all(seen.values())
    reached = {each for each in seen if isinstance(each, type)}
    wanted = {*get_args(CouponCommand), *get_args(CouponEvent)}
    assert reached == wanted - {CreateCoupon, CouponCreated}
