"""How far are the orders of a load, and when is the last of them through?

The log is counted as it grows: positions are dense and in the order of commits, so every look
counts only what came after the one before.
"""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import psycopg

from benchmarks.made_logs import head_of
from cli.progress import moving_progress
from projections.registry import DEFAULT_GROUPS

LOOK_SECONDS: Final = 0.05
STILL_SECONDS_MAX: Final = 180
"""Longer than the process waits before it asks what became of a payment."""

PLACED: Final = "order-placed"
CONFIRMED: Final = "order-confirmed"
REJECTED: Final = "order-rejected"

_COUNT: Final = (
    "SELECT type, count(*), max(position) FROM event_store.events WHERE position > %s GROUP BY type"
)
_BY_INDEX: Final = "-c enable_seqscan=off -c max_parallel_workers_per_gather=0"
"""A log that grows so fast has no statistics, and would be read whole at every look."""
_FOLLOWED: Final = (
    "SELECT least(coalesce(min(c.position), 0), (SELECT min(position) FROM messaging.consumers))"
    " FROM read_models.checkpoints c"
    " JOIN read_models.generations g USING (projection, generation)"
    " WHERE g.state = 'live' AND c.projection = ANY (%s)"
)

Count = tuple[int, int]
"""How many are through, and how many have to be."""


class Tally:
    """How many events of each type have come into the log since this was made."""

    def __init__(self, database_url: str) -> None:
        """Begin at the head of the log as it is now."""
        self._database_url = database_url
        self.position = head_of(database_url)
        self.count: Counter[str] = Counter()

    def wait(self, doing: str, unit: str, through: Callable[[Counter[str]], Count]) -> float:
        """Wait until everything is through, with progress, and answer when that was seen.

        Where nothing more happens for three minutes, that is the end too: what is missing then is
        lost.

        Units: `time.perf_counter` seconds.
        """
        moved_at = time.monotonic()
        with (
            psycopg.connect(self._database_url, autocommit=True, options=_BY_INDEX) as connection,
            moving_progress(doing, unit) as move_to,
        ):
            while True:
                before = self.position
                self._look(connection)
                seen_at = time.perf_counter()
                done, total = through(self.count)
                move_to(done, total)
                if done >= total:
                    return seen_at
                if self.position > before:
                    moved_at = time.monotonic()
                if time.monotonic() > moved_at + STILL_SECONDS_MAX:
                    return seen_at
                time.sleep(LOOK_SECONDS)

    def _look(self, connection: psycopg.Connection) -> None:
        for event_type, count, last in connection.execute(_COUNT, (self.position,)).fetchall():
            self.count[event_type] += count
            self.position = max(self.position, last)


def orders_decided(count: Counter[str]) -> Count:
    """Count orders that are confirmed or rejected, against those that were placed."""
    return count[CONFIRMED] + count[REJECTED], count[PLACED]


def wait_until_at_rest(database_url: str) -> float:
    """Wait until the read models of `operational` and the process stand at the head of the log.

    Units: `time.perf_counter` seconds.

    Raises:
        TimeoutError: they stand still.
    """
    names = list(DEFAULT_GROUPS["operational"])
    position, moved_at = 0, time.monotonic()
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        moving_progress("Following", "events") as move_to,
    ):
        while time.monotonic() < moved_at + STILL_SECONDS_MAX:
            head, before = head_of(database_url), position
            row = connection.execute(_FOLLOWED, (names,)).fetchone()
            assert row is not None
            position = int(row[0])
            move_to(position, head)
            if position >= head:
                return time.perf_counter()
            if position > before:
                moved_at = time.monotonic()
            time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"something stands still at {position:,}")
