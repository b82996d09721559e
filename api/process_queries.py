"""What can an operator ask about the fulfilment of orders?"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query as Parameters
from pydantic import BaseModel, Field

from api.cursors import decode_cursor
from api.fields import Uuid
from api.order_commands import CUSTOMER_ID, ORDER_ID
from api.pages import instant_and_id, page_body
from api.process_commands import STEP, TAG
from api.query_route import (
    FRESHNESS_EXAMPLE,
    FRESHNESS_PROBLEMS,
    Asked,
    Fresh,
    Paged,
    QueryRoute,
    QuerySettings,
    found,
    freshness,
)
from api.read_bodies import AsOfPosition, NextCursor, ParkedSince
from api.routes import Answer
from domain.events import fulfilment_stream
from domain.fulfilment_errors import FulfilmentNotFound
from domain.fulfilment_events import Stage
from domain.permissions import require_shop
from projections.process_status import PROCESS_STATUS
from sql.queries.folded import folded_row
from sql.queries.processes import PROCESSES


class ProcessTimerRead(BaseModel):
    """When the process wants to be woken, and what for."""

    timer: str
    due_at: datetime


class TroubleRead(BaseModel):
    """A step that waits for an operator."""

    step: str
    last_error: str
    money_at_risk_minor: int
    since: datetime


class ProcessRow(BaseModel):
    """Where the fulfilment of an order stands."""

    order_id: str
    customer_id: str
    currency: str
    placed_at: datetime
    stage: Stage
    stage_since: datetime
    last_event: str
    timers: list[ProcessTimerRead]
    next_timer: str | None
    next_due_at: datetime | None
    troubles: list[TroubleRead]
    is_stuck: bool
    money_at_risk_minor: int
    refusals: int
    last_refusal: str | None
    version: int
    recorded_at: datetime
    overdue: Annotated[
        list[ProcessTimerRead], Field(description="deadlines of this stage that have passed")
    ]
    overdue_since: Annotated[
        datetime | None,
        Field(description="the first of them, or the first of `troubles`, if that was earlier"),
    ]


class ProcessRead(ProcessRow):
    """Where the fulfilment of an order stands, as of a position."""

    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class ProcessPage(BaseModel):
    """A page of fulfilments, those that have stood longest first."""

    processes: list[ProcessRow]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


_ROW_EXAMPLE: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "placed_at": "2026-11-20T10:15:00Z",
    "stage": "compensating",
    "stage_since": "2026-11-20T10:20:00Z",
    "last_event": "refund-failed",
    "timers": [{"timer": "compensation", "due_at": "2026-11-21T10:20:00Z"}],
    "next_timer": "compensation",
    "next_due_at": "2026-11-21T10:20:00Z",
    "troubles": [
        {
            "step": STEP,
            "last_error": "account_closed",
            "money_at_risk_minor": 1275,
            "since": "2026-11-20T10:30:00Z",
        }
    ],
    "is_stuck": True,
    "money_at_risk_minor": 1275,
    "refusals": 0,
    "last_refusal": None,
    "version": 16,
    "recorded_at": "2026-11-20T10:30:00Z",
    "overdue": [],
    "overdue_since": "2026-11-20T10:30:00Z",
}


class ProcessesQuery(Paged):
    """Which fulfilments to list."""

    stage: Annotated[Stage | None, Field(description="in this stage only")] = None
    stuck: Annotated[bool, Field(description="only those that wait for an operator")] = False


async def get_process(ask: Asked, order_id: Uuid, query: Annotated[Fresh, Parameters()]) -> Answer:
    """Read where the fulfilment of an order stands, and what it waits for."""
    require_shop(ask.actor)
    stream = fulfilment_stream(order_id)
    reads = ask.services.reads
    page = await reads.fresh(
        PROCESSES.table,
        query.min_position,
        lambda: PROCESSES.row(reads.reader, order_id, stream),
    )
    if not page.rows:
        page = await folded_row(reads.reader, PROCESS_STATUS, stream, (order_id,))
    row = page.only()
    if row is None:
        raise FulfilmentNotFound(f"nobody carries order {order_id} out")
    row.pop("last_position", None)
    return found({**row, **freshness(page)})


async def list_processes(ask: Asked, query: Annotated[ProcessesQuery, Parameters()]) -> Answer:
    """List fulfilments, those first that have stood in their stage for longest."""
    require_shop(ask.actor)
    wanted = {"stage": query.stage, "stuck": query.stuck or None}
    filters = {"list": "processes", **query.filters()}
    after = decode_cursor(query.cursor, filters, instant_and_id)
    reads = ask.services.reads
    page = await reads.fresh(
        PROCESSES.table,
        query.min_position,
        lambda: PROCESSES.rows(reads.reader, wanted, after, query.limit + 1),
    )
    place = ("stage_since", "order_id")
    return found(page_body("processes", page, query.limit, filters, place))


PROCESS_QUERIES: Final = (
    QueryRoute(
        "/v1/orders/{order_id}/process",
        get_process,
        QuerySettings(
            summary="Read an order's fulfilment",
            tag=TAG,
            answer=ProcessRead,
            example={**_ROW_EXAMPLE, **FRESHNESS_EXAMPLE},
            refusals=("forbidden", "fulfilment_not_found", *FRESHNESS_PROBLEMS),
        ),
    ),
    QueryRoute(
        "/v1/processes",
        list_processes,
        QuerySettings(
            summary="List fulfilments",
            tag=TAG,
            answer=ProcessPage,
            example={"processes": [_ROW_EXAMPLE], "next_cursor": None, **FRESHNESS_EXAMPLE},
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
)
