"""Which read models does the simulation keep?

Two real ones, one of which reads personal fields and so asks the store for them, one that adds up;
and the trail of every stream: which events reached it, in which order, each how often.
"""

from dataclasses import dataclass, replace
from typing import Final

from domain.envelope import RecordedEvent
from domain.events import EVENT_NAMES
from projections.order_detail import ORDER_DETAIL
from projections.product_sales import product_sales
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True)
class Trail:
    """The positions of the events that were applied to a stream."""

    stream: str
    positions: tuple[int, ...]
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    return ((event.stream,),)


def _evolve(row: Trail | None, event: RecordedEvent, _key: Key) -> Trail:
    row = row or Trail(event.stream, (), 0)
    return replace(row, positions=(*row.positions, event.position), last_position=event.position)


TRAIL: Final = Projection(
    name="trail",
    fold_version="1",
    row_type=Trail,
    key_columns=("stream",),
    handles=frozenset(EVENT_NAMES),
    keys=_keys,
    evolve=_evolve,
)

PROJECTIONS: Final = (TRAIL, ORDER_DETAIL, product_sales("Europe/London"))
