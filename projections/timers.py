"""When do processes want to be woken?

Key: the order and the name of the timer. A timer that fired or was cancelled has no row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.envelope import RecordedEvent
from domain.fulfilment_events import TimerCancelled, TimerFired, TimerSet
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTimer:
    """A timer that is set."""

    order_id: str
    timer: str
    token: str
    due_at: datetime
    set_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    if isinstance(data, TimerSet | TimerCancelled | TimerFired):
        return ((data.order_id, data.timer),)
    return ()


def _evolve(row: ProcessTimer | None, event: RecordedEvent, _key: Key) -> ProcessTimer | None:
    data = event.data
    if isinstance(data, TimerSet):
        return ProcessTimer(
            order_id=data.order_id,
            timer=data.timer,
            token=data.token,
            due_at=data.due_at,
            set_at=event.recorded_at,
            last_position=event.position,
        )
    assert isinstance(data, TimerCancelled | TimerFired), f"{event.type} is about no timer"
    # Only this setting of the timer ends; one set since goes on.
    return None if row is None or row.token == data.token else row


TIMERS: Final = Projection(
    name="timers",
    fold_version="1",
    row_type=ProcessTimer,
    key_columns=("order_id", "timer"),
    handles=frozenset({TimerSet, TimerCancelled, TimerFired}),
    keys=_keys,
    evolve=_evolve,
)
