"""How is a repeated operation on a shipment told from another one under the same id?

Each kind of operation has names of its own: a carrier may number its attempts like its sightings. A
shipment keeps a digest of what an operation was; `commands/` compares it with what is asked for.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from domain.stock_operations import operation_name


class Pieces(Protocol):
    """So many pieces of a line, as a wish or in a shipment."""

    @property
    def line_id(self) -> str:
        """Which line."""
        ...

    @property
    def quantity(self) -> int:
        """How many pieces."""
        ...


class Sighting(Protocol):
    """What a carrier tells of a parcel, as a wish or as an event."""

    @property
    def status(self) -> str:
        """What the carrier calls it."""
        ...

    @property
    def seen_at(self) -> datetime:
        """When that was."""
        ...

    @property
    def place(self) -> str | None:
        """Where that was."""
        ...


def shorting(short_id: str) -> str:
    """Name the operation by which missing pieces were taken out."""
    return operation_name("short", short_id)


def splitting(new_shipment_id: str) -> str:
    """Name the operation by which pieces became a shipment of their own."""
    return operation_name("split", new_shipment_id)


def sighting(tracking_id: str) -> str:
    """Name the operation by which a carrier said where the parcel was."""
    return operation_name("tracking", tracking_id)


def attempt(attempt_id: str) -> str:
    """Name the operation by which a carrier tried in vain to hand the parcel over."""
    return operation_name("attempt", attempt_id)


def pieces(lines: Iterable[Pieces]) -> str:
    """Write how many pieces of which lines an operation is about, in whatever parts they stand."""
    per_line: dict[str, int] = {}
    for line in lines:
        per_line[line.line_id] = per_line.get(line.line_id, 0) + line.quantity
    return " ".join(f"{line_id}={quantity}" for line_id, quantity in sorted(per_line.items()))


def seen(told: Sighting) -> tuple[str | None, ...]:
    """Write what a sighting was."""
    return told.status, told.seen_at.isoformat(), told.place
