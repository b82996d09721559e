"""Which parcels are to leave, and where are those that left?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.events import shipment_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

QUEUE: Final = "fulfilment_queue"

_COLUMNS: Final = (
    "shipment_id::text, order_id::text, customer_id::text, currency, channel, country, placed_at,"
    " location, status, carrier, service, ship_by, lines, tracking_number, version, recorded_at"
)
_BY_ID: Final = live_page(
    QUEUE,
    f"SELECT {_COLUMNS} FROM read_models.fulfilment_queue"
    " WHERE shipment_id = %(shipment_id)s::uuid",
    units=THIS_UNIT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFilter:
    """Which shipments to list; None leaves a thing open."""

    location: str | None = None
    status: str | None = None
    order_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShipmentKey:
    """The place of a shipment in the list, by the time by which it is to leave."""

    ship_by: datetime
    shipment_id: str


_CONDITIONS: Final = {
    "location": "location = %(location)s",
    "status": "status = %(status)s",
    "order_id": "order_id = %(order_id)s::uuid",
    "customer_id": "customer_id = %(customer_id)s::uuid",
}
_AFTER: Final = "(ship_by, shipment_id) > (%(after_ship_by)s, %(after_shipment_id)s::uuid)"


async def shipment_by_id(reader: Reader, shipment_id: str) -> Page:
    """Look a shipment up by its id."""
    units = unit_values((shipment_id,), shipment_stream(shipment_id))
    return await reader.page(_BY_ID, {"shipment_id": shipment_id, **units})


async def list_shipments(
    reader: Reader, wanted: ShipmentFilter, after: ShipmentKey | None, limit: int
) -> Page:
    """List shipments by the time by which they are to leave, after a place in the list."""
    given = {name: value for name in _CONDITIONS if (value := getattr(wanted, name)) is not None}
    conditions = [_CONDITIONS[name] for name in given]
    values: dict[str, object] = {**given, "limit": limit}
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_ship_by": after.ship_by, "after_shipment_id": after.shipment_id}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = (
        f"SELECT {_COLUMNS} FROM read_models.fulfilment_queue{where}"
        " ORDER BY ship_by, fulfilment_queue.shipment_id LIMIT %(limit)s"
    )
    return await reader.page(live_page(QUEUE, select, 'ship_by, shipment_id COLLATE "C"'), values)
