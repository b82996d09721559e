"""What can happen to the stock of a product at one place?

Stream `stock-<sku>@<location>`. Units: pieces. A reservation is soft until it is allocated; what
was promised without being there is backordered, and allocated when it comes.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItemRegistered:
    """The product is kept at the location from now on; there is none of it yet."""

    sku: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived:
    """Goods came in."""

    sku: str
    location: str
    movement_id: str
    quantity: int
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted:
    """Somebody corrected the number of pieces by `delta`."""

    sku: str
    location: str
    movement_id: str
    delta: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """Somebody counted the pieces; `delta` is what the books were wrong by."""

    sku: str
    location: str
    movement_id: str
    before: int
    counted: int
    delta: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyStockSet:
    """So many pieces are kept back from sale."""

    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderPolicySet:
    """So many pieces may be promised without being there, and come at about that time."""

    sku: str
    location: str
    limit: int
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReserved:
    """Pieces are kept for a line of an order until `expires_at`.

    Units: `asked_quantity` is what the line wants; what it does not get here is backordered.
    """

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    quantity: int
    asked_quantity: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBackordered:
    """Pieces that are not there are promised to a line of an order."""

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    quantity: int
    asked_quantity: int
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReservationExtended:
    """A reservation is kept for longer."""

    sku: str
    location: str
    reservation_id: str
    order_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAllocated:
    """What was reserved belongs to the order now; it no longer expires."""

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    quantity: int


class ReleaseReason(StrEnum):
    """Why pieces are given back."""

    CANCELLED = "cancelled"
    EDITED = "edited"
    MOVED = "moved"
    PAYMENT_FAILED = "payment_failed"
    SHORTED = "shorted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReservationReleased:
    """Pieces of a reservation are given back: promised ones first, allocated ones last.

    A parcel that moves gives back allocated ones alone. `asked_quantity` is what was asked for,
    None for all that was left.
    """

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    release_id: str
    asked_quantity: int | None
    from_backordered: int
    from_reserved: int
    from_allocated: int
    reason: ReleaseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReservationExpired:
    """What was reserved and not allocated in time may be sold to others; nobody waits for the rest.

    Units: `quantity` was there, `from_backordered` was promised beside it.
    """

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    quantity: int
    from_backordered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDeducted:
    """Allocated pieces left the building in a parcel."""

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    shipment_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockIssued:
    """Pieces left the building in a parcel of an order of the past; nothing was reserved for it.

    Units: `quantity` is what all lines of the order took of the product.
    """

    sku: str
    location: str
    order_id: str
    shipment_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderFilled:
    """Promised pieces are there and allocated to the order.

    `movement_id` names what brought them: a wish of its own by its id, or another operation
    (`movement/…`, `release/…`, `expiry/…`, `return/…`) that has it as a consequence.
    """

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    movement_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReturned:
    """Returned pieces went back to the shelf."""

    sku: str
    location: str
    return_id: str
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockQuarantined:
    """Returned pieces are here and may not be sold before somebody has looked at them."""

    sku: str
    location: str
    return_id: str
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockWrittenOff:
    """Returned pieces were thrown away."""

    sku: str
    location: str
    return_id: str
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevelLow:
    """What can be sold has fallen to the safety stock or below it."""

    sku: str
    location: str
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDepleted:
    """Nothing is left to be sold."""

    sku: str
    location: str
    available: int


StockEvent = (
    StockItemRegistered
    | StockReceived
    | StockAdjusted
    | StockCounted
    | SafetyStockSet
    | BackorderPolicySet
    | StockReserved
    | StockBackordered
    | StockReservationExtended
    | StockAllocated
    | StockReservationReleased
    | StockReservationExpired
    | StockDeducted
    | StockIssued
    | BackorderFilled
    | StockReturned
    | StockQuarantined
    | StockWrittenOff
    | StockLevelLow
    | StockDepleted
)
