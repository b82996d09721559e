"""How many pieces of a product are at a place, and how many of them can be sold?

Key: sku and location.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from domain.envelope import RecordedEvent
from domain.replace import replace
from domain.stock_events import (
    BackorderFilled,
    BackorderPolicySet,
    SafetyStockSet,
    StockAdjusted,
    StockAllocated,
    StockBackordered,
    StockCounted,
    StockDeducted,
    StockEvent,
    StockIssued,
    StockItemRegistered,
    StockQuarantined,
    StockReceived,
    StockReservationExpired,
    StockReservationReleased,
    StockReserved,
    StockReturned,
)
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAvailability:
    """The stock of a product at a location.

    Units: pieces; `available` can be sold and may be below zero after a count; `next_expected_at`
    is when what is short is expected. `version` is the place in the stock's stream.
    """

    sku: str
    location: str
    on_hand: int
    quarantined: int
    safety_stock: int
    reserved: int
    allocated: int
    backordered: int
    available: int
    backorder_limit: int
    next_expected_at: datetime | None
    version: int
    recorded_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.sku, data.location),) if isinstance(data, StockEvent) else ()


def _evolve(row: StockAvailability | None, event: RecordedEvent, _key: Key) -> StockAvailability:
    data = event.data
    assert isinstance(data, StockEvent), f"{event.type} touches no stock"
    if isinstance(data, StockItemRegistered):
        assert row is None, "a product is registered once at a location"
        row = _nothing_there(data, event)
    assert row is not None, "stock is registered before anything else happens to it"
    row = _counted(row, data)
    return replace(
        row,
        available=row.on_hand - row.quarantined - row.safety_stock - row.reserved - row.allocated,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _nothing_there(registered: StockItemRegistered, event: RecordedEvent) -> StockAvailability:
    return StockAvailability(
        sku=registered.sku,
        location=registered.location,
        on_hand=0,
        quarantined=0,
        safety_stock=0,
        reserved=0,
        allocated=0,
        backordered=0,
        available=0,
        backorder_limit=0,
        next_expected_at=None,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _counted(row: StockAvailability, data: StockEvent) -> StockAvailability:
    match data:
        case StockReceived() | StockReturned():
            return replace(row, on_hand=row.on_hand + data.quantity)
        case StockAdjusted() | StockCounted():
            return replace(row, on_hand=row.on_hand + data.delta)
        case StockQuarantined():
            return replace(
                row,
                on_hand=row.on_hand + data.quantity,
                quarantined=row.quarantined + data.quantity,
            )
        case SafetyStockSet():
            return replace(row, safety_stock=data.quantity)
        case BackorderPolicySet():
            return replace(row, backorder_limit=data.limit, next_expected_at=data.expected_at)
        case _:
            return _kept(row, data)


def _kept(row: StockAvailability, data: StockEvent) -> StockAvailability:
    on_hand = reserved = allocated = backordered = 0
    match data:
        case StockReserved():
            reserved = data.quantity
        case StockBackordered():
            backordered = data.quantity
        case StockAllocated():
            reserved, allocated = -data.quantity, data.quantity
        case StockReservationExpired():
            reserved, backordered = -data.quantity, -data.from_backordered
        case StockReservationReleased():
            reserved, allocated = -data.from_reserved, -data.from_allocated
            backordered = -data.from_backordered
        case StockDeducted() | StockIssued():
            on_hand = -data.quantity
            allocated = on_hand if isinstance(data, StockDeducted) else 0
        case BackorderFilled():
            backordered, allocated = -data.quantity, data.quantity
        case _:
            return row
    return replace(
        row,
        on_hand=row.on_hand + on_hand,
        reserved=row.reserved + reserved,
        allocated=row.allocated + allocated,
        backordered=row.backordered + backordered,
    )


STOCK_AVAILABILITY: Final = Projection(
    name="stock_availability",
    fold_version="1",
    row_type=StockAvailability,
    key_columns=("sku", "location"),
    handles=frozenset(get_args(StockEvent)),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({StockItemRegistered}),
)
