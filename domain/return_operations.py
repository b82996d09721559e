"""What is written down of a return's requests, receipts and inspection, to tell a repeat?

As a wish and as an event they say the same, so both are written by the same functions.
"""

from collections.abc import Iterable
from typing import Protocol


class Requested(Protocol):
    """Pieces that shall come back, and why."""

    @property
    def line_id(self) -> str:
        """Which line."""
        ...

    @property
    def quantity(self) -> int:
        """How many pieces."""
        ...

    @property
    def reason_code(self) -> str:
        """Why."""
        ...


class Received(Protocol):
    """Pieces that came back, and how."""

    @property
    def line_id(self) -> str:
        """Which line."""
        ...

    @property
    def quantity(self) -> int:
        """How many pieces."""
        ...

    @property
    def condition(self) -> str:
        """How they came back."""
        ...


class Inspected(Protocol):
    """Pieces that somebody looked at, and what becomes of them."""

    @property
    def line_id(self) -> str:
        """Which line."""
        ...

    @property
    def accepted(self) -> int:
        """How many pieces the shop takes."""
        ...

    @property
    def rejected(self) -> int:
        """How many pieces it does not take."""
        ...

    @property
    def disposition(self) -> str:
        """Where the accepted ones go."""
        ...


def requested_pieces(lines: Iterable[Requested]) -> str:
    """Write which pieces shall come back."""
    return " ".join(f"{line.line_id}={line.quantity} {line.reason_code}" for line in lines)


def received_pieces(lines: Iterable[Received]) -> str:
    """Write which pieces came back."""
    return " ".join(f"{line.line_id}={line.quantity} {line.condition}" for line in lines)


def inspected_pieces(lines: Iterable[Inspected]) -> str:
    """Write what was decided about pieces. Shape: by line, in whatever order they were told."""
    return " ".join(
        f"{line.line_id}={line.accepted}+{line.rejected} {line.disposition}"
        for line in sorted(lines, key=lambda line: line.line_id)
    )
