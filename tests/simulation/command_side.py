"""How does an API process of the simulation reach the log?

The real command handler and the real group appender, over a session that speaks to the database of
the simulation, and a loader that answers as `sql/loader.py` does: from a read that begins after it
was asked, or from a newer state that the process has committed itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from commands.handler import CommandHandler
from commands.pending import Outcome, PendingAppend
from commands.ports import CommandRecord, EventAppender, EventLoader, Loaded
from domain.errors import Unavailable
from domain.fold import State
from sql.append_call import append_columns, outcomes_of
from sql.appender import GroupAppender
from sql.state_cache import StateCache
from sql.stored_answer import decode_answer
from tests.simulation.append_model import Call, CommandRow
from tests.simulation.database import Database
from tests.simulation.network import Link
from tests.simulation.processes import Process, current_process

RESTART_SECONDS: Final = 0.2

Versioned = tuple[int, State | None]
Notify = Callable[[int], None]
MakeHandler = Callable[[EventLoader, EventAppender, str], CommandHandler]


def connection_lost(why: str) -> Exception:
    """Say it as psycopg does when a connection breaks: without an SQLSTATE."""
    return psycopg.OperationalError(why)


def call_of(batch: Sequence[PendingAppend]) -> Call:
    """Write a batch as the arguments of the model, by the code that writes those of `append_v1`."""
    columns = append_columns(batch)
    return Call(
        streams=list(columns.streams),
        principals=[each.principal for each in columns.envelopes],
        keys=[each.idempotency_key for each in columns.envelopes],
        fingerprints=[each.fingerprint for each in columns.envelopes],
        types=[each.decode() for each in columns.command_type],
        statuses=columns.status,
        answers=[None if each is None else each.decode() for each in columns.answer],
        metadata=[each.decode() for each in columns.metadata],
        claim_command=columns.claim_command,
        claim_stream=columns.claim_stream,
        claim_expected=columns.claim_expected,
        claim_after=columns.claim_after,
        event_claim=columns.event_claim,
        event_type=[each.decode() for each in columns.event_type],
        event_schema=columns.event_schema,
        event_data=[each.decode() for each in columns.event_data],
        event_occurred=columns.event_occurred,
    )


class SimulatedAppendSession:
    """A session of the model of `append_v1`."""

    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link
        self.log = database.identity

    async def append(self, batch: Sequence[PendingAppend]) -> list[Outcome]:
        """Commit a batch, and tell what became of each decision."""
        call = call_of(batch)
        return outcomes_of(await self._link.call(lambda: self._database.append(call)))

    async def close(self) -> None:
        """End the session."""
        self._link.close()


class SimulatedLoader:
    """Loads what is committed when the question arrives at the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = StateCache()
        self._link: Link | None = None
        self._log = ""

    async def load(self, principal: str, key: str, streams: Sequence[str]) -> Loaded:
        """Read the record of a key and the committed states of streams."""
        database = self._database
        try:
            if self._link is None or self._link.is_lost:
                self._link = await database.connect(current_process(), Unavailable)
                if database.identity != self._log:
                    self._cache.clear()
                    self._log = database.identity
            record, states = await self._link.call(
                lambda: (
                    database.log.commands.get((principal, key)),
                    {stream: _committed(database, stream) for stream in streams},
                )
            )
        except Unavailable:
            self._link = None
            raise
        for stream, (version, state) in states.items():
            if state is not None:
                self._cache.put(stream, version, state)
        return Loaded(None if record is None else recorded_command(record), states)

    def newest(self, stream: str) -> Versioned:
        """Tell the newest committed state that this process knows."""
        return self._cache.get(stream)

    def committed(self, stream: str, version: int, state: State) -> None:
        """Take note of a state that was just committed by this process."""
        self._cache.put(stream, version, state)


def _committed(database: Database, stream: str) -> Versioned:
    version = database.log.heads.get(stream, 0)
    return version, database.state(stream, version)


def recorded_command(row: CommandRow) -> CommandRecord:
    """Read a command's record as the loader does."""
    assert row.last_position is not None
    return CommandRecord(
        row.fingerprint,
        decode_answer(row.stream, row.version, row.last_position, row.status, row.answer),
    )


class CommandProcess:
    """An API process: a handler that anybody may ask once it has connected."""

    def __init__(self, database: Database, make_handler: MakeHandler, notify: Notify) -> None:
        self._database = database
        self._make_handler = make_handler
        self._notify = notify
        self.handler: CommandHandler | None = None

    async def main(self, process: Process) -> None:
        """Connect, trying again until it works, and serve."""
        appender = GroupAppender(
            "", role="api", on_commit=self._notify, connect=self._connect_to_append
        )
        while True:
            try:
                await appender.open()
                break
            except psycopg.OperationalError:
                await asyncio.sleep(RESTART_SECONDS)
        del process
        self.handler = self._make_handler(SimulatedLoader(self._database), appender, "simulation")

    async def _connect_to_append(self, _url: str, _role: str) -> SimulatedAppendSession:
        link = await self._database.connect(current_process(), connection_lost)
        return SimulatedAppendSession(self._database, link)
