"""What do the shop's worklists look like? As in `api/read_bodies.py`, the models document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.process_queries import TroubleRead
from api.read_bodies import AsOfPosition, NextCursor, ParkedSince
from domain.fulfilment_events import Stage
from domain.order_parts import HoldKind
from projections.reservations_open import ReservationState

ReservedPosition = Annotated[
    int, Field(description="place in the log where it began: who comes first is served first")
]
PromisedAt = Annotated[
    datetime | None,
    Field(description="when the missing pieces were expected; null: nobody said"),
]


class ReservationEntry(BaseModel):
    """What is kept, or promised, for a line of an order, in pieces."""

    reservation_id: str
    sku: str
    location: str
    order_id: str
    line_id: str
    state: Annotated[
        ReservationState, Field(description="of several parts the one that is least firm counts")
    ]
    asked: Annotated[int, Field(description="what the line wanted")]
    reserved: Annotated[int, Field(description="kept until `expires_at`")]
    backordered: Annotated[int, Field(description="promised without being there")]
    allocated: Annotated[int, Field(description="belongs to the order and has not left yet")]
    reserved_at: datetime
    reserved_position: ReservedPosition
    expires_at: datetime | None
    promised_at: PromisedAt
    recorded_at: datetime


class ReservationPage(BaseModel):
    """Open reservations: of one order the oldest first, of all those first that expire first."""

    reservations: list[ReservationEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class BackorderEntry(BaseModel):
    """Pieces that are promised to a line of an order and are not there."""

    sku: str
    location: str
    reservation_id: str
    order_id: str
    line_id: str
    quantity: Annotated[int, Field(description="how many pieces are missing")]
    asked: Annotated[int, Field(description="what the line wanted")]
    reserved_at: datetime
    reserved_position: ReservedPosition
    promised_at: PromisedAt
    recorded_at: datetime


class BackorderPage(BaseModel):
    """Backorders, in the order in which they are filled; with `missed` the most overdue first."""

    backorders: list[BackorderEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class OpenHoldRead(BaseModel):
    """A hold that nobody has decided."""

    hold_id: str
    kind: HoldKind
    placed_by: str
    placed_at: datetime


class HeldOrderEntry(BaseModel):
    """An order that waits for somebody to decide."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: Annotated[datetime, Field(description="when the order was placed")]
    holds: Annotated[list[OpenHoldRead], Field(description="the oldest one first")]
    kind: Annotated[HoldKind, Field(description="of the oldest hold")]
    held_at: Annotated[datetime, Field(description="when the oldest hold was placed")]
    sla_at: Annotated[
        datetime | None,
        Field(description="by when it should be decided; null: there is no deadline"),
    ]
    due_at: Annotated[datetime, Field(description="`sla_at`, or `held_at` without a deadline")]
    risk_score: Annotated[
        int | None, Field(description="highest of its payments, 0 to 100; null: not known")
    ]
    recorded_at: datetime


class HoldPage(BaseModel):
    """Orders that are held, the one first that is due first."""

    holds: list[HeldOrderEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class StuckOrderEntry(BaseModel):
    """An order that takes longer than it should, or waits for an operator."""

    order_id: str
    customer_id: str
    currency: str
    placed_at: datetime
    stage: Stage
    entered_at: Annotated[datetime, Field(description="since when it stands in this stage")]
    sla: Annotated[
        str | None,
        Field(description="the deadline that has passed first; null: it waits for an operator"),
    ]
    sla_at: datetime | None
    overdue_since: datetime
    overdue_by_seconds: int
    waits_for_people: Annotated[bool, Field(description="whether there are `troubles`")]
    troubles: list[TroubleRead]
    money_at_risk_minor: int
    last_event: Annotated[str, Field(description="what the process reacted to last")]
    next_expected: Annotated[str | None, Field(description="the timer that fires next")]
    next_expected_at: datetime | None
    recorded_at: datetime


class StuckOrderPage(BaseModel):
    """Stuck orders, those first that have been for longest."""

    stuck_orders: list[StuckOrderEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class StuckStage(BaseModel):
    """How many orders are stuck in a stage."""

    stage: Stage
    orders: int
    overdue_since: Annotated[datetime, Field(description="of the order that has been for longest")]


class StuckStages(BaseModel):
    """The stages in which orders are stuck."""

    stages: list[StuckStage]
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
