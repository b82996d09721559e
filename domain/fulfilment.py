"""The fulfilment of an order: where does the process stand, and what does it wait for?

Stream `fulfilment-<order id>`; its events stand in `fulfilment_events.py`. What the order, its
payments and its shipments have come to stands in their own states.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from immutables import Map

from domain.about_order import AboutOrder, facts_of
from domain.fulfilment_events import (
    FulfilmentAdvanced,
    FulfilmentEvent,
    FulfilmentShipmentPlanned,
    FulfilmentStepRefused,
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    FulfilmentStepTried,
    FulfilmentStockKept,
    KeptPieces,
    ManualInterventionRequired,
    Stage,
    StockReservationRejected,
    TimerCancelled,
    TimerFired,
    TimerSet,
)
from domain.replace import replace

ENDED: Final = frozenset(
    {Stage.RECORDED, Stage.REJECTED, Stage.EXPIRED, Stage.CANCELLED, Stage.COMPLETED}
)


@dataclass(frozen=True, slots=True)
class Timer:
    """When the process wants to be woken."""

    token: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that an operator has to see to. Units: minor units."""

    last_error: str
    money_at_risk_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment(AboutOrder):
    """A fulfilment as its events left it.

    Shape: `kept` by reservation id; `shipments` in the order in which they were planned; `tries`
    counts how often a step was refused or retried; `timers_set` how many timers there have been.
    """

    stage: Stage
    stage_since: datetime | None = None
    handled_position: int
    kept: Map[str, KeptPieces]
    shipments: tuple[str, ...] = ()
    timers: Map[str, Timer]
    timers_set: int = 0
    tries: Map[str, int]
    troubles: Map[str, Trouble]

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing but late facts can come."""
        return self.stage in ENDED

    @property
    def is_over(self) -> bool:
        """Tell whether the order is, or is being, undone, or has ended."""
        return self.has_ended or self.stage is Stage.COMPENSATING


def evolve_fulfilment(state: Fulfilment | None, event: FulfilmentEvent) -> Fulfilment:
    """Answer the fulfilment after the event."""
    if state is None:
        state = Fulfilment(
            **facts_of(event),
            stage=Stage.AWAITING_STOCK,
            handled_position=0,
            kept=Map(),
            timers=Map(),
            tries=Map(),
            troubles=Map(),
        )
    match event:
        case FulfilmentAdvanced():
            assert event.input_position > state.handled_position
            return replace(
                state,
                stage=event.stage,
                stage_since=event.stage_since,
                handled_position=event.input_position,
            )
        case FulfilmentStockKept():
            kept = state.kept.update({each.reservation_id: each for each in event.kept})
            return replace(state, kept=kept)
        case FulfilmentShipmentPlanned():
            return replace(state, shipments=(*state.shipments, event.shipment_id))
        case TimerSet() | TimerCancelled() | TimerFired():
            return _timed(state, event)
        case _:
            return _troubled(state, event)


def _timed(state: Fulfilment, event: TimerSet | TimerCancelled | TimerFired) -> Fulfilment:
    if isinstance(event, TimerSet):
        timers = state.timers.set(event.timer, Timer(event.token, event.due_at))
        return replace(state, timers=timers, timers_set=state.timers_set + 1)
    assert state.timers[event.timer].token == event.token
    return replace(state, timers=state.timers.delete(event.timer))


def _troubled(
    state: Fulfilment,
    event: StockReservationRejected
    | FulfilmentStepRefused
    | FulfilmentStepTried
    | ManualInterventionRequired
    | FulfilmentStepRetried
    | FulfilmentStepSkipped,
) -> Fulfilment:
    match event:
        case StockReservationRejected() | FulfilmentStepRefused():
            return state
        case FulfilmentStepTried():
            number = state.tries.get(event.step, 0) + 1
            return replace(state, tries=state.tries.set(event.step, number))
        case ManualInterventionRequired():
            trouble = Trouble(event.last_error, event.money_at_risk_minor)
            return replace(state, troubles=state.troubles.set(event.step, trouble))
        case FulfilmentStepRetried() | FulfilmentStepSkipped():
            return replace(state, troubles=state.troubles.delete(event.step))
        case _:
            assert_never(event)
