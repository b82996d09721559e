"""Which commands are people told that the state of an order allows? domain.md §1.8."""

import pytest

from commands.registry import DECIDERS, Command
from domain.allowed_commands import allowed_commands, commands_allowed
from domain.events import Event
from domain.fold import as_order
from tests.edit_examples import a_full_price_order, an_edit, an_edit_rejection
from tests.examples import ORDER_ID, a_cancellation
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    DELIVERED,
    EXPIRED,
    PARTLY_SHIPPED,
    REJECTED,
    SHIPPED,
    a_hold,
    a_hold_release,
    a_large_order,
    a_rejection,
    an_imported_order,
)
from tests.specification import Streams

OPEN = (
    *("add-note", "cancel-lines", "cancel-order", "change-shipping-address", "place-hold"),
    "propose-edit",
)
PARTLY = ("add-note", "cancel-lines", "cancel-order", "place-hold", "propose-edit")
CHANGING = (*("add-note", "cancel-order", "change-shipping-address", "place-hold", "reject-edit"),)
IMPORTED = OPEN[:-1]
NOTE = ("add-note",)

CASES: list[tuple[tuple[Command | Event, ...], tuple[str, ...]]] = [
    ((a_large_order(),), OPEN),
    ((an_imported_order(),), IMPORTED),
    ((a_full_price_order(), an_edit()), CHANGING),
    ((a_full_price_order(), an_edit(), an_edit_rejection()), OPEN),
    (CONFIRMED, OPEN),
    ((a_large_order(), a_hold()), (*OPEN, "release-hold")),
    ((a_large_order(), a_hold(), a_hold_release()), OPEN),
    (PARTLY_SHIPPED, PARTLY),
    ((*PARTLY_SHIPPED, a_hold()), (*PARTLY, "release-hold")),
    (SHIPPED, NOTE),
    (DELIVERED, NOTE),
    (COMPLETED, NOTE),
    (CANCELLING, NOTE),
    ((a_large_order(), a_hold(), a_cancellation()), (*NOTE, "release-hold")),
    (CANCELLED, NOTE),
    (REJECTED, NOTE),
    ((a_large_order(), a_hold(), a_rejection()), NOTE),
    (EXPIRED, NOTE),
]


@pytest.mark.parametrize(("past", "expected"), CASES)
def test_tells_what_the_state_allows(
    past: tuple[Command | Event, ...], expected: tuple[str, ...]
) -> None:
    streams = Streams()
    for step in past:
        if isinstance(step, Command):
            streams.carry_out(step)
        else:
            streams.record(step)
    order = as_order(streams.states[f"order-{ORDER_ID}"])
    assert order is not None
    assert allowed_commands(order) == expected
    told = commands_allowed(
        order.lifecycle,
        order.progress,
        is_held=order.is_held,
        has_edit=order.edit is not None,
        is_imported=order.is_imported,
    )
    assert told == expected


def test_only_known_commands_are_named() -> None:
    named = {name for _, allowed in CASES for name in allowed}
    assert named <= {decider.type for decider in DECIDERS.values()}
