"""What do the tests of the log talk about: raw calls of `append_v1`, decisions, the gate?

Calls are written here in psycopg's own arrays and not through `sql/append_call.py`, so that the
function is tested by itself.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from aiomisc.pytest import TCPProxy

from commands.add_note import AddNote
from commands.envelope import Answer, CommandEnvelope
from commands.pending import Claim, Outcome, PendingAppend
from commands.ports import Loaded
from domain.envelope import Actor, ActorKind, Metadata
from domain.errors import OrderTrailError
from domain.events import stream_of
from domain.fold import State
from domain.product import ProductRegistered
from sql.appender import GroupAppender
from sql.codec import encode_data
from sql.connection import Connection, connect
from sql.loader import GroupLoader
from sql.store import Store, open_store
from tests.examples import IMPORT, NOW, ORDER_ID, STAFF, a_note, a_placed_order, a_shop, an_order
from tests.specification import Streams

ROLE_PREFIX: Final = "ordertrail"
ROLES: Final = ("log_owner", "api", "relay", "worker", "query")
PATIENCE_SECONDS: Final = 15.0

CALL: Final = """
SELECT * FROM event_store.append_v1(
    %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::smallint[], %s::text[],
    %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[],
    %s::text[], %s::smallint[], %s::text[], %s::timestamptz[])
"""
METADATA: Final = (
    '{"actor":{"kind":"staff","id":"jo"},"command_id":"c","correlation_id":"c",'
    '"code_version":"test"}'
)
_KINDS: Final = {1: "appended", 2: "conflict", 3: "duplicate"}
_numbers = itertools.count(1)


# Raw calls of append_v1 --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RawClaim:
    """A (command, stream) pair with the JSON texts of the events that it adds."""

    stream: str
    expected: int
    after: int
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCommand:
    """One command of a raw call."""

    key: str
    claims: tuple[RawClaim, ...]
    principal: str = "staff:jo"
    fingerprint: bytes = b"f" * 32
    type: str = "test-command"
    status: int = 200
    answer: str | None = None
    metadata: str = METADATA
    event_type: str = "test-event"
    occurred_at: datetime = NOW


@dataclass(frozen=True, slots=True)
class RawOutcome:
    """What `append_v1` says about one command."""

    kind: str
    actual_version: int | None = None
    first_position: int | None = None
    last_position: int | None = None


def a_claim(
    stream: str, expected: int = 0, *, after: int = 0, events: int | tuple[str, ...] = 1
) -> RawClaim:
    """Claim a stream at a version; `events` is how many are added, or their very texts."""
    if isinstance(events, int):
        events = tuple(f'{{"n":{number}}}' for number in range(1, events + 1))
    return RawClaim(stream=stream, expected=expected, after=after, events=events)


def a_command(key: str, *claims: RawClaim, **fields: object) -> RawCommand:
    """Make a command of a raw call."""
    return replace(RawCommand(key=key, claims=claims), **fields)


def raw_arguments(commands: tuple[RawCommand, ...]) -> tuple[list[Any], ...]:
    """Write a call as the seventeen arrays that `append_v1` takes."""
    streams = list(dict.fromkeys(claim.stream for item in commands for claim in item.claims))
    claims = [(number, claim) for number, item in enumerate(commands, 1) for claim in item.claims]
    events = [
        (number, index, text)
        for index, (number, claim) in enumerate(claims, 1)
        for text in claim.events
    ]
    return (
        streams,
        [item.principal for item in commands],
        [item.key for item in commands],
        [item.fingerprint for item in commands],
        [item.type for item in commands],
        [item.status for item in commands],
        [item.answer for item in commands],
        [item.metadata for item in commands],
        [number for number, _ in claims],
        [streams.index(claim.stream) + 1 for _, claim in claims],
        [claim.expected for _, claim in claims],
        [claim.after for _, claim in claims],
        [claim for _, claim, _ in events],
        [commands[number - 1].event_type for number, _, _ in events],
        [1] * len(events),
        [text for _, _, text in events],
        [commands[number - 1].occurred_at for number, _, _ in events],
    )


async def append(connection: Connection, *commands: RawCommand) -> list[RawOutcome]:
    """Call `append_v1` in whatever transaction the connection is in."""
    cursor = await connection.execute(CALL, raw_arguments(commands))
    row = await cursor.fetchone()
    assert row is not None
    kinds, actual, first, last, _ = row
    return [RawOutcome(_KINDS[kinds[n]], actual[n], first[n], last[n]) for n in range(len(kinds))]


def appended(first: int | None, last: int) -> RawOutcome:
    """Say that a command got these positions; None and the head for one without events."""
    return RawOutcome("appended", None, first, last)


def conflict(actual_version: int) -> RawOutcome:
    """Say that a command met another version, or another writer, than it was decided on."""
    return RawOutcome("conflict", actual_version)


DUPLICATE: Final = RawOutcome("duplicate")


# Connections, the gate, what is in the log -------------------------------------------------------


@asynccontextmanager
async def connected(url: str, role: str = "api", **settings: str) -> AsyncGenerator[Connection]:
    """Connect as a process of that role does."""
    connection = await connect(url, role=f"{ROLE_PREFIX}_{role}", application="test", **settings)
    async with connection:
        yield connection


@asynccontextmanager
async def superuser(url: str) -> AsyncGenerator[Connection]:
    """Connect as the user who owns the database."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


class Gate:
    """The gate of the log, held by a session of the test's own."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def wait_for_appends(self, count: int = 1) -> list[int]:
        """Wait until so many backends wait before the gate, and answer their process ids."""
        waiting: list[int] = []

        async def are_there() -> bool:
            waiting[:] = await column(
                self.connection,
                "SELECT pid FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
                " AND relation = 'event_store.append_gate'::regclass",
            )
            return len(waiting) >= count

        await until(are_there)
        return waiting

    async def open(self) -> None:
        """Let the appends through."""
        await self.connection.rollback()


@asynccontextmanager
async def closed_gate(url: str) -> AsyncGenerator[Gate]:
    """Hold the gate, so that nothing is appended; `append_v1` waits 2 s before it gives up."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("LOCK TABLE event_store.append_gate IN EXCLUSIVE MODE")
        gate = Gate(connection)
        try:
            yield gate
        finally:
            await gate.open()


@asynccontextmanager
async def a_proxy(url: str) -> AsyncGenerator[tuple[TCPProxy, str]]:
    """Put a proxy before PostgreSQL and answer it with the address that leads through it."""
    parts = urlsplit(url)
    async with TCPProxy(parts.hostname or "", parts.port or 5432) as proxy:
        through = parts._replace(
            netloc=f"{parts.username}:{parts.password}@{proxy.proxy_host}:{proxy.proxy_port}"
        )
        yield proxy, through.geturl()


async def column(connection: Connection, query: str, *values: object) -> list[Any]:
    """Read the first column of a query."""
    cursor = await connection.execute(query.encode(), values or None)
    return [row[0] for row in await cursor.fetchall()]


async def rows(connection: Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Read all rows of a query."""
    cursor = await connection.execute(query.encode(), values or None)
    return await cursor.fetchall()


async def log_of(url: str) -> list[tuple[int, str, int]]:
    """Read position, stream and version of everything in the log, by position."""
    async with superuser(url) as connection:
        query = "SELECT position, stream, version FROM event_store.events ORDER BY position"
        return await rows(connection, query)


async def assert_dense(url: str) -> int:
    """Check that positions are 1..N and versions 1..n in every stream, in that order; answer N."""
    versions: dict[str, int] = {}
    log = await log_of(url)
    assert [position for position, _, _ in log] == list(range(1, len(log) + 1))
    for _, stream, version in log:
        assert version == versions.get(stream, 0) + 1, stream
        versions[stream] = version
    return len(log)


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait until a condition holds; fail when it does not within PATIENCE_SECONDS."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return
        assert time.monotonic() < give_up_at, "the condition never held"
        await asyncio.sleep(0.01)


# Decisions and commands --------------------------------------------------------------------------


def next_number() -> int:
    """Give a number that no other call of this run has got."""
    return next(_numbers)


def an_envelope(key: str | None = None, **fields: object) -> CommandEnvelope:
    """Surround a request; without a key, with one of its own."""
    key = key or f"key-{next_number()}"
    envelope = CommandEnvelope(
        principal="staff:jo",
        idempotency_key=key,
        fingerprint=b"f" * 32,
        actor=Actor(ActorKind.STAFF, "jo"),
        command_id=f"command-{key}",
        correlation_id="correlation-1",
    )
    return replace(envelope, **fields)


def a_registration(sku: str, **fields: object) -> ProductRegistered:
    """Make the first event of a product's stream."""
    event = ProductRegistered(
        sku=sku, name="Mug", tax_class="zero", requires_shipping=False, returnable=True
    )
    return replace(event, **fields)


def a_decision(
    *events: ProductRegistered,
    expected: int = 0,
    after: PendingAppend | None = None,
    envelope: CommandEnvelope | None = None,
) -> PendingAppend:
    """Make a decision on the streams of these events, for an appender without a handler."""
    envelope = envelope or an_envelope()
    streams = list(dict.fromkeys(stream_of(event) for event in events))
    claims = tuple(
        Claim(stream, expected, None, after, tuple(e for e in events if stream_of(e) == stream))
        for stream in streams
    )
    return PendingAppend(
        envelope=envelope,
        command_type="register-product",
        metadata=Metadata(
            actor=envelope.actor,
            command_id=envelope.command_id,
            correlation_id=envelope.correlation_id,
            code_version="test",
        ),
        occurred_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        created=True,
        order_number=None,
        claims=claims,
        events=events,
        submitted_at=time.monotonic(),
        on_settled=lambda _: None,
    )


@asynccontextmanager
async def an_appender(url: str) -> AsyncGenerator[GroupAppender]:
    """Open an appender as an API process does, and close it at the end."""
    appender = GroupAppender(url, role="ordertrail_api")
    await appender.open()
    try:
        yield appender
    finally:
        await appender.close()


async def append_all(
    appender: GroupAppender, decisions: list[PendingAppend]
) -> list[Outcome | None]:
    """Submit everything before the appender gets a turn, and wait."""
    for decision in decisions:
        appender.submit(decision)
    await asyncio.gather(*(decision.wait() for decision in decisions))
    return [decision.outcome for decision in decisions]


@asynccontextmanager
async def a_store(url: str) -> AsyncGenerator[Store]:
    """Open the command side of a process."""
    async with open_store(url, role_prefix=ROLE_PREFIX, code_version="test") as store:
        yield store


class MeddlingLoader:
    """The loader of a process in which something happens after a load, before its decision."""

    def __init__(self, loader: GroupLoader, *meddling: Callable[[], Awaitable[object]]) -> None:
        self._loader = loader
        self._meddling = list(meddling)
        self.loads = 0

    async def load(self, principal: str, key: str, streams: Sequence[str]) -> Loaded:
        loaded = await self._loader.load(principal, key, streams)
        self.loads += 1
        if self._meddling:
            await self._meddling.pop(0)()
        return loaded

    def newest(self, stream: str) -> tuple[int, State | None]:
        return self._loader.newest(stream)

    def committed(self, stream: str, version: int, state: State) -> None:
        self._loader.committed(stream, version, state)


async def place_an_order(store: Store, order_id: str = ORDER_ID) -> Answer:
    """Register the blue mug and Ada, if that is not done, and import her order for two.

    An imported order is cancelled at once, by a command with two events.
    """
    for wish in a_shop():
        await store.handler.handle(wish, an_envelope())
    order = an_order(order_id=order_id, actor=STAFF, origin=IMPORT)
    return await store.handler.handle(order, an_envelope())


def notes(count: int, order_id: str = ORDER_ID) -> list[AddNote]:
    """Wish for so many different notes on an order."""
    return [
        a_note(order_id=order_id, note_id=f"note-{next_number()}", text=f"Note {number}")
        for number in range(1, count + 1)
    ]


async def outcome_of(answer: Awaitable[Answer]) -> Answer | OrderTrailError:
    """Wait for an answer or the error that stands in its place."""
    try:
        return await answer
    except OrderTrailError as error:
        return error


def a_foreign_note(version: int, order_id: str = ORDER_ID) -> RawCommand:
    """Add a note to the order, as another process would that decided at that version."""
    key = f"foreign-{next_number()}"
    streams = Streams()
    streams.record(a_placed_order(order_id=order_id))
    (event,) = streams.decide(a_note(order_id=order_id, note_id=key))
    claim = a_claim(stream_of(event), version, events=(encode_data(event).decode(),))
    return a_command(key, claim, type="add-note", event_type="order-note-added")
