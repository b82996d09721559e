"""Does every order get a number of its own, with few round trips, in every process?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import Unavailable
from domain.order_number import parse_order_number
from sql.order_numbers import OrderNumberBlocks
from sql.store import make_pool
from tests.examples_log import ROLE_PREFIX, column, connected, rows, superuser

MAY = datetime(2026, 5, 4, tzinfo=UTC)
BLOCKS = "SELECT channel, year, last_number FROM event_store.order_number_blocks ORDER BY 1, 2"


@asynccontextmanager
async def a_process(url: str, connections_max: int = 2) -> AsyncGenerator[OrderNumberBlocks]:
    pool = make_pool(
        url, role=f"{ROLE_PREFIX}_api", application="test", connections_max=connections_max
    )
    async with pool:
        yield OrderNumberBlocks(pool)


def running_number(order_number: str) -> int:
    assert parse_order_number(order_number) == order_number
    return int(order_number.split("-")[1])


async def take(process: OrderNumberBlocks, count: int, channel: str = "web") -> list[int]:
    """Take so many numbers at once."""
    taken = await asyncio.gather(*(process.take(channel, MAY) for _ in range(count)))
    return [running_number(number) for number in taken]


async def test_numbers_begin_at_one_and_have_no_gaps_within_a_process(database_url: str) -> None:
    async with a_process(database_url) as process:
        assert await process.take("web", MAY) == "W26-0000001-5"
        assert sorted(await take(process, 300)) == list(range(2, 302))


async def test_blocks_grow_while_they_are_used_up_and_are_bounded(database_url: str) -> None:
    async with a_process(database_url) as process, superuser(database_url) as owner:
        ends: list[int] = []
        for _ in range(9_000):
            await process.take("web", MAY)
            if not ends or process._blocks["W", 2026].end != ends[-1]:
                ends.append(process._blocks["W", 2026].end)
        assert await rows(owner, BLOCKS) == [("W", 2026, ends[-1] - 1)]
    sizes = [end - before for before, end in zip([1, *ends], ends, strict=False)]
    assert sizes == [20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000, 2_000, 2_000]


async def test_processes_never_give_the_same_number(database_url: str) -> None:
    async with a_process(database_url) as here, a_process(database_url) as there:
        taken = await asyncio.gather(*(take(process, 500) for process in (here, there, here)))
    numbers = [number for some in taken for number in some]
    assert len(set(numbers)) == len(numbers) == 1_500


async def test_what_a_stopped_process_left_of_its_block_is_a_gap(database_url: str) -> None:
    async with a_process(database_url) as process:
        assert await take(process, 1) == [1]
    async with a_process(database_url) as process:
        assert await take(process, 1) == [21]


async def test_each_channel_and_year_counts_for_itself(database_url: str) -> None:
    async with a_process(database_url) as process:
        wanted = (("web", MAY), ("staff", MAY), ("import", MAY), ("fax", MAY), ("phone", MAY))
        numbers = [await process.take(channel, at) for channel, at in wanted]
        numbers.append(await process.take("web", datetime(2010, 1, 1, tzinfo=UTC)))
    prefixes = [(number[:3], running_number(number)) for number in numbers]
    # Channels without a letter share X, and with it the counter.
    assert prefixes == [("W26", 1), ("S26", 1), ("I26", 1), ("X26", 1), ("X26", 2), ("W10", 1)]


async def test_the_year_is_that_of_utc(database_url: str) -> None:
    new_year_in_berlin = datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    async with a_process(database_url) as process:
        assert (await process.take("web", new_year_in_berlin)).startswith("W26-")


async def test_a_session_that_breaks_is_no_number(database_url: str) -> None:
    async with a_process(database_url) as process, superuser(database_url) as owner:
        await take(process, 20)
        async with owner.transaction():
            await owner.execute("LOCK TABLE event_store.order_number_blocks")
            with pytest.raises(Unavailable):
                async with asyncio.timeout(5):
                    await ended_while_it_waits(process, database_url)
        assert await take(process, 1) == [21]


async def ended_while_it_waits(process: OrderNumberBlocks, url: str) -> None:
    """Take a number on a session that is ended meanwhile."""
    taking = asyncio.create_task(process.take("web", MAY))
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with superuser(url) as observer:
        while not await column(observer, query):  # noqa: ASYNC110 - the condition is the server's
            await asyncio.sleep(0.01)
    await taking


@pytest.mark.parametrize("size", [0, -1, -1_000])
async def test_a_block_is_never_taken_back(database_url: str, size: int) -> None:
    """Numbers that were given out would be given out again."""
    async with connected(database_url) as connection:
        take_block = "SELECT event_store.take_order_numbers_v1('W', 2026, %s)"
        assert await column(connection, take_block, 100) == [1]
        assert await column(connection, take_block, size) == [None]
    async with superuser(database_url) as owner:
        assert await rows(owner, BLOCKS) == [("W", 2026, 100)]
