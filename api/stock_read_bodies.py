"""What do answers about stock look like? As in `api/read_bodies.py`, the models document."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, Field

from api.read_bodies import AsOfPosition, NextCursor, ParkedSince

_OF_THE_SHOP: Final = Field(description="null: only the shop sees it")
ForTheShop = Annotated[int | None, _OF_THE_SHOP]


class StockEntry(BaseModel):
    """The stock of a product at a location, in pieces."""

    sku: str
    location: str
    on_hand: ForTheShop
    quarantined: ForTheShop
    safety_stock: ForTheShop
    reserved: ForTheShop
    allocated: ForTheShop
    backordered: ForTheShop
    available: Annotated[
        int,
        Field(description="what can be sold; below zero when a count found less than is promised"),
    ]
    backorder_limit: Annotated[int, Field(description="what may be promised without being there")]
    next_expected_at: datetime | None
    version: int
    recorded_at: datetime


class StockRead(StockEntry):
    """Stock, and how fresh the answer is."""

    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class StockPage(BaseModel):
    """Stock by sku and location."""

    stock: list[StockEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
