"""What can be refused about stock, and under which stable code?"""

from domain.errors import Refusal


class StockItemNotFound(Refusal):
    """The product is not kept at this location."""

    code = "stock_item_not_found"


class InsufficientStock(Refusal):
    """There are not enough pieces; the items tell what was asked for and what can be sold."""

    code = "insufficient_stock"


class StockNegative(Refusal):
    """There cannot be fewer than no pieces."""

    code = "stock_negative"


class ReservationNotFound(Refusal):
    """The stock has no such reservation, or nothing of it is left."""

    code = "reservation_not_found"


class ReservationConflict(Refusal):
    """The reservation says something else."""

    code = "reservation_conflict"


class ReservationExpired(Refusal):
    """The reservation was not allocated in time."""

    code = "reservation_expired"


class AllocationExceeded(Refusal):
    """More pieces would leave than are allocated."""

    code = "allocation_exceeded"
