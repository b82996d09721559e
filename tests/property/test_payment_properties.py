"""Is money conserved, whatever is wished of a payment and whatever is said of it?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.expire_authorization import ExpireAuthorization
from commands.payment_deciders import PAYMENT_DECIDERS, PaymentCommand
from commands.registry import Command
from domain.errors import Refusal
from domain.events import Event
from domain.fold import as_payment
from domain.payment import OperationStatus, Payment, PaymentStatus
from domain.payment_events import (
    AboutPayment,
    ChargebackOpened,
    ChargebackResolved,
    PaymentAuthorizationExpired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureRequested,
    PaymentEvent,
    PaymentOperation,
    PaymentReauthorized,
    PaymentVoided,
    PaymentVoidRequested,
    RefundRequested,
    RefundReversed,
    RefundSucceeded,
)
from tests.examples import a_shop, an_order
from tests.property.payment_strategies import PAID_BEFORE, PAID_ORDER_ID, payment_wishes
from tests.specification import Streams

PAYMENT_IDS: Final = ("p1", "p2", "p3", "p4", "p5", "p6")
BEFORE: Final[tuple[Command, ...]] = (*a_shop(), an_order(order_id=PAID_ORDER_ID), *PAID_BEFORE)
EXAMPLES: Final = 100
histories = st.lists(payment_wishes, min_size=30, max_size=60)
moments_later = st.timedeltas(timedelta(), timedelta(days=400))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A wish that was granted: the payment before and after it, and what happened to it."""

    wish: Command
    before: Payment | None
    events: tuple[PaymentEvent, ...]
    after: Payment


def payment_of(streams: Streams, payment_id: str) -> Payment | None:
    return as_payment(streams.states.get(f"payment-{payment_id}"))


def done_before() -> Streams:
    streams = Streams()
    for wish in BEFORE:
        assert streams.carry_out(wish) != ()
    return streams


def carried_out(streams: Streams, wish: Command) -> tuple[Event, ...]:
    """Carry a wish out, or nothing if it is refused."""
    try:
        return streams.carry_out(wish)
    except Refusal:
        return ()


def steps(wishes: Sequence[Command]) -> Iterator[Step]:
    """Carry out what was paid before, and the wishes; answer those that changed a payment."""
    streams = Streams()
    for wish in (*BEFORE, *wishes):
        payment_id = wish.payment_id if isinstance(wish, PaymentCommand) else "none"
        before = payment_of(streams, payment_id)
        events = tuple(
            each for each in carried_out(streams, wish) if isinstance(each, PaymentEvent)
        )
        after = payment_of(streams, payment_id)
        if events and after is not None:
            yield Step(wish=wish, before=before, events=events, after=after)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_more_is_taken_than_authorised_and_no_sum_falls_below_nothing(
    wishes: list[Command],
) -> None:
    for step in steps(wishes):
        payment = step.after
        assert payment.captured_minor >= 0
        assert payment.voided_minor >= 0
        assert payment.captured_minor + payment.voided_minor <= payment.authorised_minor
        assert min(payment.refunded_minor, payment.disputed_minor) >= 0
        assert 0 <= payment.capturable_minor <= payment.uncaptured_minor


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_more_is_given_back_or_disputed_than_was_taken(wishes: list[Command]) -> None:
    """Only a capture that the provider takes back leaves less than was given back."""
    for step in steps(wishes):
        before = 0 if step.before is None else step.before.refundable_minor
        pending_minor = step.after.pending_minor(PaymentOperation.REFUND)
        given_back = step.after.refunded_minor + pending_minor + step.after.disputed_minor
        assert step.after.refundable_minor == step.after.captured_minor - given_back
        if step.after.refundable_minor < min(before, 0):
            (event,) = step.events
            assert isinstance(event, PaymentCaptureFailed)
            assert event.was_captured


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_without_captures_taken_back_the_books_always_balance(wishes: list[Command]) -> None:
    taken_back: set[str] = set()
    for step in steps(wishes):
        payment = step.after
        for event in step.events:
            if isinstance(event, PaymentCaptureFailed) and event.was_captured:
                taken_back.add(event.payment_id)
        if payment.payment_id not in taken_back:
            pending_minor = payment.pending_minor(PaymentOperation.REFUND)
            given_back = payment.refunded_minor + pending_minor + payment.disputed_minor
            assert 0 <= given_back <= payment.captured_minor <= payment.authorised_minor


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_nothing_is_asked_for_that_is_not_there(wishes: list[Command]) -> None:
    """What providers do on their own may cross our wishes; these themselves always fit."""
    for step in steps(wishes):
        payment, event = step.after, step.events[-1]
        being_taken = payment.pending_minor(PaymentOperation.CAPTURE)
        being_given_up = payment.pending_minor(PaymentOperation.VOID)
        if isinstance(event, PaymentCaptureRequested | PaymentVoidRequested):
            asked_minor = being_taken + being_given_up
            assert asked_minor <= payment.uncaptured_minor
        if isinstance(event, PaymentCaptureRequested):
            assert not payment.pending(PaymentOperation.VOID)
            assert not payment.has_expired
            assert payment.valid_until is None or step.wish.asked_at < payment.valid_until
        if isinstance(event, RefundRequested):
            assert payment.refundable_minor >= 0


SUMS: Final = (
    "authorised_minor",
    "captured_minor",
    "voided_minor",
    "refunded_minor",
    "disputed_minor",
)
MOVED_BY: Final[dict[type[PaymentEvent], dict[str, int]]] = {
    PaymentAuthorized: {"authorised_minor": 1},
    PaymentCaptured: {"captured_minor": 1},
    PaymentVoided: {"voided_minor": 1},
    RefundSucceeded: {"refunded_minor": 1},
    RefundReversed: {"refunded_minor": -1},
    ChargebackOpened: {"disputed_minor": 1},
}
"""Event -> in which direction its amount moves which sum."""


def change_of(event: PaymentEvent) -> dict[str, int]:
    """Tell by how much an event moves each sum."""
    directions = MOVED_BY.get(type(event), {})
    if isinstance(event, PaymentCaptureFailed) and event.was_captured:
        directions = {"captured_minor": -1}
    if isinstance(event, ChargebackResolved):
        directions = {"disputed_minor": -1, "refunded_minor": int(not event.is_won)}
    amount_minor: int = getattr(event, "amount_minor", 0)
    return {name: direction * amount_minor for name, direction in directions.items()}


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_the_sums_are_those_of_the_events_and_of_the_operations(wishes: list[Command]) -> None:
    sums: dict[str, Counter[str]] = {each: Counter() for each in PAYMENT_IDS}
    for step in steps(wishes):
        payment, counted = step.after, sums[step.after.payment_id]
        for event in step.events:
            counted.update(change_of(event))
        assert [getattr(payment, name) for name in SUMS] == [counted[name] for name in SUMS]
        done: Counter[PaymentOperation] = Counter()
        for each in payment.operations.values():
            done[each.kind] += each.amount_minor * (each.status is OperationStatus.DONE)
        cases = payment.cases.values()
        lost_minor = sum(case.amount_minor for case in cases if case.is_won is False)
        assert payment.captured_minor == done[PaymentOperation.CAPTURE]
        assert payment.refunded_minor == done[PaymentOperation.REFUND] + lost_minor
        assert payment.disputed_minor == sum(
            case.amount_minor for case in cases if case.is_won is None
        )


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_an_id_is_that_of_one_thing_and_only_what_is_open_is_unknown(
    wishes: list[Command],
) -> None:
    for step in steps(wishes):
        payment = step.after
        assert not set(payment.operations) & set(payment.cases)
        assert payment.payment_id not in {*payment.operations, *payment.cases}
        open_ids = {
            name
            for name, each in payment.operations.items()
            if each.status is OperationStatus.PENDING
        }
        if payment.is_undecided:
            open_ids.add(payment.payment_id)
        assert set(payment.unknown) <= open_ids


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_an_authorisation_ends_with_its_time_and_lives_again_when_it_is_prolonged(
    wishes: list[Command],
) -> None:
    for step in steps(wishes):
        had_expired = step.before is not None and step.before.has_expired
        for event in step.events:
            if isinstance(event, PaymentAuthorizationExpired):
                had_expired = True
            elif isinstance(event, PaymentReauthorized):
                had_expired = False
        assert step.after.has_expired is had_expired
        if step.after.status is PaymentStatus.EXPIRED:
            assert had_expired


@given(wishes=histories, later=moments_later)
@settings(max_examples=EXAMPLES)
def test_every_wish_decided_again_on_its_result_brings_nothing(
    wishes: list[Command], later: timedelta
) -> None:
    streams = done_before()
    for wish in wishes:
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        assert streams.decide(wish) == ()
        assert isinstance(wish, PaymentCommand)
        assert PAYMENT_DECIDERS[type(wish)].target_id(wish) == wish.payment_id
        # A timer that came too early did nothing, and may come again.
        if events or not isinstance(wish, ExpireAuthorization):
            assert streams.decide(replace(wish, asked_at=wish.asked_at + later)) == ()


@given(wishes=histories, wish=payment_wishes)
@settings(max_examples=EXAMPLES)
def test_every_event_is_about_the_payment_and_a_refusal_changes_nothing(
    wishes: list[Command], wish: Command
) -> None:
    streams = done_before()
    for each in wishes:
        carried_out(streams, each)
    states = dict(streams.states)
    events = carried_out(streams, wish)
    assert isinstance(wish, PaymentCommand)
    for event in events:
        assert isinstance(event, AboutPayment)
        assert event.payment_id == wish.payment_id
        assert event.order_id == PAID_ORDER_ID
    if not events:
        assert streams.states == states


def test_the_histories_reach_every_command_event_and_status() -> None:
    """The properties above would be hollow if what they are about never came to pass."""
    granted: Counter[type] = Counter()
    appended: Counter[type] = Counter()
    statuses: Counter[PaymentStatus] = Counter()
    seen: Counter[str] = Counter()

    @given(wishes=histories)
    @settings(max_examples=500, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        for index, step in enumerate(steps(wishes)):
            if index < len(PAID_BEFORE):
                continue
            granted[type(step.wish)] += 1
            appended.update(map(type, step.events))
            statuses[step.after.status] += 1
            is_taking = bool(step.after.pending(PaymentOperation.CAPTURE))
            seen["less than nothing"] += step.after.refundable_minor < 0
            seen["wishes that cross"] += step.after.untouched_minor < 0
            seen["expired while taking"] += is_taking and step.after.has_expired
            seen["all in one"] += len(step.events) > 2

    explore()
    assert set(granted) == set(get_args(PaymentCommand)) == set(PAYMENT_DECIDERS)
    assert set(appended) == set(get_args(PaymentEvent))
    assert set(statuses) == set(PaymentStatus)
    assert all(seen.values()), seen
