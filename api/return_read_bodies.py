"""What do answers about returns look like? As in `api/read_bodies.py`, the models document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.read_bodies import AsOfPosition, NextCursor, ParkedSince


class ReturnLineRead(BaseModel):
    """A line of a return, in pieces."""

    line_id: str
    sku: str
    quantity: Annotated[int, Field(description="how many shall come back")]
    reason_code: str
    received: int
    accepted: int
    rejected: int


class ReturnEntry(BaseModel):
    """A return and how far it has come."""

    return_id: str
    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: Annotated[datetime, Field(description="when the order was placed")]
    status: str
    requested_at: datetime
    send_by: datetime | None
    resolution: str
    lines: list[ReturnLineRead]
    refund_due_minor: Annotated[
        int | None, Field(description="what the customer gets; null: not inspected yet")
    ]
    credit_minor: Annotated[
        int, Field(description="with what an order of `origin.kind` `exchange` can be paid")
    ]
    credit_used_by: Annotated[str | None, Field(description="the order that is paid with it")]
    version: int
    recorded_at: datetime


class ReturnRead(ReturnEntry):
    """A return, and how fresh the answer is."""

    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class ReturnPage(BaseModel):
    """Returns, oldest first."""

    returns: list[ReturnEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
