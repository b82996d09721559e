"""Which small shop do the tests of `ordertrail check` corrupt, and what is found in it?

Twelve events: the catalogue and Ada are 1 to 5; order A is placed at 6 and noted at 7, order B
placed at 8, noted at 9 and cancelled by 10 and 11, order C placed at 12. All are imported.
"""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import psycopg

from commands.cancel_order import CancelOrder
from commands.registry import Command
from sql.checks.run import Checked, check
from sql.connection import Connection
from sql.log import read_log_events
from tests.examples import CUSTOMER_ID, IMPORT, STAFF, a_cancellation, a_note, a_shop, an_order
from tests.examples_log import a_store, an_envelope
from tests.projecting import PROJECTIONS, active_session, group, make_tables, worker_connection

CUSTOMER: Final = CUSTOMER_ID
A, B, C = (str(uuid.UUID(int=number)) for number in (0xA, 0xB, 0xC))
NOTE: Final = "Ring the canary twice"

Found = tuple[str, str, str]
"""The name of a check, the code of a difference, its place."""


async def open_checked_shop(database_url: str) -> None:
    """Let the twelve events happen, and project them."""
    await make_tables(database_url)
    wishes = list[Command](a_shop())
    for number, order_id in enumerate((A, B, C), 1):
        order_number = f"W26-000000{number}-X"
        wishes.append(
            an_order(
                order_id=order_id,
                order_number=order_number,
                fingerprint=order_id,
                actor=STAFF,
                origin=IMPORT,
            )
        )
        if order_id != C:
            wishes.append(a_note(order_id=order_id, note_id=f"note-{number}", text=NOTE))
        if order_id == B:
            wishes.append(a_cancellation(order_id=order_id))
    async with a_store(database_url) as store:
        for number, wish in enumerate(wishes, 1):
            version = 2 if isinstance(wish, CancelOrder) else None
            envelope = an_envelope(f"wish-{number}", expected_version=version)
            await store.handler.handle(wish, envelope)
    await project(database_url)


async def project(database_url: str) -> None:
    """Bring every read table to the head of the log."""
    async with worker_connection(database_url) as connection:
        events = await read_log_events(connection, 0, 5_000)
    for name in ("operational", "analytics"):
        async with active_session(database_url, group(name), name) as session:
            await session.apply(events[session.position :])


@asynccontextmanager
async def tampering(database_url: str) -> AsyncGenerator[Connection]:
    """Connect as the superuser whom no trigger stops any more."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        for table in ("events", "commands"):
            statement = f"ALTER TABLE event_store.{table} DISABLE TRIGGER USER"
            await connection.execute(statement.encode())
        yield connection


async def found_in(database_url: str) -> list[Found]:
    """Check a database, and answer what is wrong with it."""
    return found_by(await check(database_url, PROJECTIONS))


def found_by(checked: Checked) -> list[Found]:
    """Answer what a check found."""
    for each in checked.findings:
        assert each.count == len(each.differences), each.name
    return [
        (each.name, one.code, one.place) for each in checked.findings for one in each.differences
    ]
