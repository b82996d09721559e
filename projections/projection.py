"""What is a projection?

A read model is a fold of the log into rows: `keys` names the rows that an event touches, `evolve`
makes the next row from the last one. Both are pure and can look nothing up (architecture.md §4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.envelope import RecordedEvent
from domain.events import CATEGORIES, Event

Key = tuple[Any, ...]
"""The values of a row's key columns, in the order of `Projection.key_columns`."""

Row = Any
"""A frozen, slotted dataclass; its fields are the table's columns, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A read model: its table, its rows and its fold.

    The table is `read_models.<name>` (a view over the live generation); its columns are the fields
    of `row_type`, in order. A new field goes to the end: a view only ever gains columns there.
    One field is `last_position`, the position of the last event that touched the row.

    `fold_version` changes with every change of `keys`, `evolve`, the columns or a setting they
    depend on (the business time zone): tables built by another one want a rebuild.

    `keys` is asked for events of `handles` only and names a row once. `evolve` answers None for a
    row that is gone. `personal` are the events whose `personal` fields the fold reads: messages
    leave those out, so a follower reads such events from the store (architecture.md §4, Relay).
    `begins` are the events that make a row: before such an event there is none to be loaded.
    """

    name: str
    fold_version: str
    row_type: type[Row]
    key_columns: tuple[str, ...]
    handles: frozenset[type[Event]]
    keys: Callable[[RecordedEvent], tuple[Key, ...]]
    evolve: Callable[[Row | None, RecordedEvent, Key], Row | None]
    personal: frozenset[type[Event]] = frozenset()
    begins: frozenset[type[Event]] = frozenset()


@cache
def categories_read(projection: Projection) -> frozenset[str]:
    """Tell of which categories of streams a projection handles events.

    An unreadable event of another category is none of its business.
    """
    return frozenset(CATEGORIES[event_class] for event_class in projection.handles)
