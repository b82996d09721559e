"""Do the pure rules of `ordertrail check` know what is right from what is not?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.order import OrderCancelled, OrderPlaced
from domain.policy import RoundingLevel
from sql.checks.findings import Findings
from sql.checks.log_order import LogOrder
from sql.checks.money import faults_of, faults_of_cancellation
from tests.examples import (
    POLICY,
    a_cancellation,
    a_placed_order,
    a_shipping_line,
    a_shop,
    a_sold_line,
    an_order,
)
from tests.specification import Streams


def test_an_order_adds_up_under_every_rounding_rule() -> None:
    for level in RoundingLevel:
        streams = Streams()
        for wish in a_shop():
            streams.carry_out(wish)
        policy = replace(POLICY, rounding_level=level)
        (placed,) = streams.carry_out(an_order(policy=policy, shipping_method="pallet"))
        assert isinstance(placed, OrderPlaced)
        assert faults_of(placed) == []


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
    cancelled = streams.carry_out(a_cancellation())[-1]
    assert isinstance(cancelled, OrderCancelled)

    assert faults_of_cancellation(cancelled) == []
    assert len(faults_of_cancellation(replace(cancelled, lines=()))) == 1
    (line,) = cancelled.lines
    more = replace(line, total_minor=10**6)
    assert len(faults_of_cancellation(replace(cancelled, lines=(more,)))) == 1


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
