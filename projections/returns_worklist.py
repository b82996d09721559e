"""What shall come back, what did, and what does the customer get for it?

Key: the return.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from domain.about_order import facts_of
from domain.envelope import RecordedEvent
from domain.replace import replace
from domain.return_events import (
    AboutReturn,
    ReturnApproved,
    ReturnCreditReleased,
    ReturnCreditUsed,
    ReturnEvent,
    ReturnInspected,
    ReturnReason,
    ReturnReceived,
    ReturnRequested,
    ReturnResolution,
)
from domain.return_request import STATUS_AFTER, ReturnStatus
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistLine:
    """A line of a return. Units: pieces; `received` = `accepted` + `rejected` once inspected."""

    line_id: str
    sku: str
    quantity: int
    reason_code: ReturnReason
    received: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistReturn:
    """A return and how far it has come.

    Units: minor units of `currency`; `requested_at` is business time, `version` the place in the
    return's stream. `credit_minor` is what an order can still be paid with, `credit_used_by` the
    order that was.
    """

    return_id: str
    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    status: ReturnStatus
    requested_at: datetime
    send_by: datetime | None
    resolution: ReturnResolution
    lines: tuple[WorklistLine, ...]
    refund_due_minor: int | None
    version: int
    recorded_at: datetime
    last_position: int
    credit_minor: int
    credit_used_by: str | None


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.return_id,),) if isinstance(data, AboutReturn) else ()


def _evolve(row: WorklistReturn | None, event: RecordedEvent, _key: Key) -> WorklistReturn:
    data = event.data
    assert isinstance(data, ReturnEvent), f"{event.type} touches no return"
    if isinstance(data, ReturnRequested):
        assert row is None, "a return is requested once"
        return _requested(data, event)
    assert row is not None, "a return is requested before anything else happens to it"
    return replace(
        _moved(row, data),
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _requested(requested: ReturnRequested, event: RecordedEvent) -> WorklistReturn:
    return WorklistReturn(
        **facts_of(requested),
        return_id=requested.return_id,
        status=ReturnStatus.REQUESTED,
        requested_at=event.occurred_at,
        send_by=None,
        resolution=requested.resolution,
        lines=tuple(
            WorklistLine(
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                reason_code=line.reason_code,
            )
            for line in requested.lines
        ),
        refund_due_minor=None,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
        credit_minor=0,
        credit_used_by=None,
    )


def _moved(row: WorklistReturn, data: ReturnEvent) -> WorklistReturn:
    match data:
        case ReturnApproved():
            return replace(row, status=ReturnStatus.APPROVED, send_by=data.send_by)
        case ReturnReceived():
            lines = row.lines
            for part in data.lines:
                lines = _counted(lines, part.line_id, {"received": part.quantity})
            return replace(row, status=ReturnStatus.RECEIVED, lines=lines)
        case ReturnInspected():
            lines = row.lines
            for each in data.lines:
                told = {"accepted": each.accepted, "rejected": each.rejected}
                lines = _counted(lines, each.line_id, told)
            return replace(
                row,
                status=ReturnStatus.INSPECTED,
                lines=lines,
                refund_due_minor=data.refund_due.total_minor,
                credit_minor=data.credit_minor,
            )
        case ReturnCreditUsed():
            return replace(row, credit_minor=0, credit_used_by=data.used_by)
        case ReturnCreditReleased():
            return replace(row, credit_minor=0)
        case _:
            return replace(row, status=STATUS_AFTER[type(data)])


def _counted(
    lines: tuple[WorklistLine, ...], line_id: str, told: Mapping[str, int]
) -> tuple[WorklistLine, ...]:
    """Add pieces to the numbers of a line."""
    return tuple(
        replace(line, **{name: getattr(line, name) + pieces for name, pieces in told.items()})
        if line.line_id == line_id
        else line
        for line in lines
    )


RETURNS_WORKLIST: Final = Projection(
    name="returns_worklist",
    fold_version="2",
    row_type=WorklistReturn,
    key_columns=("return_id",),
    handles=frozenset(get_args(ReturnEvent)),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({ReturnRequested}),
)
