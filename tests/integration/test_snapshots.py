"""Does a long stream cost a process that does not know it no more than a short one?

And is a snapshot never more than that: what cannot be used, or not be written, changes no answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from commands.ports import CommandRecord
from domain.events import order_stream, product_stream
from domain.fold import FOLD_VERSIONS, State, evolve
from domain.order import Order
from sql.connection import Connection
from sql.load_page import Reading, read_page
from sql.loader import GroupLoader
from sql.snapshot_codec import decode_state, encode_state
from sql.snapshots import OFFERS_MAX, SnapshotWriter
from tests.examples import ADDRESS, ORDER_ID, SKU
from tests.examples_log import (
    ROLE_PREFIX,
    a_store,
    an_envelope,
    assert_dense,
    closed_gate,
    column,
    connected,
    notes,
    outcome_of,
    place_an_order,
    rows,
    superuser,
    until,
)
from tests.histories import a_long_order, append

ORDER = order_stream(ORDER_ID)
ORDER_FOLD = FOLD_VERSIONS[Order]
API = f"{ROLE_PREFIX}_api"


@asynccontextmanager
async def a_loader(
    url: str, snapshots: SnapshotWriter | None = None
) -> AsyncGenerator[GroupLoader]:
    """Open the loader of a process that knows nothing yet."""
    loader = GroupLoader(url, role=API, snapshots=snapshots)
    await loader.open()
    try:
        yield loader
    finally:
        await loader.close()


@asynccontextmanager
async def a_writer(url: str, role: str = API) -> AsyncGenerator[SnapshotWriter]:
    writer = SnapshotWriter(url, role=role)
    await writer.open()
    try:
        yield writer
    finally:
        await writer.close()


async def cold_load(url: str, stream: str = ORDER) -> tuple[int, State | None]:
    async with a_loader(url) as loader:
        return (await loader.load("staff:jo", "none", [stream])).states[stream]


async def snapshots_of(url: str, stream: str = ORDER) -> list[tuple[str, int]]:
    query = "SELECT fold_version, version FROM event_store.snapshots WHERE stream = %s ORDER BY 1"
    async with superuser(url) as owner:
        return await rows(owner, query, stream)


async def is_kept(url: str, version: int) -> bool:
    return (ORDER_FOLD, version) in await snapshots_of(url)


async def keep(url: str) -> tuple[int, State | None]:
    """Load the order cold, offering what every page brings, and wait until the last is kept."""
    async with a_writer(url) as writer, a_loader(url, writer) as loader:
        state = (await loader.load("staff:jo", "none", [ORDER])).states[ORDER]
        await until(lambda: is_kept(url, state[0]))
        return state


async def put_snapshot(
    url: str, version: int, state: bytes, fold_version: str = ORDER_FOLD
) -> None:
    async with connected(url) as connection:
        await connection.execute("DELETE FROM event_store.snapshots")
        await connection.execute(
            "INSERT INTO event_store.snapshots (stream, fold_version, version, state)"
            " VALUES (%s, %s, %s, %s)",
            (ORDER, fold_version, version, state),
        )


def folded(events: int) -> State:
    state: State | None = None
    for event in a_long_order(events):
        state = evolve(state, event.data)
    assert state is not None
    return state


class Pages:
    """Counts the pages that loaders read, and the rows of events in them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[int] = []
        fold = Reading.fold

        async def counting(
            connection: Connection, keys: Sequence[tuple[str, str]], readings: Sequence[Reading]
        ) -> dict[int, CommandRecord]:
            self.events.append(0)
            return await read_page(connection, keys, readings)

        def counting_fold(reading: Reading, version: int, *event: *tuple[str, int, str]) -> None:
            self.events[-1] += 1
            fold(reading, version, *event)

        monkeypatch.setattr("sql.loader.read_page", counting)
        monkeypatch.setattr(Reading, "fold", counting_fold)

    def take(self) -> list[int]:
        """Answer the events of each page since the last time."""
        events, self.events = self.events, []
        return events


async def test_a_stream_of_100_000_events_costs_a_cold_process_one_page(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(database_url, a_long_order(100_000))
    pages = Pages(monkeypatch)
    whole = await keep(database_url)
    assert pages.take() == [*([5_000] * 20), 0]
    assert await cold_load(database_url) == whole
    assert pages.take() == [0]
    async with a_store(database_url) as store:
        for note in notes(40):
            await store.handler.handle(note, an_envelope())
        pages.take()
        version, order = await cold_load(database_url)
        assert pages.take() == [40]
        assert (version, order) == store.loader.newest(ORDER)
    assert isinstance(order, Order)
    assert (version, len(order.notes)) == (100_040, 100_039)


async def test_without_snapshots_the_same_state_is_folded_page_by_page(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(database_url, a_long_order(12_345))
    await keep(database_url)
    pages = Pages(monkeypatch)
    with_snapshot = await cold_load(database_url)
    assert pages.take() == [0]
    async with superuser(database_url) as owner:
        await owner.execute("DELETE FROM event_store.snapshots")
    assert await cold_load(database_url) == with_snapshot == (12_345, folded(12_345))
    assert pages.take() == [5_000, 5_000, 2_345]


async def test_a_stream_that_grows_in_a_warm_process_is_kept_on_its_way(database_url: str) -> None:
    await append(database_url, a_long_order(990))
    async with a_store(database_url) as store:
        for note in notes(9):
            await store.handler.handle(note, an_envelope())
        assert await snapshots_of(database_url) == []
        (note,) = notes(1)
        await store.handler.handle(note, an_envelope())
        await until(lambda: is_kept(database_url, 1_000))
        await asyncio.gather(*(store.handler.handle(note, an_envelope()) for note in notes(999)))
        assert await snapshots_of(database_url) == [(ORDER_FOLD, 1_000)]
        (note,) = notes(1)
        await store.handler.handle(note, an_envelope())
        await until(lambda: is_kept(database_url, 2_000))
    assert await cold_load(database_url) == store.loader.newest(ORDER)


async def test_what_is_not_committed_is_never_kept(database_url: str) -> None:
    """The overlay is past 1,000 while the log is not; and what falls is not kept later."""
    await append(database_url, a_long_order(998))
    async with a_store(database_url) as store:
        async with closed_gate(database_url) as gate:
            asked = [
                asyncio.create_task(outcome_of(store.handler.handle(note, an_envelope())))
                for note in notes(20)
            ]
            await gate.wait_for_appends()
            async with a_writer(database_url) as other:
                other.offer(ORDER, 1_005, folded(1_005))
                other.offer(product_stream(SKU), 1, folded(1))
                await until(lambda: not other._offers)
            assert await snapshots_of(database_url) == []
        await asyncio.gather(*asked)
        await until(lambda: is_kept(database_url, 1_000))
    assert await assert_dense(database_url) == 1_018


async def test_the_fold_of_other_code_is_ignored_and_forgotten_after_a_day(
    database_url: str,
) -> None:
    await append(database_url, a_long_order(1_200))
    await put_snapshot(database_url, 1_100, b"the state of other code", "order-0")
    assert await cold_load(database_url) == (1_200, folded(1_200))
    await keep(database_url)
    assert await snapshots_of(database_url) == [("order-0", 1_100), (ORDER_FOLD, 1_200)]
    async with superuser(database_url) as owner:
        await owner.execute(
            "UPDATE event_store.snapshots SET created_at = created_at - interval '25 hours'"
        )
    async with a_writer(database_url) as writer:
        writer.offer(ORDER, 1_200, folded(1_200))
        await until(lambda: is_alone(database_url))


async def is_alone(url: str) -> bool:
    return await snapshots_of(url) == [(ORDER_FOLD, 1_200)]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        pytest.param(1_100, b"{}", id="no state"),
        pytest.param(1_100, b"\xff\x00", id="no text"),
        pytest.param(1_100, encode_state(folded(1)).replace(b"0", b"1"), id="of another order"),
        pytest.param(1_201, encode_state(folded(1_201)), id="newer than the log"),
        pytest.param(1_100, encode_state(folded(1_150)), id="not of its version"),
    ],
)
async def test_a_snapshot_that_is_no_use_is_ignored_and_replaced(
    database_url: str, version: int, state: bytes
) -> None:
    await append(database_url, a_long_order(1_200))
    await put_snapshot(database_url, version, state)
    assert await cold_load(database_url) == (1_200, folded(1_200))
    await keep(database_url)
    assert await snapshots_of(database_url) == [(ORDER_FOLD, 1_200)]
    assert await cold_load(database_url) == (1_200, folded(1_200))


async def test_of_many_writers_the_newest_state_stays(database_url: str) -> None:
    await append(database_url, a_long_order(1_040))
    versions = [1_000 + number for number in range(40, 0, -1)]
    async with a_writer(database_url) as first, a_writer(database_url) as second:
        for turn, version in enumerate(versions):
            (first if turn % 2 else second).offer(ORDER, version, folded(version))
        third = [SnapshotWriter(database_url, role=API) for _ in range(4)]
        for writer, version in zip(third, (1_010, 1_040, 1_005, 1_020), strict=True):
            writer.offer(ORDER, version, folded(version))
            await writer.open()
        writers = (first, second, *third)
        await until(lambda: not any(writer._offers for writer in writers))
        await until(lambda: is_kept(database_url, 1_040))
        for writer in third:
            await writer.close()
    assert await snapshots_of(database_url) == [(ORDER_FOLD, 1_040)]
    assert await cold_load(database_url) == (1_040, folded(1_040))


async def test_snapshots_that_cannot_be_written_hold_up_nobody(database_url: str) -> None:
    await append(database_url, a_long_order(1_990))
    async with a_store(database_url) as store, superuser(database_url) as owner:
        async with owner.transaction():
            await owner.execute("LOCK TABLE event_store.snapshots IN SHARE MODE")
            for note in notes(20):
                async with asyncio.timeout(5):
                    await store.handler.handle(note, an_envelope())
            assert await snapshots_of(database_url) == []
        await until(lambda: is_kept(database_url, 2_000))


async def test_a_role_without_the_right_is_only_logged(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await append(database_url, a_long_order(1_000))
    async with a_writer(database_url, f"{ROLE_PREFIX}_query") as writer:
        async with a_loader(database_url, writer) as loader:
            states = (await loader.load("staff:jo", "none", [ORDER])).states
        await until(lambda: "cannot keep states" in caplog.text)
    assert states == {ORDER: (1_000, folded(1_000))}
    assert await snapshots_of(database_url) == []


async def test_what_waits_is_bounded_and_of_a_stream_only_the_newest_counts(
    database_url: str,
) -> None:
    writer = SnapshotWriter(database_url, role=API)
    state = folded(1)
    for number in range(OFFERS_MAX + 1):
        writer.offer(f"order-{number}", 1_000, state)
    writer.offer("customer-1", 1_000, state)
    writer.offer("order-0", 3_000, state)
    writer.offer("order-0", 2_000, state)
    assert list(writer._offers) == [f"order-{number}" for number in range(OFFERS_MAX)]
    assert writer._offers["order-0"] == (3_000, state)
    await writer.close()


async def test_personal_data_is_not_in_what_is_kept(database_url: str) -> None:
    """PRV-07, in the bytes of the table."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        await asyncio.gather(*(store.handler.handle(note, an_envelope()) for note in notes(1_000)))
        await until(lambda: is_kept(database_url, 1_000))
    async with superuser(database_url) as owner:
        (state,) = await column(owner, "SELECT state FROM event_store.snapshots")
    order = decode_state(ORDER, state)
    assert isinstance(order, Order)
    assert len(order.notes) == 999
    for word in (ADDRESS.recipient, ADDRESS.line1, ADDRESS.city, "Note "):
        assert word.encode() not in state


async def test_only_a_stream_that_is_not_known_is_looked_up_and_by_index(
    database_url: str,
) -> None:
    """Counted by the server: look-ups of snapshots, and rows read from end to end of any table."""
    looked_up = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'snapshots_pkey'"
    scanned = (
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'event_store'"
        " AND relname IN ('events', 'commands', 'snapshots') ORDER BY relname"
    )
    await append(database_url, a_long_order(1_500))
    await keep(database_url)
    async with superuser(database_url) as owner:
        await owner.execute("VACUUM ANALYZE event_store.snapshots")
        before, (lookups,) = await rows(owner, scanned), await column(owner, looked_up)
        async with a_loader(database_url) as loader:
            for _ in range(8):
                for stream in (ORDER, "order-none", "customer-none"):
                    await loader.load("staff:jo", "none", [stream])
        await until(lambda: has_ended(owner))
        await owner.execute("SELECT pg_stat_clear_snapshot()")
        assert await rows(owner, scanned) == before
        # Once the order, and each time the order that does not exist: nothing of it can be cached.
        assert await column(owner, looked_up) == [lookups + 1 + 8]


async def has_ended(owner: Connection) -> bool:
    """A session's counters are complete when it has ended."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'ordertrail%'"
    )
    return not await column(owner, query)
