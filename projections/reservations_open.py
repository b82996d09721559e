"""Which pieces are kept or promised for which orders, until when, and which of them are missing?

Key: sku, location and reservation. A reservation of which nothing is left has no row. The view
`backorder_queue` shows those that wait for pieces.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never, get_args

from domain.envelope import RecordedEvent
from domain.replace import replace
from domain.stock_events import (
    BackorderFilled,
    StockAllocated,
    StockBackordered,
    StockDeducted,
    StockReservationExpired,
    StockReservationExtended,
    StockReservationReleased,
    StockReserved,
)
from projections.projection import Key, Projection

ReservationEvent = (
    StockReserved
    | StockBackordered
    | StockReservationExtended
    | StockAllocated
    | StockReservationReleased
    | StockReservationExpired
    | StockDeducted
    | BackorderFilled
)


class ReservationState(StrEnum):
    """How firm a reservation is; of several parts the one that is least so counts."""

    RESERVED = "reserved"
    BACKORDERED = "backordered"
    ALLOCATED = "allocated"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReservation:
    """What is kept, or promised, for a line of an order.

    Units: pieces; `asked` is what the line wanted. `reserved_position` is the event that began it:
    who comes first is served first. `promised_at` is when missing pieces were expected, as the
    customer was told.
    """

    reservation_id: str
    sku: str
    location: str
    order_id: str
    line_id: str
    state: ReservationState
    asked: int
    reserved: int
    backordered: int
    allocated: int
    reserved_at: datetime
    reserved_position: int
    expires_at: datetime | None
    promised_at: datetime | None
    recorded_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    if isinstance(data, ReservationEvent):
        return ((data.sku, data.location, data.reservation_id),)
    return ()


def _evolve(row: OpenReservation | None, event: RecordedEvent, _key: Key) -> OpenReservation | None:
    data = event.data
    assert isinstance(data, ReservationEvent), f"{event.type} is about no reservation"
    if row is None:
        assert isinstance(data, StockReserved | StockBackordered), "it begins with its pieces"
        row = _begun(data, event)
    row = _counted(row, data)
    assert min(row.reserved, row.backordered, row.allocated) >= 0
    if not row.reserved + row.backordered + row.allocated:
        return None
    return replace(
        row,
        state=_state_of(row),
        expires_at=row.expires_at if row.reserved else None,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _begun(data: StockReserved | StockBackordered, event: RecordedEvent) -> OpenReservation:
    return OpenReservation(
        reservation_id=data.reservation_id,
        sku=data.sku,
        location=data.location,
        order_id=data.order_id,
        line_id=data.line_id,
        state=ReservationState.RESERVED,
        asked=data.asked_quantity,
        reserved=0,
        backordered=0,
        allocated=0,
        reserved_at=event.recorded_at,
        reserved_position=event.position,
        expires_at=None,
        promised_at=None,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _counted(row: OpenReservation, data: ReservationEvent) -> OpenReservation:
    match data:
        case StockReserved():
            return replace(row, reserved=data.quantity, expires_at=data.expires_at)
        case StockBackordered():
            return replace(row, backordered=data.quantity, promised_at=data.expected_at)
        case StockReservationExtended():
            return replace(row, expires_at=data.expires_at)
        case _:
            reserved, backordered, allocated = _moved(data)
            return replace(
                row,
                reserved=row.reserved + reserved,
                backordered=row.backordered + backordered,
                allocated=row.allocated + allocated,
            )


def _moved(
    data: StockAllocated
    | StockReservationReleased
    | StockReservationExpired
    | StockDeducted
    | BackorderFilled,
) -> tuple[int, int, int]:
    """Tell by how many pieces each part changes: what is reserved, backordered, allocated."""
    match data:
        case StockAllocated():
            return -data.quantity, 0, data.quantity
        case StockReservationReleased():
            return -data.from_reserved, -data.from_backordered, -data.from_allocated
        case StockReservationExpired():
            return -data.quantity, -data.from_backordered, 0
        case StockDeducted():
            return 0, 0, -data.quantity
        case BackorderFilled():
            return 0, -data.quantity, data.quantity
        case _:
            assert_never(data)


def _state_of(row: OpenReservation) -> ReservationState:
    if row.reserved:
        return ReservationState.RESERVED
    return ReservationState.BACKORDERED if row.backordered else ReservationState.ALLOCATED


RESERVATIONS_OPEN: Final = Projection(
    name="reservations_open",
    fold_version="1",
    row_type=OpenReservation,
    key_columns=("sku", "location", "reservation_id"),
    handles=frozenset(get_args(ReservationEvent)),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({StockReserved}),
)
