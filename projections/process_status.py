"""Where does the fulfilment of each order stand, and which of them wait for people?

Key: the order. The view `stuck_orders` shows those that wait for people or take too long.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from domain.envelope import RecordedEvent
from domain.fulfilment_events import (
    FulfilmentAdvanced,
    FulfilmentEvent,
    FulfilmentStepRefused,
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    ManualInterventionRequired,
    Stage,
    TimerCancelled,
    TimerFired,
    TimerSet,
)
from domain.replace import replace
from projections.projection import Key, Projection

DEADLINES: Final = frozenset({"hold_sla", "ship_by", "delivery", "compensation"})
"""The first words of the timers by which something should have happened; when one of the others
fires, the process itself does something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTimer:
    """When the process wants to be woken, and what for."""

    timer: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTrouble:
    """A step that waits for people. Units: minor units."""

    step: str
    last_error: str
    money_at_risk_minor: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """The fulfilment of an order.

    Units: minor units of `currency`. `last_event` is what the process reacted to last; `timers` are
    those that are set, the next one first; `refusals` counts its commands that were refused.
    `overdue` are the deadlines that have passed in this stage, the first one first; `overdue_since`
    is the first of them, or when the process began to wait for people if that was earlier.
    """

    order_id: str
    customer_id: str
    currency: str
    placed_at: datetime
    stage: Stage
    stage_since: datetime
    last_event: str
    timers: tuple[StatusTimer, ...]
    next_timer: str | None
    next_due_at: datetime | None
    troubles: tuple[StatusTrouble, ...]
    is_stuck: bool
    money_at_risk_minor: int
    refusals: int
    last_refusal: str | None
    version: int
    recorded_at: datetime
    last_position: int
    overdue: tuple[StatusTimer, ...]
    overdue_since: datetime | None


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.order_id,),) if isinstance(data, FulfilmentEvent) else ()


def _evolve(row: ProcessStatus | None, event: RecordedEvent, _key: Key) -> ProcessStatus:
    data = event.data
    assert isinstance(data, FulfilmentEvent), f"{event.type} is about no fulfilment"
    if row is None:
        row = _begun(data, event)
    match data:
        case FulfilmentAdvanced():
            row = _advanced(row, data, event)
        case TimerSet() | TimerCancelled() | TimerFired():
            row = _timed(row, data)
        case ManualInterventionRequired() | FulfilmentStepRetried() | FulfilmentStepSkipped():
            row = _troubled(row, data, event)
        case FulfilmentStepRefused():
            row = replace(
                row, refusals=row.refusals + 1, last_refusal=f"{data.command_type}: {data.code}"
            )
        case _:
            pass
    return replace(
        row,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
        overdue_since=_overdue_since(row),
    )


def _begun(data: FulfilmentEvent, event: RecordedEvent) -> ProcessStatus:
    return ProcessStatus(
        order_id=data.order_id,
        customer_id=data.customer_id,
        currency=data.currency,
        placed_at=data.placed_at,
        stage=Stage.AWAITING_STOCK,
        stage_since=event.recorded_at,
        last_event="",
        timers=(),
        next_timer=None,
        next_due_at=None,
        troubles=(),
        is_stuck=False,
        money_at_risk_minor=0,
        refusals=0,
        last_refusal=None,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
        overdue=(),
        overdue_since=None,
    )


def _advanced(row: ProcessStatus, data: FulfilmentAdvanced, event: RecordedEvent) -> ProcessStatus:
    if data.stage is row.stage:
        return replace(row, last_event=data.input_type)
    return replace(
        row,
        stage=data.stage,
        stage_since=event.recorded_at,
        last_event=data.input_type,
        overdue=(),
    )


def _timed(row: ProcessStatus, data: TimerSet | TimerCancelled | TimerFired) -> ProcessStatus:
    timers = [each for each in row.timers if each.timer != data.timer]
    if isinstance(data, TimerFired):
        row = _missed(row, data.timer)
    elif isinstance(data, TimerCancelled):
        overdue = tuple(each for each in row.overdue if each.timer != data.timer)
        row = replace(row, overdue=overdue)
    else:
        timers.append(StatusTimer(timer=data.timer, due_at=data.due_at))
        timers.sort(key=lambda each: (each.due_at, each.timer))
    return replace(
        row,
        timers=tuple(timers),
        next_timer=timers[0].timer if timers else None,
        next_due_at=timers[0].due_at if timers else None,
    )


def _missed(row: ProcessStatus, timer: str) -> ProcessStatus:
    """Note a deadline that has passed; one that is watched again is late since the first time."""
    is_late = timer.partition(":")[0] in DEADLINES
    if not is_late or any(each.timer == timer for each in row.overdue):
        return row
    passed = tuple(each for each in row.timers if each.timer == timer)
    return replace(row, overdue=(*row.overdue, *passed))


def _troubled(
    row: ProcessStatus,
    data: ManualInterventionRequired | FulfilmentStepRetried | FulfilmentStepSkipped,
    event: RecordedEvent,
) -> ProcessStatus:
    troubles = [each for each in row.troubles if each.step != data.step]
    if isinstance(data, ManualInterventionRequired):
        troubles.append(
            StatusTrouble(
                step=data.step,
                last_error=data.last_error,
                money_at_risk_minor=data.money_at_risk_minor,
                since=event.recorded_at,
            )
        )
    return replace(
        row,
        troubles=tuple(troubles),
        is_stuck=bool(troubles),
        money_at_risk_minor=sum(each.money_at_risk_minor for each in troubles),
    )


def _overdue_since(row: ProcessStatus) -> datetime | None:
    passed = [each.due_at for each in row.overdue] + [each.since for each in row.troubles]
    return min(passed, default=None)


PROCESS_STATUS: Final = Projection(
    name="process_status",
    fold_version="2",
    row_type=ProcessStatus,
    key_columns=("order_id",),
    handles=frozenset(get_args(FulfilmentEvent)),
    keys=_keys,
    evolve=_evolve,
)
