"""What do answers about shipments look like? As in `api/read_bodies.py`, the models document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.read_bodies import AsOfPosition, NextCursor, ParkedSince


class ShipmentLineRead(BaseModel):
    """Pieces of a line of the order that are in the shipment."""

    line_id: str
    sku: str
    quantity: int
    reservation_id: str


class ShipmentEntry(BaseModel):
    """A shipment and how far it has come."""

    shipment_id: str
    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: Annotated[datetime, Field(description="when the order was placed")]
    location: str
    status: str
    carrier: str
    service: str
    ship_by: datetime
    lines: list[ShipmentLineRead]
    tracking_number: Annotated[str | None, Field(description="null: it has not left")]
    version: int
    recorded_at: datetime


class ShipmentRead(ShipmentEntry):
    """A shipment, and how fresh the answer is."""

    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class ShipmentPage(BaseModel):
    """Shipments by the time by which they are to leave."""

    shipments: list[ShipmentEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
