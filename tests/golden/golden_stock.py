"""What do the stored events about stock mean?"""

from datetime import UTC, datetime
from typing import Any, Final

from domain.stock_events import (
    BackorderFilled,
    BackorderPolicySet,
    ReleaseReason,
    SafetyStockSet,
    StockAdjusted,
    StockAllocated,
    StockBackordered,
    StockCounted,
    StockDeducted,
    StockDepleted,
    StockEvent,
    StockIssued,
    StockItemRegistered,
    StockLevelLow,
    StockQuarantined,
    StockReceived,
    StockReservationExpired,
    StockReservationExtended,
    StockReservationReleased,
    StockReserved,
    StockReturned,
    StockWrittenOff,
)

PLACE: Final[dict[str, Any]] = {"sku": "MUG-BLUE", "location": "MAIN"}
ORDER_ID: Final = "0196a000-0000-7000-8000-0000000000d1"
SHIPMENT_ID: Final = "0196a000-0000-7000-8000-00000000005a"
RETURN_ID: Final = "0196a000-0000-7000-8000-00000000007e"
EXPIRES_AT: Final = datetime(2026, 5, 4, 10, 50, 0, 123456, tzinfo=UTC)
LATER: Final = datetime(2026, 5, 5, 10, 30, tzinfo=UTC)
FIRST: Final[dict[str, Any]] = {"reservation_id": "r1", "order_id": ORDER_ID, "line_id": "1"}
SECOND: Final[dict[str, Any]] = {"reservation_id": "r2", "order_id": ORDER_ID, "line_id": "2"}
THIRD: Final[dict[str, Any]] = {"reservation_id": "r3", "order_id": ORDER_ID, "line_id": "3"}

GOLDEN_STOCK: Final[dict[tuple[str, int], StockEvent]] = {
    ("stock-item-registered", 1): StockItemRegistered(**PLACE),
    ("stock-received", 1): StockReceived(
        **PLACE, movement_id="m1", quantity=10, reference="PO “4711”"
    ),
    ("stock-adjusted", 1): StockAdjusted(**PLACE, movement_id="m2", delta=-2, reason="broken"),
    ("stock-counted", 1): StockCounted(**PLACE, movement_id="m3", before=8, counted=9, delta=1),
    ("safety-stock-set", 1): SafetyStockSet(**PLACE, quantity=1),
    ("backorder-policy-set", 1): BackorderPolicySet(
        **PLACE, limit=1_000_000_000, expected_at=LATER
    ),
    ("stock-reserved", 1): StockReserved(
        **PLACE, **FIRST, quantity=8, asked_quantity=10, expires_at=EXPIRES_AT
    ),
    ("stock-backordered", 1): StockBackordered(
        **PLACE, **FIRST, quantity=2, asked_quantity=10, expected_at=LATER
    ),
    ("stock-reservation-extended", 1): StockReservationExtended(
        **PLACE, reservation_id="r1", order_id=ORDER_ID, expires_at=LATER
    ),
    ("stock-allocated", 1): StockAllocated(**PLACE, **FIRST, quantity=8),
    ("backorder-filled", 1): BackorderFilled(**PLACE, **FIRST, movement_id="m4", quantity=1),
    ("stock-deducted", 1): StockDeducted(**PLACE, **FIRST, shipment_id=SHIPMENT_ID, quantity=5),
    ("stock-issued", 1): StockIssued(
        **PLACE, order_id=ORDER_ID, shipment_id=SHIPMENT_ID, quantity=2
    ),
    ("stock-reservation-released", 1): StockReservationReleased(
        **PLACE,
        **FIRST,
        release_id="x1",
        asked_quantity=3,
        from_backordered=1,
        from_reserved=0,
        from_allocated=2,
        reason=ReleaseReason.PAYMENT_FAILED,
    ),
    ("stock-reservation-expired", 1): StockReservationExpired(
        **PLACE, **SECOND, quantity=1, from_backordered=1
    ),
    ("stock-returned", 1): StockReturned(**PLACE, return_id=RETURN_ID, line_id="1", quantity=1),
    ("stock-quarantined", 1): StockQuarantined(
        **PLACE, return_id=RETURN_ID, line_id="2", quantity=2
    ),
    ("stock-written-off", 1): StockWrittenOff(
        **PLACE, return_id=RETURN_ID, line_id="3", quantity=3
    ),
    ("stock-level-low", 1): StockLevelLow(**PLACE, available=1),
    ("stock-depleted", 1): StockDepleted(**PLACE, available=-1),
}
"""(stored type, schema version) -> the event that its file means."""

A_STOCK_LIFE: Final[list[StockEvent]] = [
    GOLDEN_STOCK["stock-item-registered", 1],
    GOLDEN_STOCK["stock-received", 1],
    GOLDEN_STOCK["stock-adjusted", 1],
    GOLDEN_STOCK["stock-counted", 1],
    GOLDEN_STOCK["safety-stock-set", 1],
    GOLDEN_STOCK["backorder-policy-set", 1],
    GOLDEN_STOCK["stock-reserved", 1],
    GOLDEN_STOCK["stock-backordered", 1],
    GOLDEN_STOCK["stock-depleted", 1],
    GOLDEN_STOCK["stock-reservation-extended", 1],
    GOLDEN_STOCK["stock-allocated", 1],
    GOLDEN_STOCK["backorder-filled", 1],
    GOLDEN_STOCK["stock-deducted", 1],
    GOLDEN_STOCK["stock-reservation-released", 1],
    StockReserved(**PLACE, **SECOND, quantity=1, asked_quantity=2, expires_at=EXPIRES_AT),
    StockBackordered(**PLACE, **SECOND, quantity=1, asked_quantity=2),
    GOLDEN_STOCK["stock-reservation-expired", 1],
    GOLDEN_STOCK["stock-returned", 1],
    GOLDEN_STOCK["stock-quarantined", 1],
    GOLDEN_STOCK["stock-written-off", 1],
    StockReserved(**PLACE, **THIRD, quantity=1, asked_quantity=1, expires_at=LATER),
    StockBackordered(
        **PLACE, reservation_id="r4", order_id=ORDER_ID, line_id="4", quantity=2, asked_quantity=2
    ),
]
"""A stock with every kind of reservation: closed, expired, open and waiting."""
