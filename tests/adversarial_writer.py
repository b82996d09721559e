"""What does a process do that appends as badly as it can: with pauses, rollbacks and sudden ends?

`python -m tests.adversarial_writer ADDRESS` reads lives from standard input, a JSON line each
(`[seed, transactions, keys to send again]`), and forks a process for each. The process writes what
it is about to do and what was acknowledged to standard output, so that it survives its end:
`["tried", keys]`, `["acknowledged", key, first position, last position]`. When it has ended, its
parent writes `["ended", exit code or minus the signal]`.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
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
CONFLICT: Final = 2


def command_of(key: str) -> RawCommand:
    """Make the command of a key: always the same, so that it can be sent again."""
    events = random.Random(key).randint(1, 4)
    data = tuple(f'{{"sku":"{key}"}}' for _ in range(events))
    expected = 7 if key.startswith(REFUSED) else 0  # a version that never was
    return a_command(
        key, a_claim(f"product-{key}", expected, events=data), event_type="product-activated"
    )


def main(url: str) -> None:
    """Live the lives that standard input asks for, one after the other."""
    for line in sys.stdin:
        seed, transactions, again = json.loads(line)
        pid = os.fork()
        if pid == 0:
            write_badly(url, seed, transactions, again)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        tell("ended", os.waitstatus_to_exitcode(status))


def tell(*what: object) -> None:
    """Write a line at once and whole."""
    os.write(1, (json.dumps(what) + "\n").encode())


def write_badly(url: str, seed: str, transactions: int, again: Sequence[str]) -> None:
    """Send the commands `again` whose outcome nobody knows, then new ones, each with its fate."""
    chance = random.Random(seed)
    batches = [list(again)] if again else []
    batches += [
        [
            f"{REFUSED if chance.random() < 0.2 else 'key'}-{seed}-{number}-{n}"
            for n in range(chance.randint(1, 4))
        ]
        for number in range(transactions)
    ]
    connection = connect(url)
    for keys in batches:
        tell("tried", keys)
        if not append_with_fate(connection, keys, chance):
            connection = connect(url)


def append_with_fate(
    connection: psycopg.Connection[Any], keys: Sequence[str], chance: random.Random
) -> bool:
    """Append in a transaction that ends as chance wants; say whether there is still a session."""
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
                if outcomes[number] != CONFLICT:
                    tell("acknowledged", key, first[number], last[number])
        case "roll back":
            connection.rollback()
        case "drop the connection":
            connection.pgconn.finish()
        case "die before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            connection.pgconn.send_query(b"COMMIT")
            connection.pgconn.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    return not connection.closed


def connect(url: str) -> psycopg.Connection[Any]:
    """Connect as an API process does, to a session with transactions of its own."""
    return psycopg.connect(conninfo(url, role=f"{ROLE_PREFIX}_api", application="adversary"))


if __name__ == "__main__":
    main(sys.argv[1])
