"""Do the pure rules of `ordertrail check` know what is right from what is not?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from commands.registry import Command
from domain.coupon_events import CouponKind
from domain.envelope import RecordedEvent
from domain.events import Event, stock_stream
from domain.fold import as_stock_item, evolve
from domain.order_events import OrderCancelled, OrderExpired, OrderPlaced, OrderRejected
from domain.policy import RoundingLevel
from domain.stock_operations import movement
from projections.projector import fold
from sql.checks.credits import Credits
from sql.checks.findings import Findings
from sql.checks.log_order import LogOrder
from sql.checks.money import Money, faults_of, faults_of_cancellation
from sql.checks.sales import SUMMED
from sql.checks.snapshots import Snapshots
from sql.snapshot_codec import encode_state, fold_version_of
from tests.coupon_examples import a_coupon
from tests.examples import (
    POLICY,
    SKU,
    STAFF,
    a_cancellation,
    a_placed_order,
    a_shipping_line,
    a_shop,
    a_sold_line,
    an_order,
)
from tests.exchange_examples import (
    CREDIT_IN_SHOP,
    EXCHANGE_ID,
    a_credit,
    an_exchange,
    credit_used,
)
from tests.histories import History, a_history
from tests.order_examples import (
    a_finished_cancellation,
    a_large_order,
    a_rejection,
    an_order_expiry,
)
from tests.projecting import PROJECTIONS
from tests.return_examples import a_credit_release, inspected
from tests.specification import Streams
from tests.stock_examples import LOCATION, a_receipt, a_stock_item


def test_an_order_adds_up_under_every_rounding_rule() -> None:
    for level in RoundingLevel:
        streams = Streams()
        for wish in a_shop():
            streams.carry_out(wish)
        policy = replace(POLICY, rounding_level=level)
        (placed,) = streams.carry_out(an_order(policy=policy, shipping_method="pallet"))
        assert isinstance(placed, OrderPlaced)
        assert faults_of(placed) == []


def test_a_discounted_order_adds_up_and_says_which_coupons_it_had() -> None:
    for level in RoundingLevel:
        streams = Streams()
        terms = {"kind": CouponKind.FREE_SHIPPING, "value": 0}
        coupons = (a_coupon(stackable=True), a_coupon(code="FREE", stackable=True, **terms))
        for wish in (*a_shop(), *coupons):
            streams.carry_out(wish)
        policy = replace(POLICY, rounding_level=level)
        order = an_order(policy=policy, shipping_method="pallet", coupon_codes=("SPRING", "FREE"))
        (placed,) = streams.carry_out(order)
        assert isinstance(placed, OrderPlaced)
        assert faults_of(placed) == []
        assert faults_of(replace(placed, coupons=placed.coupons[:1])) == [
            "coupons take 250 off, the lines say 5249"
        ]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda order: replace(order, lines=(a_sold_line(gross_minor=1),)), "gross_minor is 1"),
        (lambda order: replace(order, lines=(a_sold_line(net_minor=1),)), "net_minor is 1"),
        (lambda order: replace(order, lines=(a_sold_line(total_minor=1),)), "total_minor is 1"),
        (lambda order: replace(order, lines=(a_sold_line(tax_minor=1),)), "follow no rounding"),
        (
            lambda order: replace(order, shipping_lines=(a_shipping_line(total_minor=1),)),
            "shipping: total_minor is 1",
        ),
        (
            lambda order: replace(order, totals=replace(order.totals, grand_minor=1)),
            "grand_minor is 1",
        ),
    ],
)
def test_finds_the_amount_that_does_not_fit(
    spoil: Callable[[OrderPlaced], OrderPlaced], said: str
) -> None:
    assert faults_of(a_placed_order()) == []
    assert any(said in fault for fault in faults_of(spoil(a_placed_order())))


def test_a_cancellation_takes_back_what_its_lines_say() -> None:
    streams = Streams()
    streams.record(a_placed_order())
    streams.carry_out(a_cancellation())
    (cancelled,) = streams.carry_out(a_finished_cancellation())
    assert isinstance(cancelled, OrderCancelled)

    assert faults_of_cancellation(cancelled) == []
    assert len(faults_of_cancellation(replace(cancelled, lines=()))) == 1
    (line,) = cancelled.lines
    more = replace(line, total_minor=10**6)
    assert len(faults_of_cancellation(replace(cancelled, lines=(more,)))) == 1


@pytest.mark.parametrize("wish", [a_rejection(), an_order_expiry()])
def test_an_order_that_is_not_taken_takes_back_what_its_lines_say(wish: Command) -> None:
    streams = Streams()
    streams.record(a_large_order())
    (ended,) = streams.carry_out(wish)
    assert isinstance(ended, OrderRejected | OrderExpired)

    assert faults_of_cancellation(ended) == []
    assert len(faults_of_cancellation(replace(ended, lines=ended.lines[1:]))) == 1


def test_the_sums_over_all_orders_are_those_of_the_read_tables() -> None:
    events = a_history(150)
    money = Money(findings := Findings("money"))
    for event in events:
        money.see(event)
    assert findings.differences == []
    (sums,) = money.sums().values()
    for projection, summed in SUMMED.items():
        if not summed.per:
            continue
        rows = fold(PROJECTIONS[projection], {}, events).values()
        for clock in ("business", "utc"):
            for name in summed.columns:
                found = sum(getattr(row, name) for row in rows if row.clock == clock)
                assert found == getattr(sums, name) > 0 or name == "discount_minor"
    orders = list(fold(PROJECTIONS["order_detail"], {}, events).values())
    assert sum(row.cancelled_minor for row in orders) == sums.cancelled_grand_minor
    assert sum(row.confirmed_at is not None for row in orders) == sums.orders_confirmed


NOW = datetime(2026, 5, 4, tzinfo=UTC)


def test_the_order_of_a_log_goes_on_after_what_is_wrong() -> None:
    order = LogOrder(findings := Findings("log"))
    for position, stream, version, minutes in (
        (1, "a", 0, 0),
        (2, "a", 1, 0),
        (5, "b", 1, 1),
        (5, "b", 2, 2),
        (6, "c", 2, 1),
        (7, "a", 2, 3),
        (8, "b", 2, 3),
    ):
        order.see(position, stream, version, NOW + timedelta(minutes=minutes))

    assert [(each.code, each.place) for each in findings.differences] == [
        ("position_missing", "positions 3 to 4"),
        ("position_repeated", "position 5"),
        ("version_not_next", "stream c, position 6"),
        ("recorded_at_backwards", "position 6"),
        ("version_not_next", "stream b, position 8"),
    ]


def said_of_credits(*events: Event) -> list[str]:
    history = History()
    for event in events:
        history.add(event, STAFF, NOW)
    credits_seen = Credits(findings := Findings("money"))
    for event in history.events:
        credits_seen.see(event)
    assert {each.code for each in findings.differences} <= {"credit_does_not_add_up"}
    return [each.detail for each in findings.differences]


def test_every_credit_pays_one_order_or_goes_back_wholly() -> None:
    streams = Streams()
    for step in CREDIT_IN_SHOP:
        streams.carry_out(step) if isinstance(step, Command) else streams.record(step)
    placed, used = streams.decide(an_exchange())
    assert isinstance(placed, OrderPlaced)
    (released,) = streams.decide(a_credit_release())
    credit = inspected(credit_minor=2_500)
    for fine in ((credit, placed, used), (credit, released), (inspected(),)):
        assert said_of_credits(*fine) == []
    assert said_of_credits(credit, placed, used, released) == ["2500 of a credit of 0"]
    assert said_of_credits(credit, released, placed, used) == ["2500 of a credit of 0"] * 2
    less = replace(placed, credit=a_credit(2_400))
    wrong = f"order {EXCHANGE_ID} says otherwise: ('{EXCHANGE_ID}', 2400)"
    assert said_of_credits(credit, less, used) == [wrong]
    assert said_of_credits(credit, credit_used(2_000)) == [
        "2000 of a credit of 2500",
        f"order {EXCHANGE_ID} says otherwise: None",
    ]


def two_that_collide() -> tuple[str, str]:
    """Find two deliveries whose operations a map keeps under one hash, which has 32 bits there."""
    known: dict[int, str] = {}
    for number in count():
        name = f"receipt-{number}"
        hashed = hash(movement(name)) & 0xFFFF_FFFF_FFFF_FFFF
        other = known.setdefault((hashed ^ (hashed >> 32)) & 0xFFFF_FFFF, name)
        if other != name:
            return other, name
    raise AssertionError


def of_stock(*movement_ids: str) -> list[RecordedEvent]:
    """Receive stock in deliveries, and answer what happened to it."""
    history = History()
    receipts = (a_receipt(movement_id=movement_id) for movement_id in movement_ids)
    for command in (*a_shop(), a_stock_item(), *receipts):
        history.do(command)
    return [event for event in history.events if event.stream == stock_stream(SKU, LOCATION)]


def test_a_snapshot_is_the_fold_whatever_the_order_of_its_maps() -> None:
    names = two_that_collide()
    events, others = of_stock(*names), of_stock(*reversed(names))
    folded = kept = None
    for event, other in zip(events, others, strict=True):
        folded, kept = evolve(folded, event.data), evolve(kept, other.data)
    kept = as_stock_item(kept)
    assert kept is not None
    assert folded is not None
    assert encode_state(kept) != encode_state(folded)  # or this shows nothing
    stream, version = events[-1].stream, events[-1].version
    assert found_in_snapshot(stream, version, encode_state(kept), events) == []
    wrong = encode_state(replace(kept, on_hand=1))
    assert found_in_snapshot(stream, version, wrong, events) == ["snapshot_differs"]


def found_in_snapshot(
    stream: str, version: int, state: bytes, events: list[RecordedEvent]
) -> list[str]:
    snapshots = Snapshots(findings := Findings("snapshots"))
    fold_version = fold_version_of(stream)
    assert fold_version is not None
    snapshots.store(stream, fold_version, version, state)
    for event in events:
        snapshots.see(event)
    snapshots.finish()
    return [each.code for each in findings.differences]
