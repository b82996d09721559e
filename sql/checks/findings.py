"""What did a check look at, and what is not as it should be?

A difference names a place (a position, a stream, a row's key), never a personal value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DIFFERENCES_MAX: Final = 20
"""So many differences of a check are told one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that differs; both values are None where they may be personal."""

    name: str
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be; `code` is stable, `detail` a sentence for people."""

    code: str
    place: str
    detail: str
    columns: tuple[Column, ...] = ()


class Findings:
    """What one check found.

    Units: `checked` counts what the check is about (events, rows, records); `count` all
    differences, of which `differences` holds the first ones.
    """

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.checked = 0
        self.count = 0
        self.differences: Final[list[Difference]] = []
        self.notes: Final[list[str]] = []
        self.seconds = 0.0

    @property
    def has_room(self) -> bool:
        """Tell whether the next difference will still be told."""
        return len(self.differences) < DIFFERENCES_MAX

    def add(self, code: str, place: str, detail: str, columns: Sequence[Column] = ()) -> None:
        """Count a difference, and keep it if it is one of the first."""
        self.count += 1
        if self.has_room:
            self.differences.append(Difference(code, place, detail, tuple(columns)))

    def note(self, sentence: str) -> None:
        """Say what was not checked, and why."""
        self.notes.append(sentence)
