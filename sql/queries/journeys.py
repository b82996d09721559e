"""What happened to one order, in all the streams that it touched?"""

from typing import Final

from domain.envelope import RecordedEvent
from domain.events import (
    fulfilment_stream,
    order_stream,
    payment_stream,
    return_stream,
    shipment_stream,
    stock_stream,
)
from domain.fulfilment_events import FulfilmentShipmentPlanned, FulfilmentStockKept
from domain.order_events import OrderPaymentRecorded, OrderReturnRequested
from sql.log import recorded_event
from sql.queries.events import read_stream
from sql.queries.reader import Reader

EVENTS_MAX: Final = 10_000

_COLUMNS: Final = (
    "position, stream, version, type, schema_version, data::text, metadata::text,"
    " occurred_at, recorded_at"
)
_OF_STREAMS: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE stream = ANY (%(streams)s)"
    " AND position >= %(first)s AND data ->> 'order_id' = %(order_id)s"
    " ORDER BY position LIMIT %(limit)s"
)


async def read_journey(reader: Reader, order_id: str) -> list[RecordedEvent]:
    """Read an order's own events and those about it in other streams. Shape: ascending.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of the events.
    """
    own, _ = await read_stream(reader, order_stream(order_id))
    process, _ = await read_stream(reader, fulfilment_stream(order_id))
    events = [*own, *process]
    if not events:
        return []
    values = {
        "streams": sorted({stream for event in events for stream in _streams_named_by(event)}),
        "first": own[0].position if own else process[0].position,
        "order_id": order_id,
        "limit": EVENTS_MAX,
    }
    rows = await reader.rows(_OF_STREAMS, values)
    events += [recorded_event(tuple(row.values())) for row in rows]
    return sorted(events, key=lambda event: event.position)


def _streams_named_by(event: RecordedEvent) -> list[str]:
    match event.data:
        case OrderPaymentRecorded(payment_id=payment_id):
            return [payment_stream(payment_id)]
        case OrderReturnRequested(return_id=return_id):
            return [return_stream(return_id)]
        case FulfilmentShipmentPlanned(shipment_id=shipment_id):
            return [shipment_stream(shipment_id)]
        case FulfilmentStockKept(kept=kept):
            return [stock_stream(pieces.sku, pieces.location) for pieces in kept]
        case _:
            return []
