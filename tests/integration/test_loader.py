"""Does a load bring what was committed before it was asked for, all of it, and to everybody?"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from psycopg.sql import SQL, Identifier

import sql.loader
from commands.envelope import Answer
from commands.ports import CommandRecord, Loaded
from domain.customer import Customer
from domain.errors import OrderTrailError, Unavailable, UndecodableEvent
from domain.events import customer_stream, order_stream, product_stream
from domain.order import Order
from domain.product import Product
from sql import failpoints
from sql.codec import encode_data, encode_metadata
from sql.connection import Connection
from sql.load_page import Reading
from sql.loader import GroupLoader
from sql.state_cache import StateCache
from tests.examples import (
    CUSTOMER_ID,
    NOW,
    ORDER_ID,
    SKU,
    a_note,
    a_placed_order,
    a_price,
    an_order,
)
from tests.examples_log import (
    ROLE_PREFIX,
    a_decision,
    a_proxy,
    a_registration,
    a_store,
    an_appender,
    an_envelope,
    append_all,
    column,
    connected,
    notes,
    place_an_order,
    rows,
    superuser,
    until,
)
from tests.services import drop_database, execute
from tests.specification import Streams

PRODUCT = product_stream(SKU)
ORDER = order_stream(ORDER_ID)
API = f"{ROLE_PREFIX}_api"
INSERT = """
INSERT INTO event_store.events
SELECT (SELECT coalesce(max(position), 0) FROM event_store.events) + n, %(stream)s,
       %(version)s + n, %(type)s, 1, replace(%(data)s, 'NUMBER', n::text)::json, %(metadata)s::json,
       %(at)s, %(at)s
  FROM generate_series(1, %(count)s) AS n
"""


@asynccontextmanager
async def a_loader(url: str, cache: StateCache | None = None) -> AsyncGenerator[GroupLoader]:
    loader = GroupLoader(url, role=API, cache=cache)
    await loader.open()
    try:
        yield loader
    finally:
        await loader.close()


async def load(loader: GroupLoader, *streams: str, key: str = "none") -> Loaded:
    return await loader.load("staff:jo", key, streams)


async def version_of(loader: GroupLoader, stream: str) -> int:
    return (await load(loader, stream)).states[stream][0]


async def insert_events(
    url: str, stream: str, event_type: str, data: str, *, after: int = 0, count: int = 1
) -> None:
    """Put events into the log behind the back of `append_v1`; NUMBER in them counts."""
    metadata = encode_metadata(a_decision(a_registration("X")).metadata).decode()
    values = {"stream": stream, "version": after, "count": count, "metadata": metadata, "at": NOW}
    async with connected(url, "log_owner") as connection:
        await connection.execute(INSERT, {**values, "type": event_type, "data": data})


async def insert_an_order(url: str, notes: int) -> None:
    placed = encode_data(a_placed_order()).decode()
    streams = Streams()
    streams.record(a_placed_order())
    (note,) = streams.decide(a_note(note_id="note-NUMBER", text="Note NUMBER"))
    await insert_events(url, ORDER, "order-placed", placed)
    data = encode_data(note).decode()
    await insert_events(url, ORDER, "order-note-added", data, after=1, count=notes)


async def insert_priced_products(url: str, *, products: int, prices: int) -> None:
    """Register products P0, P1, … with so many prices each."""
    streams = Streams()
    registered = a_registration("SKU")
    streams.record(registered)
    (price,) = streams.decide(a_price(sku="SKU", price_id="price-NUMBER", price_list="NUMBER"))
    for sku in (f"P{number}" for number in range(products)):
        data = encode_data(replace(registered, sku=sku)).decode()
        await insert_events(url, product_stream(sku), "product-registered", data)
        data = encode_data(price).decode().replace("SKU", sku)
        await insert_events(
            url, product_stream(sku), "product-price-set", data, after=1, count=prices
        )


async def test_brings_the_states_and_zero_for_what_never_was(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
    customer = customer_stream(CUSTOMER_ID)
    async with a_loader(database_url) as loader:
        loaded = await load(loader, PRODUCT, customer, "order-none", ORDER)
    kinds = {stream: (version, type(state)) for stream, (version, state) in loaded.states.items()}
    assert loaded.record is None
    assert kinds == {
        PRODUCT: (3, Product),
        customer: (1, Customer),
        "order-none": (0, type(None)),
        ORDER: (1, Order),
    }


async def test_brings_the_record_as_the_answer_that_was_given(database_url: str) -> None:
    envelope = an_envelope("the-key", fingerprint=b"g" * 32)
    async with a_store(database_url) as store, a_loader(database_url) as loader:
        await place_an_order(store)
        order = an_order(order_id=CUSTOMER_ID, order_number="W26-0000002-X")
        answer = await store.handler.handle(order, envelope)
        loaded = await load(loader, key="the-key")
        others = await loader.load("staff:other", "the-key", ())
    assert answer.order_number == "W26-0000002-X"
    again = Answer(CUSTOMER_ID, 1, 7, created=True, replayed=True, order_number="W26-0000002-X")
    assert loaded.record == CommandRecord(b"g" * 32, again)
    assert others.record is None


async def test_a_load_never_joins_one_that_is_under_way(database_url: str) -> None:
    """The first has read the prices but has no answer yet; then a price is set, and answered."""
    async with a_store(database_url) as store, a_proxy(database_url) as (proxy, through):
        await place_an_order(store)
        asked, answer_may_pass = asyncio.Event(), asyncio.Event()
        held: list[bytes] = []

        async def to_server(chunk: bytes) -> bytes:
            if b"event_store.events" in chunk:
                asked.set()
            return chunk

        async def to_client(chunk: bytes) -> bytes:
            if asked.is_set():
                held.append(chunk)
                await answer_may_pass.wait()
            return chunk

        async with a_loader(through) as loader:
            proxy.set_content_processors(to_server, to_client)
            first = asyncio.create_task(load(loader, PRODUCT))
            await until(lambda: bool(held))
            await store.handler.handle(a_price(price_id="new", valid_from=NOW), an_envelope())
            second = asyncio.create_task(load(loader, PRODUCT))
            await asyncio.sleep(0)
            answer_may_pass.set()
            versions = [(await task).states[PRODUCT][0] for task in (first, second)]
    assert versions == [3, 4]


async def test_loads_that_wait_share_the_next_query(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    answer = GroupLoader._answer

    async def counting(loader: GroupLoader, batch: list[object]) -> None:
        sizes.append(len(batch))
        await answer(loader, batch)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(GroupLoader, "_answer", counting)
    async with a_loader(database_url) as loader:
        await asyncio.gather(*(load(loader, f"product-{n}") for n in range(1_201)))
    assert sizes == [500, 500, 201]


async def test_too_many_who_wait_are_turned_away(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.loader.WAITING_MAX", 3)
    async with a_loader(database_url) as loader:
        answers = await asyncio.gather(
            *(load(loader, PRODUCT) for _ in range(5)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [*([Loaded] * 3), Unavailable, Unavailable]
        assert await version_of(loader, PRODUCT) == 0


@pytest.mark.parametrize("notes_count", [4_999, 12_345])
async def test_streams_longer_than_a_page_come_whole(database_url: str, notes_count: int) -> None:
    await insert_an_order(database_url, notes_count)
    async with a_loader(database_url) as loader:
        loaded = await load(loader, ORDER, "order-none")
        version, order = loaded.states[ORDER]
        assert await version_of(loader, ORDER) == version
    assert isinstance(order, Order)
    assert (version, len(order.notes)) == (notes_count + 1, notes_count)


async def test_a_page_is_bounded_over_all_streams_of_a_load_and_shared_fairly(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One long stream, and 60 of which each is longer than its share of a page."""
    pages: list[int] = []
    read = sql.loader.read_page

    async def counting(
        connection: Connection, keys: Sequence[tuple[str, str]], readings: Sequence[Reading]
    ) -> dict[int, CommandRecord]:
        before = sum(reading.version for reading in readings)
        records = await read(connection, keys, readings)
        pages.append(sum(reading.version for reading in readings) - before)
        return records

    monkeypatch.setattr("sql.loader.read_page", counting)
    monkeypatch.setattr("sql.load_page.PAGE_EVENTS_MAX", 300)
    monkeypatch.setattr("sql.loader.PAGE_EVENTS_MAX", 300)
    await insert_an_order(database_url, 2_999)
    await insert_priced_products(database_url, products=60, prices=29)
    async with a_loader(database_url) as loader:
        answered: list[str] = []

        async def ask(stream: str) -> int:
            version = await version_of(loader, stream)
            answered.append(stream)
            return version

        streams = [ORDER, *(f"product-P{number}" for number in range(60))]
        versions = await asyncio.gather(*map(ask, streams))
    assert versions == [3_000, *([30] * 60)]
    assert max(pages) <= 300
    assert sum(pages) == 4_800
    assert answered[-1] == ORDER
    # 300 at a time is 16; streams that end in the middle of their share cost some more.
    assert len(pages) < 25


async def test_who_comes_while_a_long_stream_is_read_does_not_wait_for_its_end(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.loader.LOADS_MAX", 1)
    monkeypatch.setattr("sql.load_page.PAGE_EVENTS_MAX", 10)
    await insert_an_order(database_url, 999)
    async with a_loader(database_url) as loader:
        long = asyncio.create_task(load(loader, ORDER))
        await until(lambda: loader.newest(ORDER)[0] > 0)
        await asyncio.gather(*(load(loader, f"order-{number}") for number in range(20)))
        assert not long.done()
        assert (await long).states[ORDER][0] == 1_000


async def test_more_streams_than_a_page_holds_come_all_the_same(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.loader.PAGE_EVENTS_MAX", 7)
    monkeypatch.setattr("sql.load_page.PAGE_EVENTS_MAX", 7)
    await insert_priced_products(database_url, products=20, prices=3)
    streams = [f"product-P{number}" for number in range(25)]
    async with a_loader(database_url) as loader:
        answers = await asyncio.gather(*(load(loader, *streams[n:], ORDER) for n in range(25)))
    expected = {stream: 4 if n < 20 else 0 for n, stream in enumerate(streams)} | {ORDER: 0}
    for number, answer in enumerate(answers):
        versions = {stream: version for stream, (version, _) in answer.states.items()}
        assert versions == {name: expected[name] for name in (*streams[number:], ORDER)}


async def test_what_a_caller_who_left_had_read_is_not_read_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a stream that takes longer than anybody waits is known in the end."""
    monkeypatch.setattr("sql.load_page.PAGE_EVENTS_MAX", 10)
    await insert_an_order(database_url, 999)
    async with a_loader(database_url) as loader:
        leaving = asyncio.create_task(load(loader, ORDER))
        await until(lambda: loader.newest(ORDER)[0] >= 100)
        leaving.cancel()
        known, _ = loader.newest(ORDER)
        assert known < 1_000
        assert await version_of(loader, "order-none") == 0
        assert loader.newest(ORDER)[0] <= known + 10
        assert await version_of(loader, ORDER) == 1_000


@pytest.mark.parametrize("name", ["load.before_query", "load.after_query"])
async def test_a_load_that_fails_at_a_failpoint_is_told_and_the_next_one_works(
    database_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    await insert_an_order(database_url, 9)
    monkeypatch.setitem(failpoints._POINTS, name, failpoints.Failpoint("raise", 1))
    async with a_loader(database_url) as loader:
        with pytest.raises(Unavailable):
            await load(loader, ORDER)
        assert loader.newest(ORDER) == (0, None)
        assert await version_of(loader, ORDER) == 10


async def test_sees_what_other_processes_append(database_url: str) -> None:
    async with (
        a_store(database_url) as here,
        a_store(database_url) as there,
        a_loader(database_url) as loader,
    ):
        await place_an_order(here)
        assert await version_of(loader, ORDER) == 1
        for number, note in enumerate(notes(6)):
            await (there if number % 2 else here).handler.handle(note, an_envelope())
            assert await version_of(loader, ORDER) == number + 2


async def test_reads_only_what_it_does_not_know_yet(database_url: str) -> None:
    """The first event becomes unreadable; only who has not folded it yet notices."""
    async with a_store(database_url) as store, a_loader(database_url) as loader:
        await place_an_order(store)
        await load(loader, PRODUCT)
        async with superuser(database_url) as owner:
            await owner.execute("ALTER TABLE event_store.events DISABLE TRIGGER USER")
            await owner.execute(
                "UPDATE event_store.events SET type = 'unheard-of' WHERE stream = %s"
                " AND version = 1",
                [PRODUCT],
            )
        await store.handler.handle(a_price(price_id="new", valid_from=NOW), an_envelope())
        assert await version_of(loader, PRODUCT) == 4
        async with a_loader(database_url) as newcomer:
            with pytest.raises(UndecodableEvent, match="unheard-of"):
                await load(newcomer, PRODUCT)


async def test_a_state_that_was_put_out_of_the_cache_is_folded_again(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
    async with a_loader(database_url, StateCache(streams_max=1)) as loader:
        for _ in range(2):
            assert await version_of(loader, PRODUCT) == 3
            assert await version_of(loader, ORDER) == 1
        assert loader.newest(PRODUCT) == (0, None)
        assert loader.newest(ORDER)[0] == 1


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        pytest.param("unheard-of", "{}", id="unknown type"),
        pytest.param("product-activated", '{"sku":7}', id="other fields"),
        pytest.param("product-activated", '{"sku":"BAD"}', id="cannot follow the state"),
    ],
)
async def test_a_stream_that_cannot_be_read_hurts_only_who_needs_it(
    database_url: str, event_type: str, data: str
) -> None:
    async with an_appender(database_url) as appender:
        await append_all(appender, [a_decision(a_registration("GOOD"))])
    await insert_events(database_url, "product-BAD", event_type, data)
    async with a_loader(database_url) as loader:
        for _ in range(2):
            bad, good, both = await asyncio.gather(
                load(loader, "product-BAD"),
                load(loader, "product-GOOD"),
                load(loader, "product-GOOD", "product-BAD"),
                return_exceptions=True,
            )
            assert isinstance(good, Loaded)
            assert good.states["product-GOOD"][0] == 1
            assert (type(bad), type(both)) == (UndecodableEvent, UndecodableEvent)
        assert loader.newest("product-BAD") == (0, None)


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
async def test_a_name_that_the_database_refuses_hurts_only_its_owner(
    database_url: str, text: str
) -> None:
    async with an_appender(database_url) as appender:
        await append_all(appender, [a_decision(a_registration("GOOD"))])
    async with a_loader(database_url) as loader:
        answers = await asyncio.gather(
            *(load(loader, "product-GOOD") for _ in range(6)),
            load(loader, f"product-{text}"),
            load(loader, "product-GOOD", key=text),
            *(load(loader, "product-GOOD") for _ in range(6)),
            return_exceptions=True,
        )
    bad = answers[6:8]
    assert all(isinstance(answer, OrderTrailError) for answer in bad), bad
    good = [*answers[:6], *answers[8:]]
    assert [type(answer) for answer in good] == [Loaded] * 12


async def test_a_database_that_does_not_answer_is_not_waited_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.loader.LOAD_TIMEOUT_SECONDS", 0.3)
    async with a_loader(database_url) as loader, superuser(database_url) as owner:
        async with owner.transaction():
            await owner.execute("LOCK TABLE event_store.events IN ACCESS EXCLUSIVE MODE")
            async with asyncio.timeout(5):
                with pytest.raises(Unavailable):
                    await load(loader, PRODUCT)
        assert await version_of(loader, PRODUCT) == 0


async def test_a_session_that_was_ended_is_made_anew(database_url: str) -> None:
    async with a_loader(database_url) as loader, superuser(database_url) as owner:
        await column(
            owner,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'ordertrail loader'",
        )

        async def is_back() -> bool:
            try:
                return await version_of(loader, PRODUCT) == 0
            except Unavailable:
                return False

        await until(is_back)


async def test_what_was_known_of_another_log_is_forgotten(
    database_url: str, postgres_url: str, template_database: str
) -> None:
    """A failover or a restore may bring a log whose end is not the one that was known."""
    await insert_an_order(database_url, notes=3)
    name = database_url.rpartition("/")[2].partition("?")[0]
    async with a_loader(database_url) as loader:
        assert await version_of(loader, ORDER) == 4
        drop_database(postgres_url, name)
        clone = SQL("CREATE DATABASE {} TEMPLATE {}")
        execute(postgres_url, clone.format(Identifier(name), Identifier(template_database)))
        await insert_an_order(database_url, notes=1)

        async def is_what_the_log_says() -> bool:
            try:
                return await version_of(loader, ORDER) == 2
            except Unavailable:
                return False

        await until(is_what_the_log_says)
        assert loader.newest(ORDER)[0] == 2


async def test_who_waits_when_the_loader_closes_is_told(database_url: str) -> None:
    async with superuser(database_url) as owner, owner.transaction():
        await owner.execute("LOCK TABLE event_store.events IN ACCESS EXCLUSIVE MODE")
        async with a_loader(database_url) as loader:
            under_way = asyncio.create_task(load(loader, PRODUCT))
            await until(lambda: is_waiting_for_a_lock(owner))
            waiting = asyncio.create_task(load(loader, PRODUCT))
            await asyncio.sleep(0)
        for task in (under_way, waiting):
            with pytest.raises(Unavailable):
                await task


async def test_a_caller_who_leaves_does_not_disturb_the_others(database_url: str) -> None:
    async with a_loader(database_url) as loader:
        leaving = asyncio.create_task(load(loader, PRODUCT))
        staying = asyncio.create_task(load(loader, PRODUCT))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying).states[PRODUCT] == (0, None)
        assert leaving.cancelled()


async def test_never_scans_the_log_or_the_records_from_end_to_end(database_url: str) -> None:
    scans = (
        "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE"
        " schemaname = 'event_store' AND relname IN ('events', 'commands') ORDER BY relname"
    )
    async with superuser(database_url) as owner:
        for table in ("events", "commands"):
            await owner.execute(
                f"ALTER TABLE event_store.{table} SET (autovacuum_enabled = false)".encode()
            )
        before = await rows(owner, scans)
        async with an_appender(database_url) as appender, a_loader(database_url) as loader:
            for turn in range(6):
                skus = [f"S-{turn}-{n}" for n in range(500)]
                decisions = [
                    a_decision(a_registration(sku), envelope=an_envelope(sku)) for sku in skus
                ]
                await append_all(appender, decisions)
                answers = await asyncio.gather(
                    *(load(loader, product_stream(sku), key=sku) for sku in skus)
                )
                assert all(answer.record is not None for answer in answers)
            async with a_loader(database_url) as new:
                await asyncio.gather(*(load(new, f"product-S-{n}-7") for n in range(6)))
        analysed = await column(
            owner, "SELECT reltuples FROM pg_class WHERE relname IN ('events', 'commands')"
        )
        assert set(analysed) == {-1.0}
        await until(lambda: sessions_are_gone(owner))
        assert await rows(owner, scans) == before


async def is_waiting_for_a_lock(owner: Connection) -> bool:
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    return bool(await column(owner, query))


async def sessions_are_gone(owner: Connection) -> bool:
    """A session's counters are complete when it has ended."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'ordertrail%'"
    )
    return not await column(owner, query)
