"""Which parcels are to leave which house, until when, and where are those that left?

Key: the shipment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from domain.about_order import facts_of
from domain.envelope import RecordedEvent
from domain.replace import replace
from domain.shipment import STATUS_AFTER, UNDER_WAY, ShipmentStatus, pieces_per_line, without
from domain.shipment_events import (
    AboutShipment,
    ShipmentDeliveryFailed,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLine,
    ShipmentLineShorted,
    ShipmentMoved,
    ShipmentPacked,
    ShipmentPlanned,
    ShipmentSplit,
    ShipmentTrackingUpdated,
)
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedShipment:
    """A shipment, what is in it and how far it has come.

    Units: pieces; `version` is the place in the shipment's stream.
    """

    shipment_id: str
    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    location: str
    status: ShipmentStatus
    carrier: str
    service: str
    ship_by: datetime
    lines: tuple[ShipmentLine, ...]
    tracking_number: str | None
    version: int
    recorded_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.shipment_id,),) if isinstance(data, AboutShipment) else ()


def _evolve(row: QueuedShipment | None, event: RecordedEvent, _key: Key) -> QueuedShipment:
    data = event.data
    assert isinstance(data, ShipmentEvent), f"{event.type} touches no shipment"
    if isinstance(data, ShipmentPlanned):
        assert row is None, "a shipment is planned once"
        return _planned(data, event)
    assert row is not None, "a shipment is planned before anything else happens to it"
    return replace(
        _moved(row, data),
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _planned(planned: ShipmentPlanned, event: RecordedEvent) -> QueuedShipment:
    return QueuedShipment(
        **facts_of(planned),
        shipment_id=planned.shipment_id,
        location=planned.location,
        status=ShipmentStatus.PLANNED,
        carrier=planned.carrier,
        service=planned.service,
        ship_by=planned.ship_by,
        lines=planned.lines,
        tracking_number=None,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _moved(row: QueuedShipment, data: ShipmentEvent) -> QueuedShipment:
    match data:
        case ShipmentPacked():
            status, carrier = ShipmentStatus.PACKED, data.carrier
            return replace(row, status=status, carrier=carrier, service=data.service)
        case ShipmentDispatched():
            return replace(
                row,
                status=ShipmentStatus.DISPATCHED,
                carrier=data.carrier,
                tracking_number=data.tracking_number,
            )
        case ShipmentLineShorted() | ShipmentSplit() | ShipmentMoved():
            return _changed(row, data)
        case ShipmentTrackingUpdated():
            is_under_way = row.status in UNDER_WAY
            return replace(row, status=ShipmentStatus.IN_TRANSIT) if is_under_way else row
        case ShipmentDeliveryFailed():
            return replace(row, status=ShipmentStatus.DELIVERY_FAILED)
        case _:
            return replace(row, status=STATUS_AFTER[type(data)])


def _changed(
    row: QueuedShipment, data: ShipmentLineShorted | ShipmentSplit | ShipmentMoved
) -> QueuedShipment:
    if isinstance(data, ShipmentMoved):
        status = ShipmentStatus.PLANNED
        return replace(row, location=data.location, status=status, lines=data.lines)
    return replace(row, lines=without(row.lines, _taken(data)))


def _taken(data: ShipmentLineShorted | ShipmentSplit) -> Mapping[str, int]:
    """Tell how many pieces of which lines are no longer in the shipment."""
    if isinstance(data, ShipmentSplit):
        return pieces_per_line(data.lines)
    return {data.line_id: data.quantity}


FULFILMENT_QUEUE: Final = Projection(
    name="fulfilment_queue",
    fold_version="2",
    row_type=QueuedShipment,
    key_columns=("shipment_id",),
    handles=frozenset(get_args(ShipmentEvent)),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({ShipmentPlanned}),
)
