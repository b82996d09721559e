"""PBT-03: does any order, repetition and loss of messages give the fold of the log?

Messages are shuffled, repeated, dropped and spoilt, handed over in batches of any size; a follower
applies them by the rule and at the end reads its tail from the store, as an idle one does.
"""

import asyncio
import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.envelope import RecordedEvent
from projections.registry import projections
from tests.histories import a_history
from tests.messages import OTHER_LOG, RULES, LogInMemory, Message, in_slices, message
from workers.follow_rule import assemble

HISTORY = a_history(60, seed=7)
PROJECTIONS = tuple(projections("Europe/London").values())


def _fold(events: list[RecordedEvent]) -> dict[tuple[str, Any], Any]:
    """Fold events into the rows of every projection."""
    rows: dict[tuple[str, Any], Any] = {}
    for event in events:
        for projection in PROJECTIONS:
            if type(event.data) in projection.handles:
                for key in projection.keys(event):
                    place = (projection.name, key)
                    rows[place] = projection.evolve(rows.get(place), event, key)
    return rows


FOLDED = _fold(HISTORY)


async def _follow(deliveries: list[Message], sizes: list[int]) -> list[RecordedEvent]:
    """Apply deliveries in batches of these sizes, over and over, then the tail from the store."""
    personal = {
        event.type
        for event in HISTORY
        for projection in PROJECTIONS
        if type(event.data) in projection.personal
    }
    rules = replace(RULES, personal_types=frozenset(personal))
    log = LogInMemory(HISTORY)
    applied: list[RecordedEvent] = []
    turn = 0
    while deliveries:
        size = sizes[turn % len(sizes)]
        batch = await assemble(deliveries[:size], len(applied), rules, log)
        assert batch.position == len(applied) + len(batch.events)
        assert batch.taken == len(deliveries[:size])
        applied += [event for event in batch.events if isinstance(event, RecordedEvent)]
        deliveries = deliveries[size:]
        turn += 1
    return applied + await log.read(len(applied), len(HISTORY))


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=60),
    seed=st.integers(0, 2**32),
    window=st.integers(1, 100),
    dropped=st.floats(0, 0.5),
    repeated=st.floats(0, 0.5),
    spoilt=st.floats(0, 0.3),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=5),
)
def test_shuffled_repeated_dropped_and_spoilt_messages_fold_to_the_same_rows(  # noqa: PLR0917
    lengths: list[int],
    seed: int,
    window: int,
    dropped: float,
    repeated: float,
    spoilt: float,
    sizes: list[int],
) -> None:
    chance = random.Random(seed)
    sent: list[tuple[float, Message]] = []
    for number, original in enumerate(in_slices(HISTORY, lengths)):
        for copy in range(1 + (chance.random() < repeated)):
            if chance.random() >= dropped:
                place = number + chance.uniform(0, window) * (copy + 1)
                sent.append((place, _maybe_spoilt(original, chance, spoilt)))
    sent.sort(key=lambda placed: placed[0])
    applied = asyncio.run(_follow([each for _, each in sent], sizes))
    assert [event.position for event in applied] == [event.position for event in HISTORY]
    assert _fold(applied) == FOLDED


def _maybe_spoilt(original: Message, chance: random.Random, spoilt: float) -> Message:
    if chance.random() >= spoilt:
        return original
    return chance.choice(
        (
            replace(original, body=original.body[:-1]),
            replace(original, headers={**original.headers, "hmac": "0"}),
            replace(original, headers={**original.headers, "last_position": 10**12}),
            replace(original, headers={**original.headers, "first_position": 10**12}),
            message(HISTORY[:5], log=OTHER_LOG),
            Message({}, b"?"),
        )
    )


@settings(max_examples=200)
@given(
    body=st.binary(max_size=50),
    headers=st.dictionaries(
        st.sampled_from(["first_position", "last_position", "log", "hmac"]),
        st.none() | st.integers() | st.sampled_from(["", "x", "\u00e9", b"x", RULES.log]),
    ),
)
def test_any_bytes_are_a_dead_letter_or_nothing_and_never_another_error(
    body: bytes, headers: dict[str, object]
) -> None:
    batch = asyncio.run(assemble([Message(headers, body)], 0, RULES, LogInMemory(HISTORY)))
    assert batch.taken == 1
    assert batch.events == []
    assert len(batch.rejected) + batch.other_log + batch.duplicates == 1
