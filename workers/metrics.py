"""What has a worker done so far, for the people who watch it?

Plain counters that a loop increments, written as one log line whenever they have changed.
"""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog

_LOG: Final = structlog.get_logger("ordertrail.metrics")


@dataclass(slots=True)
class RelayCounters:
    """What the relay did.

    Units: `checkpoint` is a position, `confirm_seconds` the sum over all slices from publishing to
    the confirm, the others count since the start.
    """

    slices: int = 0
    events: int = 0
    returned: int = 0
    failures: int = 0
    blocked: int = 0
    checkpoint: int = 0
    confirm_seconds: float = 0.0


@dataclass(slots=True)
class FollowerCounters:
    """What a follower did.

    Units: events or messages since the start; `position`, `lag_events` and `parked`, the rows and
    streams that are parked, are those of now.
    """

    batches: int = 0
    events: int = 0
    from_store: int = 0
    healed_gap: int = 0
    healed_idle: int = 0
    withheld_read: int = 0
    duplicates: int = 0
    other_log: int = 0
    dead_letters: int = 0
    handed_back: int = 0
    attached: int = 0
    failures: int = 0
    position: int = 0
    lag_events: int = 0
    parked: int = 0


async def report_for_ever(
    what: str, counters: RelayCounters | FollowerCounters, seconds: float, **labels: str
) -> None:
    """Log the counters every `seconds` while they change, and once more at the end."""
    last: dict[str, Any] = asdict(type(counters)())
    ends = False
    while not ends:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ends = True
        now = asdict(counters)
        if now != last:
            _LOG.info(what, **labels, **now)
            last = now
