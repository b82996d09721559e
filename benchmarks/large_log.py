"""A8: does appending become slower when the log is large?

The same appender as in A1 on two databases of one server: an empty log, and one that is filled
with single-event streams and their command records first. Once with ids in order of time (UUIDv7),
which is what clients are asked to send, and once with random ones. Rounds taken in turn.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import uvloop

from benchmarks.append import ROLE_PREFIX, append_rate
from benchmarks.figures import Figure, median, say
from benchmarks.made_logs import fill_with_notes, settle
from benchmarks.payload import payload_text
from sql.migrate import migrate_up


@dataclass(frozen=True, slots=True)
class LargeLog:
    """How much is measured: events filled in, commands per round of each side, rounds."""

    events: int
    commands: int
    rounds: int


def measure_large_log(new_database: Callable[[str], str], sizes: LargeLog) -> list[Figure]:
    """Measure A8; `new_database` makes an empty database of a name."""
    return [
        _measure(new_database, sizes, random_ids=False),
        _measure(new_database, sizes, random_ids=True),
    ]


def _measure(new_database: Callable[[str], str], sizes: LargeLog, *, random_ids: bool) -> Figure:
    ids = "random" if random_ids else "ordered"
    empty, full = new_database(f"empty_log_{ids}"), new_database(f"large_log_{ids}")
    for url in (empty, full):
        asyncio.run(migrate_up(url, ROLE_PREFIX))
    fill_with_notes(full, sizes.events, random_ids=random_ids)
    settle(full)
    rates: dict[str, list[float]] = {empty: [], full: []}
    for url in (empty, full):  # warms up
        uvloop.run(append_rate(url, sizes.commands // 4, random_ids=random_ids))
    for number in range(1, sizes.rounds + 1):
        for url, of_url in rates.items():
            of_url.append(uvloop.run(append_rate(url, sizes.commands, random_ids=random_ids)))
        say(
            f"append with {ids} ids, round {number}: {rates[full][-1]:,.0f}/s onto"
            f" {sizes.events:,} events, {rates[empty][-1]:,.0f}/s onto none"
        )
    data, metadata = payload_text()
    return Figure(
        f"A8_append_to_large_log_{ids}_ids_commands_per_second",
        round(median(rates[full])),
        "commands/s",
        round(median(rates[empty])),
        "the same onto an empty log",
        sizes.commands * sizes.rounds,
        f"onto {sizes.events:,} events, {'UUIDv4' if random_ids else 'UUIDv7'} streams and keys;"
        f" 1 event, data {len(data)} B, metadata {len(metadata)} B, and its command record",
    )
