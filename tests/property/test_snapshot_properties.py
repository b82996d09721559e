"""Is a state that went through a snapshot, whenever it was taken, the state that was folded?"""

from collections import defaultdict
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from domain.errors import Refusal
from domain.events import EVENT_NAMES, Event, category_of, stream_of
from domain.fold import State, evolve
from sql.codec import decode_event, encode_data
from sql.snapshot_codec import decode_state, encode_state, fold_version_of
from tests.examples import a_shop, an_order
from tests.property.strategies import wishes
from tests.specification import Streams


def stored(event: Event) -> Event:
    """Send the event through the log."""
    name, schema_version = EVENT_NAMES[type(event)]
    return decode_event(name, schema_version, encode_data(event))


def fold(state: State | None, events: list[Event]) -> State | None:
    for event in events:
        state = evolve(state, event)
    return state


@given(history=st.lists(wishes, max_size=40), data=st.data())
@settings(max_examples=300)
def test_a_snapshot_and_the_rest_are_the_whole_fold(
    history: list[Command], data: st.DataObject
) -> None:
    shop, logs = Streams(), defaultdict[str, list[Event]](list)
    sold = (*a_shop(), *(replace(step, sku="MUG") for step in a_shop()[:3]), an_order(order_id="a"))
    for wish in (*sold, *history):
        try:
            events = shop.carry_out(wish)
        except Refusal:
            continue
        for event in events:
            logs[stream_of(event)].append(stored(event))
    for stream, events in logs.items():
        whole = fold(None, events)
        assert whole == shop.states[stream]
        if fold_version_of(stream) is None:
            assert category_of(stream) in {"customer", "email"}
            continue
        taken_at = data.draw(st.integers(1, len(events)))
        state = fold(None, events[:taken_at])
        assert state is not None
        again = decode_state(stream, encode_state(state))
        assert again == state
        assert fold(again, events[taken_at:]) == whole
