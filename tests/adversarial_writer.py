"""What does a process do that appends as badly as it can: with pauses, rollbacks and sudden ends?

It runs as a process of its own and tells through a pipe what it is about to do (`Tried`) and what
was acknowledged (`Acknowledged`), so that what was told survives its end.
"""

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final

import psycopg

from sql.connection import conninfo
from tests.examples_log import CALL, ROLE_PREFIX, RawCommand, a_claim, a_command, raw_arguments

PAUSE_SECONDS_MAX: Final = 0.012
FATES: Final = (
    *["commit"] * 12,
    *["roll back"] * 3,
    *["drop the connection"] * 2,
    "die before the commit",
    "die after the commit was sent",
)
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Tried:
    """The process is about to append these commands, by their keys."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The database said that a command is committed; its positions, if it says them."""

    key: str
    first_position: int | None
    last_position: int | None


def command_of(key: str) -> RawCommand:
    """Make the command of a key: always the same, so that it can be sent again."""
    events = random.Random(key).randint(1, 4)
    data = tuple(f'{{"sku":"{key}"}}' for _ in range(events))
    expected = 7 if key.startswith(REFUSED) else 0  # a version that never was
    return a_command(
        key, a_claim(f"product-{key}", expected, events=data), event_type="product-activated"
    )


def write_badly(url: str, seed: str, transactions: int, again: Sequence[str], pipe: Pipe) -> None:
    """Send the commands `again` whose outcome nobody knows, then new ones, each with its fate."""
    chance = random.Random(seed)
    connection = connect(url)
    batches = [list(again)] if again else []
    batches += [
        [
            f"{REFUSED if chance.random() < 0.2 else 'key'}-{seed}-{number}-{n}"
            for n in range(chance.randint(1, 4))
        ]
        for number in range(transactions)
    ]
    for keys in batches:
        pipe.send(Tried(tuple(keys)))
        connection = append_with_fate(connection, url, keys, chance, pipe)
    connection.close()


def append_with_fate(
    connection: psycopg.Connection[Any],
    url: str,
    keys: Sequence[str],
    chance: random.Random,
    pipe: Pipe,
) -> psycopg.Connection[Any]:
    """Append in a transaction that ends as chance wants; answer the connection to go on with."""
    fate = chance.choice(FATES)
    commands = tuple(command_of(key) for key in keys)
    row = connection.execute(CALL, raw_arguments(commands)).fetchone()
    assert row is not None
    time.sleep(chance.choice((0.0, 0.0, PAUSE_SECONDS_MAX)) * chance.random())
    match fate:
        case "commit":
            connection.commit()
            outcomes, _, first, last, _ = row
            for number, key in enumerate(keys):
                if outcomes[number] != 2:  # a conflict
                    pipe.send(Acknowledged(key, first[number], last[number]))
        case "roll back":
            connection.rollback()
        case "drop the connection":
            connection.pgconn.finish()
            return connect(url)
        case "die before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            connection.pgconn.send_query(b"COMMIT")
            connection.pgconn.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    return connection


def connect(url: str) -> psycopg.Connection[Any]:
    """Connect as an API process does, to a session with transactions of its own."""
    return psycopg.connect(conninfo(url, role=f"{ROLE_PREFIX}_api", application="adversary"))
