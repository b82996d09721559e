"""When recorders and our appender write at the same time: is there still one dense log?"""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from eventsourcing.persistence import IntegrityError

from commands.pending import Appended
from sql.recorded_log import RecordedLog
from sql.recorder import LogApplicationRecorder
from tests.contract.recorded_calls import a_recorder, append_raw, new_id, stored
from tests.examples_log import (
    a_claim,
    a_command,
    a_decision,
    a_registration,
    an_appender,
    append,
    append_all,
    connected,
    log_of,
)

THREADS: Final = 6
ROUNDS: Final = 20
SECONDS_MAX: Final = 60.0


def assert_one_order(log: list[tuple[int, str, int]]) -> None:
    """Positions are 1..N, versions 1..n in every stream, both in the same order."""
    assert [position for position, _, _ in log] == list(range(1, len(log) + 1))
    versions: Counter[str] = Counter()
    for _, stream, version in log:
        versions[stream] += 1
        assert version == versions[stream], stream


def write_in_turns(recorder: LogApplicationRecorder) -> list[int]:
    """Append to two streams of one's own, again and again, and answer the positions."""
    first, second = new_id(), new_id()
    positions: list[int] = []
    for number in range(ROUNDS):
        events = [
            *stored(first, [2 * number + 1]),
            *stored(second, [number + 1]),
            *stored(first, [2 * number + 2]),
        ]
        got = recorder.insert_events(events)
        assert got is not None
        assert list(got) == list(range(got[0], got[0] + 3)), "the events of a call stand together"
        positions += got
    assert positions == sorted(positions)
    return positions


def follow(url: str, gt: int, until: int) -> list[int]:
    """Follow the log with a subscription up to a position."""
    log = RecordedLog(url, role="ordertrail_api")
    seen: list[int] = []
    with LogApplicationRecorder(log).subscribe(gt) as subscription:
        while not seen or seen[-1] < until:
            seen.append(next(subscription).id)
    log.close()
    return seen


async def test_positions_and_versions_are_dense_and_followers_miss_nothing(
    database_url: str,
) -> None:
    total = THREADS * ROUNDS * 4
    with ThreadPoolExecutor(2 * THREADS) as threads, a_recorder(database_url) as recorder:
        loop = asyncio.get_running_loop()
        following = loop.run_in_executor(threads, follow, database_url, 0, total)
        async with an_appender(database_url) as appender:
            writing = [
                loop.run_in_executor(threads, write_in_turns, recorder) for _ in range(THREADS)
            ]
            appended: list[int] = []
            for number in range(ROUNDS):
                decisions = [
                    a_decision(a_registration(f"S{number}-{each}")) for each in range(THREADS)
                ]
                for outcome in await append_all(appender, decisions):
                    assert isinstance(outcome, Appended)
                    appended.append(outcome.last_position)
            async with asyncio.timeout(SECONDS_MAX):
                recorded = [position for each in writing for position in await each]
                seen = await following
    log = await log_of(database_url)
    assert_one_order(log)
    assert len(log) == total
    assert sorted(appended + recorded) == list(range(1, total + 1))
    assert seen == list(range(1, total + 1))
    ours = {position for position, stream, _ in log if stream.startswith("product-")}
    assert ours == set(appended)
    assert ours & set(range(min(recorded), max(recorded))), "they wrote at the same time"


async def test_both_ways_race_on_one_stream_and_nobody_overwrites(database_url: str) -> None:
    """Each decides on the version that it read; whoever is second is told so."""
    wins: Counter[str] = Counter()

    def record() -> None:
        with a_recorder(database_url) as recorder:
            while time.monotonic() < until:
                head = len(recorder.select_events("one-stream"))
                try:
                    recorder.insert_events(stored("one-stream", [head + 1]))
                    wins["recorder"] += 1
                except IntegrityError:
                    wins["recorder lost"] += 1

    until = time.monotonic() + 2
    with ThreadPoolExecutor(2) as threads:
        loop = asyncio.get_running_loop()
        recording = [loop.run_in_executor(threads, record) for _ in range(2)]
        async with connected(database_url) as connection:
            number = 0
            while time.monotonic() < until:
                number += 1
                cursor = await connection.execute(
                    "SELECT count(*) FROM event_store.events WHERE stream = 'one-stream'"
                )
                (head,) = await cursor.fetchone() or (0,)
                (outcome,) = await append(
                    connection, a_command(f"{number}", a_claim("one-stream", head))
                )
                wins[outcome.kind] += 1
        for each in recording:
            await each
    log = await log_of(database_url)
    assert_one_order(log)
    assert len(log) == wins["recorder"] + wins["appended"]
    assert min(wins["recorder"], wins["appended"]) > 0
    assert wins["recorder lost"] + wins["conflict"] > 0


async def test_a_rolled_back_append_leaves_no_hole(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        async with connected(database_url) as connection:
            async with connection.transaction(force_rollback=True):
                assert await append_raw(connection, ("s", 1), ("s", 2)) == (1, 2)
            assert recorder.insert_events(stored("t", [1])) == [1]
    assert await log_of(database_url) == [(1, "t", 1)]
