"""How is a repeated operation on an order told from another one under the same id?

Whatever adds to or takes from a counter carries the id of an operation (domain.md §1.1). An order
keeps, per operation, a digest of what it was; `commands/` compares it with what is asked for.
"""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Final, Protocol

from domain.digest import digest_of
from domain.order_edit import EditOperation
from domain.order_parts import PaymentFactKind
from domain.stock_operations import operation_name

APPLIED: Final = "applied"
REJECTED: Final = "rejected"
"""How an edit ended: what is kept of the operation `edit_end`."""


class SomePieces(Protocol):
    """So many pieces of a line, wished for or dealt with."""

    @property
    def line_id(self) -> str:
        """Name the line."""
        ...

    @property
    def quantity(self) -> int:
        """Tell how many."""
        ...


def digest(operation: str, *what: str | None) -> bytes:
    """Answer what is kept of an operation: as little however long its texts are."""
    return digest_of(operation, *what)


def pieces(lines: Iterable[SomePieces]) -> str:
    """Write how many pieces of which lines an operation is about, in whatever order they stand."""
    return " ".join(sorted(f"{line.line_id}={line.quantity}" for line in lines))


def line_cancellation(cancellation_id: str) -> str:
    """Name the operation that cancelled pieces that somebody named."""
    return operation_name("cancellation", cancellation_id)


def rest_cancellation(cancellation_id: str) -> str:
    """Name the operation that cancelled whatever had not left of the order."""
    return operation_name("rest", cancellation_id)


def hold(hold_id: str) -> str:
    """Name the operation that held the order."""
    return operation_name("hold", hold_id)


def edit_texts(operations: Iterable[EditOperation]) -> tuple[str | None, ...]:
    """Write what an edit asks for, in the order given."""
    return tuple(
        None if value is None else str(value)
        for operation in operations
        for value in astuple(operation)
    )


def edit(edit_id: str) -> str:
    """Name the operation by which a change of the order was proposed."""
    return operation_name("edit", edit_id)


def edit_end(edit_id: str) -> str:
    """Name the operation by which a proposed change was applied or rejected."""
    return operation_name("edit-end", edit_id)


def backorder(operation_id: str) -> str:
    """Name the operation after which pieces were promised again."""
    return operation_name("backorder", operation_id)


def allocation(operation_id: str) -> str:
    """Name the operation that brought promised pieces."""
    return operation_name("allocation", operation_id)


def shipping(shipment_id: str) -> str:
    """Name the operation by which a parcel left."""
    return operation_name("shipping", shipment_id)


def delivery(shipment_id: str) -> str:
    """Name the operation by which a parcel arrived."""
    return operation_name("delivery", shipment_id)


def return_request(return_id: str) -> str:
    """Name the operation by which a return began."""
    return operation_name("return", return_id)


def return_end(return_id: str) -> str:
    """Name the operation by which a return was over."""
    return operation_name("return-end", return_id)


def acceptance(return_id: str) -> str:
    """Name the operation by which returned pieces were accepted."""
    return operation_name("acceptance", return_id)


def payment_fact(payment_id: str, kind: PaymentFactKind, operation_id: str) -> str:
    """Name what happened to a payment."""
    return operation_name("payment", payment_id, kind, operation_id)


def flag(stage: str, since: datetime) -> str:
    """Name the warning that a stage, begun at some time, takes too long."""
    return operation_name("flag", stage, since.astimezone(UTC).isoformat())
