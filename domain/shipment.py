"""A shipment: what is in it, and how far has it come?

Stream `shipment-<uuid>`; its events stand in `shipment_events.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from immutables import Map

from domain.about_order import AboutOrder, facts_of
from domain.digest import digest_of
from domain.replace import replace
from domain.shipment_events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentDeliveryFailed,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLine,
    ShipmentLineShorted,
    ShipmentLost,
    ShipmentMoved,
    ShipmentPacked,
    ShipmentPickingStarted,
    ShipmentPlanned,
    ShipmentReturnedToSender,
    ShipmentSplit,
    ShipmentTrackingUpdated,
)
from domain.shipment_operations import attempt, pieces, seen, shorting, sighting, splitting


class ShipmentStatus(StrEnum):
    """How far a shipment has come."""

    PLANNED = "planned"
    PICKING = "picking"
    PACKED = "packed"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    RETURNED_TO_SENDER = "returned_to_sender"
    LOST = "lost"
    CANCELLED = "cancelled"


IN_HOUSE: Final = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.PICKING, ShipmentStatus.PACKED})
UNDER_WAY: Final = frozenset(
    {ShipmentStatus.DISPATCHED, ShipmentStatus.IN_TRANSIT, ShipmentStatus.DELIVERY_FAILED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment(AboutOrder):
    """A shipment as its events left it. Units: pieces.

    Shape: `plan` is a digest of what was planned, `lines` is what is left of it. `operations`: what
    was reported or done, by its kind and id -> a digest of it.
    """

    shipment_id: str
    location: str
    status: ShipmentStatus
    lines: tuple[ShipmentLine, ...]
    carrier: str
    service: str
    ship_by: datetime
    plan: bytes
    tracking_number: str | None = None
    operations: Map[str, bytes]

    @property
    def is_in_house(self) -> bool:
        """Tell whether it can still be stopped."""
        return self.status in IN_HOUSE

    @property
    def is_under_way(self) -> bool:
        """Tell whether the carrier has it."""
        return self.status in UNDER_WAY


def evolve_shipment(state: Shipment | None, event: ShipmentEvent) -> Shipment:
    """Answer the shipment after the event."""
    if isinstance(event, ShipmentPlanned):
        assert state is None
        return Shipment(
            **facts_of(event),
            shipment_id=event.shipment_id,
            location=event.location,
            status=ShipmentStatus.PLANNED,
            lines=event.lines,
            carrier=event.carrier,
            service=event.service,
            ship_by=event.ship_by,
            plan=plan_of(event),
            operations=Map(),
        )
    assert state is not None
    match event:
        case ShipmentPacked():
            return replace(
                state,
                status=ShipmentStatus.PACKED,
                carrier=event.carrier,
                service=event.service,
            )
        case ShipmentDispatched():
            return replace(
                state,
                status=ShipmentStatus.DISPATCHED,
                carrier=event.carrier,
                tracking_number=event.tracking_number,
            )
        case ShipmentLineShorted() | ShipmentSplit() | ShipmentMoved():
            return _contents_changed(state, event)
        case ShipmentTrackingUpdated() | ShipmentDeliveryFailed():
            return _reported(state, event)
        case _:
            return replace(state, status=STATUS_AFTER[type(event)])


STATUS_AFTER: Final[Mapping[type[ShipmentEvent], ShipmentStatus]] = {
    ShipmentPickingStarted: ShipmentStatus.PICKING,
    ShipmentDelivered: ShipmentStatus.DELIVERED,
    ShipmentReturnedToSender: ShipmentStatus.RETURNED_TO_SENDER,
    ShipmentLost: ShipmentStatus.LOST,
    ShipmentCancelled: ShipmentStatus.CANCELLED,
}
"""What alone says how far a shipment has come -> how far that is."""


def _contents_changed(
    state: Shipment, event: ShipmentLineShorted | ShipmentSplit | ShipmentMoved
) -> Shipment:
    if isinstance(event, ShipmentMoved):
        return replace(
            state, location=event.location, status=ShipmentStatus.PLANNED, lines=event.lines
        )
    if isinstance(event, ShipmentSplit):
        taken = pieces_per_line(event.lines)
        operation, what = splitting(event.new_shipment_id), (pieces(event.lines),)
    else:
        taken = {event.line_id: event.quantity}
        operation, what = shorting(event.short_id), (event.line_id, str(event.quantity))
    return replace(
        state,
        lines=without(state.lines, taken),
        operations=_with(state, operation, *what),
    )


def _reported(state: Shipment, event: ShipmentTrackingUpdated | ShipmentDeliveryFailed) -> Shipment:
    if isinstance(event, ShipmentDeliveryFailed):
        return replace(
            state,
            status=ShipmentStatus.DELIVERY_FAILED,
            operations=_with(state, attempt(event.attempt_id), event.reason),
        )
    return replace(
        state,
        status=ShipmentStatus.IN_TRANSIT if state.is_under_way else state.status,
        operations=_with(state, sighting(event.tracking_id), *seen(event)),
    )


def _with(state: Shipment, operation: str, *what: str | None) -> Map[str, bytes]:
    assert operation not in state.operations
    return state.operations.set(operation, digest_of(operation, *what))


def plan_of(planned: ShipmentPlanned) -> bytes:
    """Make what a shipment keeps of its plan, to tell another one under the same id."""
    return digest_of(
        planned.location,
        planned.carrier,
        planned.service,
        planned.ship_by.isoformat(),
        *(line.reservation_id for line in planned.lines),
        pieces(planned.lines),
    )


def pieces_per_line(lines: Iterable[ShipmentLine]) -> dict[str, int]:
    """Tell how many pieces of each line of the order there are, from whichever reservations."""
    pieces: dict[str, int] = {}
    for line in lines:
        pieces[line.line_id] = pieces.get(line.line_id, 0) + line.quantity
    return pieces


def taken_from(
    lines: Iterable[ShipmentLine], wanted: Mapping[str, int]
) -> tuple[ShipmentLine, ...]:
    """Take so many pieces of each line, as far as there are any, from the first reservations."""
    left = dict(wanted)
    taken: list[ShipmentLine] = []
    for line in lines:
        quantity = min(line.quantity, left.get(line.line_id, 0))
        if quantity:
            left[line.line_id] -= quantity
            taken.append(replace(line, quantity=quantity))
    return tuple(taken)


def without(lines: Iterable[ShipmentLine], taken: Mapping[str, int]) -> tuple[ShipmentLine, ...]:
    """Answer the lines without so many pieces of each; a line of which nothing is left is gone."""
    lines = tuple(lines)
    gone = {(line.line_id, line.reservation_id): line.quantity for line in taken_from(lines, taken)}
    rest = (
        replace(line, quantity=line.quantity - gone.get((line.line_id, line.reservation_id), 0))
        for line in lines
    )
    return tuple(line for line in rest if line.quantity > 0)
