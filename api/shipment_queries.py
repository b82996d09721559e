"""What can be asked about shipments?

A customer sees the shipments of his own orders; those of others look as if they were not there.
"""

from typing import Annotated, Any, Final

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Location, Uuid
from api.order_queries import own_customer_id
from api.pages import instant_and_id, page_body
from api.query_route import (
    FRESHNESS_EXAMPLE,
    FRESHNESS_PROBLEMS,
    Asked,
    Fresh,
    Paged,
    QueryRoute,
    QuerySettings,
    found,
    found_version,
    freshness,
)
from api.routes import Answer
from api.shipment_read_bodies import ShipmentPage, ShipmentRead
from domain.events import shipment_stream
from domain.permissions import may_act_for
from domain.shipment import ShipmentStatus
from domain.shipment_errors import ShipmentNotFound
from projections.fulfilment_queue import FULFILMENT_QUEUE
from sql.queries.folded import folded_row
from sql.queries.shipments import SHIPMENTS

TAG: Final = "Shipments"


class ShipmentsQuery(Paged):
    """Which shipments to list."""

    location: Annotated[Location | None, Field(description="from this location only")] = None
    status: Annotated[
        ShipmentStatus | None, Field(description="how far the shipments have come")
    ] = None
    order_id: Annotated[Uuid | None, Field(description="of this order only")] = None


async def get_shipment(
    ask: Asked, shipment_id: Uuid, query: Annotated[Fresh, Parameters()]
) -> Answer:
    """Read a shipment."""
    stream = shipment_stream(shipment_id)
    reads = ask.services.reads
    page = await reads.fresh(
        SHIPMENTS.table,
        query.min_position,
        lambda: SHIPMENTS.row(reads.reader, shipment_id, stream),
    )
    if not page.rows:
        page = await folded_row(reads.reader, FULFILMENT_QUEUE, stream, (shipment_id,))
    row = page.only()
    if row is None or not may_act_for(ask.actor, row["customer_id"]):
        raise ShipmentNotFound(f"there is no shipment {shipment_id}")
    row.pop("last_position", None)
    return found_version(ask, {**row, **freshness(page)}, row["version"])


async def list_shipments(ask: Asked, query: Annotated[ShipmentsQuery, Parameters()]) -> Answer:
    """List shipments by the time by which they are to leave."""
    wanted = {
        "location": query.location,
        "status": query.status,
        "order_id": query.order_id,
        "customer_id": own_customer_id(ask.actor, None),
    }
    filters = {"list": "shipments", **query.filters()}
    after = decode_cursor(query.cursor, filters, instant_and_id)
    reads = ask.services.reads
    page = await reads.fresh(
        SHIPMENTS.table,
        query.min_position,
        lambda: SHIPMENTS.rows(reads.reader, wanted, after, query.limit + 1),
    )
    return found(page_body("shipments", page, query.limit, filters, ("ship_by", "shipment_id")))


SHIPMENT_EXAMPLE: Final[dict[str, Any]] = {
    "shipment_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05",
    "order_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01",
    "customer_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02",
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": "2026-11-20T10:15:00Z",
    "location": "MAIN",
    "status": "dispatched",
    "carrier": "sandbox",
    "service": "standard",
    "ship_by": "2026-11-22T10:15:00Z",
    "lines": [{"line_id": "1", "sku": "85123A", "quantity": 6, "reservation_id": "r-1"}],
    "tracking_number": "SB4711",
    "version": 4,
    "recorded_at": "2026-11-21T09:00:00Z",
}

SHIPMENT_QUERIES: Final = (
    QueryRoute(
        "/v1/shipments/{shipment_id}",
        get_shipment,
        QuerySettings(
            summary="Read a shipment",
            tag=TAG,
            answer=ShipmentRead,
            example={**SHIPMENT_EXAMPLE, **FRESHNESS_EXAMPLE},
            refusals=("shipment_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/shipments",
        list_shipments,
        QuerySettings(
            summary="List shipments",
            tag=TAG,
            answer=ShipmentPage,
            example={"shipments": [SHIPMENT_EXAMPLE], "next_cursor": None, **FRESHNESS_EXAMPLE},
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
)
