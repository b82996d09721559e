"""How is a repeated operation on a stock told from another one under the same id?

Whatever adds to or takes from a number carries the id of an operation (domain.md §1.1). A stock
keeps, per operation, a digest of what it was; `commands/` compares it with what is asked for.
"""

from typing import assert_never

from domain.digest import digest_of
from domain.stock_events import (
    StockAdjusted,
    StockCounted,
    StockQuarantined,
    StockReceived,
    StockReturned,
    StockWrittenOff,
)


def digest(operation: str, what: str) -> bytes:
    """Answer what is kept of an operation: as little however long its texts are."""
    return digest_of(operation, what)


def movement(movement_id: str) -> str:
    """Name the operation that moved pieces in or out."""
    return operation_name("movement", movement_id)


def deduction(reservation_id: str, shipment_id: str) -> str:
    """Name the operation by which a parcel took pieces of a reservation."""
    return operation_name("shipment", shipment_id, reservation_id)


def release(release_id: str) -> str:
    """Name the operation by which pieces of a reservation were given back."""
    return operation_name("release", release_id)


def expiry(reservation_id: str) -> str:
    """Name the operation by which a reservation ended that was not allocated in time."""
    return operation_name("expiry", reservation_id)


def fill(movement_id: str, reservation_id: str) -> str:
    """Name the operation by which a reservation got pieces that it waited for."""
    return operation_name("fill", movement_id, reservation_id)


def restocking(return_id: str, line_id: str) -> str:
    """Name the operation by which returned pieces of a line were dealt with."""
    return operation_name("return", return_id, line_id)


def moved(event: StockReceived | StockAdjusted | StockCounted) -> str:
    """Write what a movement was; what the books said before a count does not matter."""
    match event:
        case StockReceived():
            return f"received {event.quantity} {event.reference or ''}"
        case StockAdjusted():
            return f"adjusted {event.delta} {event.reason}"
        case StockCounted():
            return f"counted {event.counted}"
        case _:
            assert_never(event)


def deducted(quantity: int) -> str:
    """Write what a deduction was."""
    return f"deducted {quantity}"


def released(reservation_id: str, quantity: int | None) -> str:
    """Write what a release was; without a quantity, of all that was left."""
    return f"released {reservation_id} {'all' if quantity is None else quantity}"


def filled(quantity: int) -> str:
    """Write what a fill was."""
    return f"filled {quantity}"


def restocked(event: StockReturned | StockQuarantined | StockWrittenOff) -> str:
    """Write what became of returned pieces."""
    return f"{type(event).__name__} {event.quantity}"


def operation_name(kind: str, *ids: str) -> str:
    """Join ids so that other ids never come to the same name."""
    return "/".join((kind, *(each.replace("%", "%25").replace("/", "%2F") for each in ids)))
