"""Which orders are held, what for, and until when should somebody have decided?

Key: the order. An order that is held by nothing is no work: it has a row (`is_held` is false) only
while the risk of its payment may still matter, from the authorisation until the order is confirmed
or over, because a payment is authorised before the order is held for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never, get_args

from domain.about_order import AboutOrder, facts_of
from domain.envelope import RecordedEvent
from domain.fulfilment_events import TimerSet
from domain.order_events import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderExpired,
    OrderHeld,
    OrderHoldReleased,
    OrderRejected,
)
from domain.order_parts import HoldKind
from domain.payment_events import PaymentAuthorized
from domain.replace import replace
from projections.projection import Key, Projection

DEADLINE: Final = "hold_sla"
"""The timer by which a hold should have been decided."""

OrderIsOver = OrderCancelled | OrderRejected | OrderExpired | OrderCompleted
HoldEvent = (
    OrderHeld | OrderHoldReleased | OrderConfirmed | PaymentAuthorized | TimerSet | OrderIsOver
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    """A hold that nobody has decided, and who placed it."""

    hold_id: str
    kind: HoldKind
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOrder:
    """An order and its open holds, the oldest one first.

    `kind` and `held_at` are those of the oldest hold. `sla_at` is when it should have been decided,
    None where the process sets no deadline; `due_at`, by which the work is listed, is `held_at`
    then. `risk_score` is the highest of the order's payments, from 0 to 100.
    """

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    is_held: bool
    holds: tuple[OpenHold, ...]
    kind: HoldKind | None
    held_at: datetime | None
    sla_at: datetime | None
    due_at: datetime | None
    risk_score: int | None
    recorded_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    match data:
        case PaymentAuthorized(risk_score=None):
            return ()
        case TimerSet(timer=timer) if timer != DEADLINE:
            return ()
        case _:
            return ((data.order_id,),) if isinstance(data, HoldEvent) else ()


def _evolve(row: HeldOrder | None, event: RecordedEvent, _key: Key) -> HeldOrder | None:
    data = event.data
    assert isinstance(data, HoldEvent), f"{event.type} is about no hold"
    if isinstance(data, OrderIsOver):
        return None
    if row is None:
        if isinstance(data, OrderConfirmed | TimerSet):
            return None
        assert not isinstance(data, OrderHoldReleased), "an order is held before that is decided"
        row = _begun(data, event)
    row = _changed(row, data, event)
    may_be_held = row.risk_score is not None and not isinstance(data, OrderConfirmed)
    return _listed(row, event) if row.holds or may_be_held else None


def _begun(about: AboutOrder, event: RecordedEvent) -> HeldOrder:
    return HeldOrder(
        **facts_of(about),
        is_held=False,
        holds=(),
        kind=None,
        held_at=None,
        sla_at=None,
        due_at=None,
        risk_score=None,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _changed(
    row: HeldOrder,
    data: OrderHeld | OrderHoldReleased | OrderConfirmed | PaymentAuthorized | TimerSet,
    event: RecordedEvent,
) -> HeldOrder:
    match data:
        case OrderHeld():
            hold = OpenHold(
                hold_id=data.hold_id,
                kind=data.kind,
                placed_by=event.metadata.actor.id,
                placed_at=event.occurred_at,
            )
            return replace(row, holds=(*row.holds, hold))
        case OrderHoldReleased():
            holds = tuple(each for each in row.holds if each.hold_id != data.hold_id)
            return replace(row, holds=holds)
        case PaymentAuthorized():
            assert data.risk_score is not None
            return replace(row, risk_score=max(data.risk_score, row.risk_score or 0))
        case TimerSet():
            return replace(row, sla_at=data.due_at)
        case OrderConfirmed():
            return row
        case _:
            assert_never(data)


def _listed(row: HeldOrder, event: RecordedEvent) -> HeldOrder:
    """Answer the row with what follows from its holds."""
    first = row.holds[0] if row.holds else None
    sla_at = None if first is None else row.sla_at
    held_at = None if first is None else first.placed_at
    return replace(
        row,
        is_held=first is not None,
        kind=None if first is None else first.kind,
        held_at=held_at,
        sla_at=sla_at,
        due_at=sla_at or held_at,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


HOLDS_WORKLIST: Final = Projection(
    name="holds_worklist",
    fold_version="1",
    row_type=HeldOrder,
    key_columns=("order_id",),
    handles=frozenset(get_args(HoldEvent)),
    keys=_keys,
    evolve=_evolve,
)
