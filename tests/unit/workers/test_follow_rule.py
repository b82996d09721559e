"""What does a follower make of what it is given? One test per sentence of the rule."""

from dataclasses import replace

import pytest

from projections.unreadable import LogEvent, UnreadableEvent
from tests.histories import a_history
from tests.messages import (
    LOG,
    OTHER_LOG,
    RULES,
    LogInMemory,
    Message,
    message,
    message_of,
    without_personal,
)
from workers.follow_rule import HEAL_EVENTS_MAX, Batch, Verdict, assemble, judge
from workers.slice import Label, Slice

HISTORY = a_history(40)
BARE = [without_personal(event) for event in HISTORY]
LONG = a_history(1_200)


async def _assemble(*messages: Message, checkpoint: int = 0) -> tuple[Batch, LogInMemory]:
    log = LogInMemory(HISTORY)
    return await assemble(messages, checkpoint, RULES, log), log


@pytest.mark.parametrize(
    ("first", "last", "log", "verdict"),
    [
        (11, 12, LOG, Verdict.NEXT),
        (9, 12, LOG, Verdict.NEXT),
        (10, 10, LOG, Verdict.DUPLICATE),
        (1, 9, LOG, Verdict.DUPLICATE),
        (12, 12, LOG, Verdict.AHEAD),
        (11, 12, OTHER_LOG, Verdict.OTHER_LOG),
        (1, 2, OTHER_LOG, Verdict.OTHER_LOG),
    ],
)
def test_a_slice_is_judged_by_its_headers_at_checkpoint_10(
    first: int, last: int, log: str, verdict: Verdict
) -> None:
    assert judge(Label(first, last, log, ""), 10, LOG) is verdict


async def test_consecutive_slices_become_one_batch() -> None:
    batch, log = await _assemble(message(HISTORY[:3]), message(HISTORY[3:9]))
    assert batch.events == BARE[:9]
    assert (batch.position, batch.newest, batch.taken) == (9, 9, 2)
    assert log.reads == []


async def test_a_slice_of_another_log_is_dropped() -> None:
    batch, _ = await _assemble(message(HISTORY[:3], log=OTHER_LOG), message(HISTORY[:2]))
    assert batch.events == BARE[:2]
    assert (batch.taken, batch.other_log, batch.newest, batch.rejected) == (2, 1, 2, [])


async def test_a_duplicate_is_dropped_without_a_look_at_its_body() -> None:
    spoilt = replace(message(HISTORY[:3]), body=b"?")
    batch, log = await _assemble(spoilt, spoilt, checkpoint=3)
    assert batch == Batch(3, taken=2, newest=3, duplicates=2)
    assert log.reads == []


async def test_the_same_message_a_thousand_times_is_applied_once() -> None:
    batch, _ = await _assemble(*[message(HISTORY[:3])] * 1_000)
    assert batch.events == BARE[:3]
    assert (batch.taken, batch.duplicates) == (1_000, 999)


async def test_of_an_overlapping_slice_only_the_events_above_the_checkpoint_count() -> None:
    batch, log = await _assemble(message(HISTORY[2:8]), checkpoint=5)
    assert batch.events == BARE[5:8]
    assert log.reads == []


async def test_exactly_the_gap_before_a_slice_is_read_from_the_store() -> None:
    batch, log = await _assemble(message(HISTORY[6:7]), checkpoint=3)
    assert log.reads == [(4, 6)]
    assert batch.events == [*HISTORY[3:6], *BARE[6:7]]
    assert (batch.position, batch.healed) == (7, 3)


async def test_a_slice_beyond_what_the_store_holds_is_foreign() -> None:
    log = LogInMemory(HISTORY[:5])
    batch = await assemble([message(HISTORY[6:7])], 3, RULES, log)
    assert [(error.code, batch.taken, batch.events) for _, error in batch.rejected] == [
        ("foreign", 1, [])
    ]
    assert batch.position == 3


async def test_a_long_gap_is_left_to_the_store_and_what_follows_is_not_taken() -> None:
    log = LogInMemory(LONG)
    far = message(LONG[HEAL_EVENTS_MAX + 2 : HEAL_EVENTS_MAX + 3])
    batch = await assemble([message(LONG[:1]), far, message(LONG[1:2])], 0, RULES, log)
    assert (batch.taken, batch.position, len(batch.events)) == (1, 1, 1)
    assert batch.gap_through == HEAL_EVENTS_MAX + 2
    assert log.reads == []


async def test_a_long_gap_that_the_store_does_not_reach_is_foreign() -> None:
    log = LogInMemory(LONG[:50])
    far = message(LONG[HEAL_EVENTS_MAX + 2 : HEAL_EVENTS_MAX + 3])
    batch = await assemble([far, message(LONG[:1])], 0, RULES, log)
    assert [error.code for _, error in batch.rejected] == ["foreign"]
    assert (batch.taken, batch.position, batch.gap_through) == (2, 1, 0)


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (Message({}, b"{}"), "envelope_mismatch"),
        (replace(message(HISTORY[3:4]), body=b"not json"), "undecodable"),
        (message(HISTORY[3:4], hmac="0" * 64), "bad_signature"),
        (message(HISTORY[3:4], first_position=3), "bad_signature"),
        (message_of(Slice(4, 6, message(HISTORY[3:4]).body)), "envelope_mismatch"),
    ],
)
async def test_a_message_that_cannot_be_used_is_a_dead_letter_and_its_events_are_healed(
    spoilt: Message, reason: str
) -> None:
    before, after = message(HISTORY[:3]), message(HISTORY[4:6])
    batch, log = await _assemble(before, spoilt, after)
    assert [(letter, error.code) for letter, error in batch.rejected] == [(spoilt, reason)]
    assert batch.events == [*BARE[:3], HISTORY[3], *BARE[4:6]]
    assert (batch.taken, log.reads) == (3, [(4, 4)])


async def test_a_forged_slice_makes_nobody_read_the_store() -> None:
    batch, log = await _assemble(message(HISTORY[20:21], hmac="0" * 64))
    assert (log.reads, batch.events, len(batch.rejected)) == ([], [], 1)


async def test_withheld_fields_that_a_projection_reads_come_from_the_store_in_one_read() -> None:
    rules = replace(RULES, personal_types=frozenset({"order-placed"}))
    log = LogInMemory(HISTORY)
    batch = await assemble([message(HISTORY[:30]), message(HISTORY[30:])], 0, rules, log)
    assert batch.events == [
        event if event.type == "order-placed" else without_personal(event) for event in HISTORY
    ]
    placed = [event.position for event in HISTORY if event.type == "order-placed"]
    assert log.reads == [(placed[0], placed[-1])]
    assert batch.withheld_read == len(placed)


async def test_what_nobody_looks_at_is_not_read_and_keeps_its_place() -> None:
    rules = replace(RULES, wanted_types=frozenset({"order-placed"}))
    log = LogInMemory(HISTORY)
    batch = await assemble([message(HISTORY)], 0, rules, log)
    assert [event.position for event in batch.events] == [event.position for event in HISTORY]
    for given, event in zip(batch.events, HISTORY, strict=True):
        assert given == (
            without_personal(event)
            if event.type == "order-placed"
            else UnreadableEvent(
                event.position,
                event.stream,
                event.version,
                event.type,
                event.schema_version,
                "nobody here looks at it",
            )
        )
    assert (log.reads, batch.position) == ([], len(HISTORY))


async def test_a_batch_ends_before_an_event_that_the_store_lost() -> None:
    rules = replace(RULES, personal_types=frozenset({"order-placed"}))
    placed = [event.position for event in HISTORY if event.type == "order-placed"]
    log = LogInMemory(HISTORY[: placed[1] - 1])
    batch = await assemble([message(HISTORY)], 0, rules, log)
    assert batch.position == placed[1] - 1
    assert [event.position for event in batch.events] == list(range(1, placed[1]))


async def test_an_event_that_the_code_cannot_read_is_taken_as_the_store_has_it() -> None:
    unknown = replace(HISTORY[1], type="order-teleported")
    unread = UnreadableEvent(2, unknown.stream, unknown.version, unknown.type, 1, "unknown")
    sent = message([HISTORY[0], unknown, HISTORY[2]])

    class LogOfNewerCode:
        async def head(self) -> int:
            return 3

        async def read_range(self, first: int, last: int) -> list[LogEvent]:
            assert (first, last) == (2, 2)
            return [unread]

    batch = await assemble([sent], 0, RULES, LogOfNewerCode())
    assert batch.events == [BARE[0], unread, BARE[2]]
