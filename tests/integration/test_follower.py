"""Do the read tables follow the log, whatever the broker does with the messages?"""

import random
from dataclasses import replace
from typing import Any

import aio_pika
import pytest

from domain.envelope import RecordedEvent
from domain.order_events import OrderCancelled, OrderNoteAdded
from sql.parked import list_parked
from tests.examples_log import superuser
from tests.histories import a_history, append
from tests.messages import Message
from tests.projecting import worker_connection
from tests.running_workers import (
    ANALYTICS,
    OPERATIONAL,
    assert_tables_are_the_fold_of,
    caught_up,
    checkpoint_of,
    dead_letters,
    eventually,
    log_name,
    make_read_tables,
    projecting,
    relaying,
    sending,
    signed,
    waiting_messages,
)
from workers.metrics import FollowerCounters

HISTORY = a_history(250, seed=5)
LONG = a_history(1_500, seed=6)
QUEUE = "ordertrail.operational.0"


@pytest.fixture
async def tables(database_url: str) -> str:
    """A database with an empty log and empty read tables."""
    await make_read_tables(database_url)
    return database_url


async def _is_at(database_url: str, position: int) -> bool:
    return await checkpoint_of(database_url, OPERATIONAL) == position


async def test_follows_the_store_where_there_is_no_broker(tables: str) -> None:
    await append(tables, HISTORY[:-5])
    async with projecting(tables):
        await caught_up(tables)
        await append(tables, HISTORY[-5:])
        async with superuser(tables) as connection:
            await connection.execute("NOTIFY ordertrail_log")
        await caught_up(tables)
    await assert_tables_are_the_fold_of(tables, HISTORY)


async def test_looks_every_second_when_nobody_notifies(tables: str) -> None:
    async with projecting(tables):
        await append(tables, HISTORY[:1])
        await caught_up(tables)
        await append(tables, HISTORY[1:2])
        assert await caught_up(tables) < 3


async def test_follows_the_store_where_the_broker_cannot_be_reached(tables: str) -> None:
    await append(tables, HISTORY)
    async with projecting(tables, "amqp://127.0.0.1:1/"):
        await caught_up(tables)
    await assert_tables_are_the_fold_of(tables, HISTORY)


async def test_follows_the_relay_and_leaves_an_empty_queue(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url) as counters, relaying(tables, amqp_url):
        for first in range(0, len(HISTORY), 10):
            await append(tables, HISTORY[first : first + 10])
            async with superuser(tables) as connection:
                await connection.execute("NOTIFY ordertrail_log")
        await caught_up(tables)
        await eventually(lambda: counters[ANALYTICS].attached > 0)
    await assert_tables_are_the_fold_of(tables, HISTORY)
    assert await waiting_messages(amqp_url, QUEUE) == 0
    assert await waiting_messages(amqp_url, "ordertrail.analytics.0") == 0


async def _trusting(
    database_url: str, amqp_url: str, counters: FollowerCounters, position: int
) -> str:
    """Bring a follower to where it goes by the broker, at a position; answer the log's name."""
    log = await log_name(database_url)
    await append(database_url, HISTORY[:position])
    await eventually(lambda: _is_at(database_url, position))
    await eventually(lambda: counters.attached > 0)
    async with sending(amqp_url) as send:
        await send(signed(HISTORY[position - 1 : position], log))
        await eventually(lambda: counters.duplicates > 0)
    return log


async def test_heals_dropped_repeated_and_reordered_messages(tables: str, amqp_url: str) -> None:
    chance = random.Random(11)
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        sent: list[Message] = []
        for first in range(20, len(HISTORY) - 10, 3):
            copies = chance.choice((0, 1, 1, 2))
            sent += [signed(HISTORY[first : first + 3], log)] * copies
        order = sorted(sent, key=lambda _: chance.random())
        order.append(signed(HISTORY[-10:], log))
        async with sending(amqp_url) as send:
            await append(tables, HISTORY[20:])
            await send(*order)
            await eventually(lambda: _is_at(tables, len(HISTORY)))
            await eventually(lambda: counters.duplicates > len(order) / 3)
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)
    assert counters.healed_gap > 0
    assert counters.dead_letters == 0


async def test_heals_a_lost_tail_within_a_few_seconds(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        await _trusting(tables, amqp_url, counters, 20)
        await append(tables, HISTORY[20:30])
        seconds = await eventually(lambda: _is_at(tables, 30))
    assert seconds < 5
    assert counters.healed_idle == 10
    await assert_tables_are_the_fold_of(tables, HISTORY[:30], OPERATIONAL)


async def test_goes_by_the_broker_again_after_a_lost_tail(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        await append(tables, HISTORY[20:30])
        await eventually(lambda: _is_at(tables, 30))
        async with sending(amqp_url) as send:
            await send(signed(HISTORY[29:30], log))
            await eventually(lambda: counters.duplicates == 2)
            from_store = counters.from_store
            await append(tables, HISTORY[30:40])
            await send(signed(HISTORY[30:40], log))
            await eventually(lambda: _is_at(tables, 40))
    assert counters.from_store == from_store
    await assert_tables_are_the_fold_of(tables, HISTORY[:40], OPERATIONAL)


async def test_a_message_that_cannot_be_used_becomes_a_dead_letter_and_its_events_are_healed(
    tables: str, amqp_url: str
) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        good = signed(HISTORY[20:25], log)
        spoilt = [
            replace(good, body=good.body[:-9]),
            replace(good, body=b"x" * 1_000_000),
            Message({}, good.body),
            replace(good, headers={**good.headers, "hmac": "00"}),
            signed([replace(HISTORY[0], position=10**6)], log),
            signed(HISTORY[20:25], "7/7/7"),
        ]
        async with sending(amqp_url) as send:
            await send(*spoilt)
        await eventually(lambda: counters.dead_letters == 5)
        await append(tables, HISTORY[20:25])
        await eventually(lambda: _is_at(tables, 25))
        letters = await dead_letters(amqp_url, 5)
        await eventually(lambda: _is_empty(amqp_url))
    assert [letter.headers["reason"] for letter in letters] == [
        "undecodable",
        "undecodable",
        "envelope_mismatch",
        "bad_signature",
        "foreign",
    ]
    assert [letter.headers["origin"] for letter in letters] == [QUEUE] * 5
    assert [letter.body for letter in letters] == [message.body for message in spoilt[:5]]
    assert letters[3].headers["first_position"] == 21
    assert counters.other_log == 1
    await assert_tables_are_the_fold_of(tables, HISTORY[:25], OPERATIONAL)


async def _is_empty(amqp_url: str) -> bool:
    return await waiting_messages(amqp_url, QUEUE) == 0


async def test_a_forged_event_never_reaches_a_table(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        placed = next(event for event in HISTORY if event.type == "order-placed")
        forged = signed([replace(placed, position=21, stream="order-forged")], log)
        async with sending(amqp_url) as send:
            await send(replace(forged, headers={**forged.headers, "hmac": "f" * 64}))
            await eventually(lambda: counters.dead_letters == 1)
        assert await checkpoint_of(tables, OPERATIONAL) == 20
    await assert_tables_are_the_fold_of(tables, HISTORY[:20], OPERATIONAL)


async def test_heals_a_long_gap_without_sitting_on_deliveries(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await log_name(tables)
        await append(tables, LONG[:5])
        await eventually(lambda: _is_at(tables, 5))
        await eventually(lambda: counters.attached > 0)
        async with sending(amqp_url) as send:
            await send(signed(LONG[4:5], log))
            await eventually(lambda: counters.duplicates > 0)
            await append(tables, LONG[5:])
            await send(signed(LONG[-5:], log))
            await eventually(lambda: _is_at(tables, len(LONG)))
            assert counters.handed_back == 1
            await eventually(lambda: counters.attached == 2)
            await eventually(lambda: _is_empty(amqp_url))
    await assert_tables_are_the_fold_of(tables, LONG, OPERATIONAL)


async def test_a_queue_deleted_under_its_consumer_is_declared_again(
    tables: str, amqp_url: str
) -> None:
    async with (
        projecting(tables, amqp_url, (OPERATIONAL,)) as counting,
        relaying(tables, amqp_url, (OPERATIONAL,)),
    ):
        counters = counting[OPERATIONAL]
        await append(tables, HISTORY[:20])
        await eventually(lambda: _is_at(tables, 20))
        await eventually(lambda: counters.attached == 1)
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            await channel.queue_delete(QUEUE)
        await append(tables, HISTORY[20:])
        await eventually(lambda: _is_at(tables, len(HISTORY)))
        await eventually(lambda: counters.attached == 2)
        assert await waiting_messages(amqp_url, QUEUE) == 0
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)


async def test_a_second_projector_stands_by_and_takes_over(tables: str) -> None:
    await append(tables, HISTORY[:20])
    groups = (OPERATIONAL,)
    async with projecting(tables, groups=groups) as first:
        await eventually(lambda: _is_at(tables, 20))
        async with projecting(tables, groups=groups) as second:
            await append(tables, HISTORY[20:40])
            await eventually(lambda: _is_at(tables, 40))
            assert second[OPERATIONAL].events == 0
            async with superuser(tables) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
                    " WHERE l.locktype = 'advisory' AND l.granted AND l.database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            await append(tables, HISTORY[40:])
            assert await eventually(lambda: _is_at(tables, len(HISTORY))) < 10
            await eventually(lambda: first[OPERATIONAL].failures == 1)
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)


NOBODY = "00000000-0000-4000-8000-000000000000"


def _stray(kind: type[OrderCancelled | OrderNoteAdded], position: int) -> tuple[RecordedEvent, Any]:
    """Let something happen to an order that nobody has placed; answer its payload too."""
    event = next(event for event in HISTORY if isinstance(event.data, kind))
    data: Any = replace(event.data, order_id=NOBODY)
    stream = f"order-{NOBODY}"
    return replace(event, position=position, stream=stream, version=1, data=data), data


async def _parked(database_url: str) -> list[tuple[str, str, str, int, str]]:
    async with worker_connection(database_url) as connection:
        return [
            (each.projection, each.kind, each.key, each.since_position, each.code)
            for each in await list_parked(connection)
        ]


@pytest.mark.parametrize("by_broker", [False, True])
async def test_an_event_that_cannot_be_applied_is_parked_and_the_others_go_on(
    tables: str, amqp_url: str, *, by_broker: bool
) -> None:
    culprit, data = _stray(OrderCancelled, 21)
    others = [replace(event, position=event.position + 1) for event in HISTORY[20:]]
    log = [*HISTORY[:20], culprit, *others]
    expected = ["customer_orders", "order_detail", "order_list"]
    broker = amqp_url if by_broker else None
    async with projecting(tables, broker, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        if by_broker:
            name = await _trusting(tables, amqp_url, counters, 20)
            await append(tables, log[20:])
            async with sending(amqp_url) as send:
                await send(signed(log[20:40], name))
        else:
            await append(tables, log)
        await eventually(lambda: _is_at(tables, len(log)))
        await eventually(lambda: counters.parked == len(expected))
        assert counters.handed_back == by_broker
        if by_broker:
            await eventually(lambda: _is_empty(amqp_url))
    assert [each[0] for each in await _parked(tables)] == expected
    assert {each[1:] for each in await _parked(tables)} == {
        ("row", f'["{NOBODY}"]', 21, "projection_failed"),
        ("row", f'["{data.customer_id}","{NOBODY}"]', 21, "projection_failed"),
    }
    await assert_tables_are_the_fold_of(tables, [*HISTORY[:20], *others], OPERATIONAL)


@pytest.mark.parametrize("by_broker", [False, True])
@pytest.mark.parametrize(
    "newer",
    [
        {"type": "order-teleported"},
        {"schema_version": 9},
    ],
)
async def test_an_event_that_the_code_cannot_read_parks_its_stream_and_holds_nobody_up(
    tables: str, amqp_url: str, newer: dict[str, Any], *, by_broker: bool
) -> None:
    culprit = next(event for event in HISTORY[20:] if event.stream.startswith("order-"))
    log = [replace(event, **newer) if event is culprit else event for event in HISTORY]
    broker = amqp_url if by_broker else None
    async with projecting(tables, broker, (OPERATIONAL,)) as counting:
        if by_broker:
            name = await _trusting(tables, amqp_url, counting[OPERATIONAL], 20)
            await append(tables, log[20:])
            async with sending(amqp_url) as send:
                for first in range(20, len(log), 10):
                    await send(signed(log[first : first + 10], name))
        else:
            await append(tables, log)
        await eventually(lambda: _is_at(tables, len(log)))
        await eventually(lambda: counting[OPERATIONAL].parked == 4)
        if by_broker:
            await eventually(lambda: _is_empty(amqp_url))
            assert counting[OPERATIONAL].handed_back == 0
    assert await _parked(tables) == [
        (name, "stream", culprit.stream, culprit.position, "undecodable_event")
        for name in ("customer_orders", "holds_worklist", "order_detail", "order_list")
    ]
    apart = [event for event in HISTORY if event.stream != culprit.stream]
    await assert_tables_are_the_fold_of(tables, apart, OPERATIONAL)


async def test_says_what_it_has_parked_and_nothing_personal(
    tables: str, capfd: pytest.CaptureFixture[str]
) -> None:
    stray, data = _stray(OrderNoteAdded, 21)
    await append(tables, [*HISTORY[:20], stray])
    async with projecting(tables, groups=(OPERATIONAL,)) as counting:
        await eventually(lambda: _is_at(tables, 21))
        await eventually(lambda: counting[OPERATIONAL].parked == 3)
    output = "".join(capfd.readouterr())
    told = [line for line in output.splitlines() if "projection.parked" in line]
    assert len(told) == 3
    assert all("projection_failed" in line and "position=21" in line for line in told), told
    assert data.personal.text not in output
