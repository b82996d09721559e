"""FI-21, FI-22: messages come again, in any order, twice or never. Are the tables any different?

FI-21 sends the whole history three times in random order to a worker that has it. In FI-22 nothing
reaches a worker as it was sent: places are swapped within a window, some messages come twice, and
every tenth never comes, which the log heals.
"""

import hashlib
import random
from collections.abc import Sequence
from typing import Any, Final

from domain.envelope import RecordedEvent
from projections.registry import DEFAULT_GROUPS
from tests.delivery import Delivery, are_drained, consumers_are_there, moves, reckon
from tests.examples_log import rows, superuser
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.messages import Message
from tests.running_workers import (
    GROUPS,
    caught_up,
    checkpoint_of,
    eventually,
    log_name,
    sending,
    signed,
)

HISTORY: Final = a_history(250, seed=22)
SEED: Final = 2_221
TIMES: Final = 3
SLICE_EVENTS: Final = 5
WINDOW_MESSAGES: Final = 100
TWICE: Final = 0.2
NEVER: Final = 0.1
TRUSTED_AT: Final = 50
PART_EVENTS: Final = 120


async def test_the_whole_history_three_times_in_random_order_changes_nothing(
    delivery: Delivery,
) -> None:
    report, url, chance = FaultReport("FI-21 three times"), delivery.url, random.Random(SEED)
    await append(url, HISTORY)
    sent = slices(HISTORY, await log_name(url)) * TIMES
    chance.shuffle(sent)
    with delivery.worker() as worker:
        await caught_up(url)
        await eventually(lambda: consumers_are_there(delivery.amqp_url))
        before = await state_hash(url)
        moved = {group: await moves(url, DEFAULT_GROUPS[group][0]) for group in GROUPS}
        await send_to_all(delivery.amqp_url, sent)
        await eventually(lambda: are_drained(delivery))
        worker.terminate()
        worker.wait(10)
    assert await state_hash(url) == before
    assert {group: await moves(url, DEFAULT_GROUPS[group][0]) for group in GROUPS} == moved
    for group in GROUPS:
        counters = delivery.said("follower", group=group)[-1]
        assert counters["duplicates"] == len(sent), "every message was looked at and dropped"
    report.notes["repeated_on_the_wire"] = TIMES * len(HISTORY)
    await reckon(url, report)


async def test_messages_out_of_order_twice_or_never_give_the_same_tables(
    delivery: Delivery,
) -> None:
    report, url, chance = FaultReport("FI-22 reordered"), delivery.url, random.Random(SEED)
    log = await log_name(url)
    await append(url, HISTORY[:TRUSTED_AT])
    with delivery.worker() as worker:
        await caught_up(url)
        await eventually(lambda: consumers_are_there(delivery.amqp_url))
        await send_to_all(delivery.amqp_url, [signed(HISTORY[TRUSTED_AT - 1 : TRUSTED_AT], log)])
        repeated = 0
        for first in range(TRUSTED_AT, len(HISTORY), PART_EVENTS):
            part = HISTORY[first : first + PART_EVENTS]
            await append(url, part)
            sent = mistreated([signed([event], log) for event in part], chance)
            repeated += len(sent) - len({message.body for message in sent})
            report.recovered += len(part) - len({message.body for message in sent})
            await send_to_all(delivery.amqp_url, sent)
            await eventually(lambda last=part[-1].position: is_at(url, last))
        await eventually(lambda: are_drained(delivery))
        worker.terminate()
        worker.wait(10)
    for group in GROUPS:
        counters = delivery.said("follower", group=group)[-1]
        assert counters["healed_gap"] > 0, counters
        assert counters["dead_letters"] == 0, counters
    report.notes |= {"seed": SEED, "repeated_on_the_wire": repeated}
    await reckon(url, report)


def slices(events: Sequence[RecordedEvent], log: str) -> list[Message]:
    """Cut a history into messages of a few events."""
    starts = range(0, len(events), SLICE_EVENTS)
    return [signed(events[first : first + SLICE_EVENTS], log) for first in starts]


def mistreated(messages: Sequence[Message], chance: random.Random) -> list[Message]:
    """Drop some, repeat some, and move each at most a window away from its place."""
    placed = [
        (place + chance.uniform(0, WINDOW_MESSAGES), message)
        for place, message in enumerate(messages)
        if chance.random() >= NEVER
        for _ in range(2 if chance.random() < TWICE else 1)
    ]
    return [message for _, message in sorted(placed, key=lambda each: each[0])]


async def send_to_all(amqp_url: str, messages: Sequence[Message]) -> None:
    """Put messages into the queues of all groups."""
    for group in GROUPS:
        async with sending(amqp_url, f"ordertrail.{group}.0") as send:
            await send(*messages)


async def is_at(url: str, position: int) -> bool:
    return await checkpoint_of(url) == position


async def state_hash(url: str) -> str:
    """Digest every row of every read table, and the checkpoints."""
    digest = hashlib.sha256()
    names = [name for group in GROUPS for name in DEFAULT_GROUPS[group]]
    async with superuser(url) as connection:
        for name in names:
            found: list[tuple[Any, ...]] = await rows(
                connection, f"SELECT to_jsonb(t)::text FROM read_models.{name} t ORDER BY 1"
            )
            digest.update(repr((name, found)).encode())
    return digest.hexdigest()
