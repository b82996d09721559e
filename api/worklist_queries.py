"""What can the shop ask about what it should see to: reservations, backorders, holds, stuck orders?

Parcels and returns have lists of their own, which customers see too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query as Parameters
from pydantic import BaseModel, Field

from api import order_queries, process_commands, stock_queries
from api.cursors import decode_cursor
from api.fields import Instant, Sku, Uuid
from api.order_commands import CUSTOMER_ID, ORDER_ID
from api.pages import instant_and_name, page_body, position_and_name
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
from api.routes import Answer
from api.worklist_bodies import (
    BackorderPage,
    HoldPage,
    ReservationPage,
    StuckOrderPage,
    StuckStages,
)
from domain.fulfilment_events import Stage
from domain.order_parts import HoldKind
from domain.permissions import require_shop
from sql.queries.holds import HOLDS
from sql.queries.processes import STUCK_ORDERS, stuck_stages
from sql.queries.reservations import (
    BACKORDERS,
    EXPIRING_RESERVATIONS,
    MISSED_PROMISES,
    RESERVATIONS_OF_ORDER,
)
from sql.queries.worklist import Worklist


class ReservationsQuery(Paged):
    """Which reservations to list."""

    order_id: Annotated[
        Uuid | None, Field(description="of this order, whether they expire or not")
    ] = None
    expires_before: Annotated[Instant | None, Field(description="those that expire before")] = None


class BackordersQuery(Paged):
    """Which backorders to list."""

    sku: Annotated[Sku | None, Field(description="of this product only")] = None
    missed: Annotated[bool, Field(description="only those promised for a time that has passed")] = (
        False
    )


class HoldsQuery(Paged):
    """Which orders that are held to list."""

    kind: Annotated[
        HoldKind | None, Field(description="only those whose oldest hold is of this kind")
    ] = None
    due_before: Annotated[Instant | None, Field(description="only those that are due before")] = (
        None
    )


class StuckOrdersQuery(Paged):
    """Which stuck orders to list."""

    stage: Annotated[Stage | None, Field(description="in this stage only")] = None


@dataclass(frozen=True, slots=True)
class _List:
    """A worklist, the name of its rows in answers, and how its cursors are read."""

    name: str
    rows: Worklist
    place: Callable[[Sequence[str]], tuple[datetime | int, str]]


_OF_ORDER: Final = _List("reservations", RESERVATIONS_OF_ORDER, position_and_name)
_EXPIRING: Final = _List("reservations", EXPIRING_RESERVATIONS, instant_and_name)
_IN_TURN: Final = _List("backorders", BACKORDERS, position_and_name)
_MISSED: Final = _List("backorders", MISSED_PROMISES, instant_and_name)
_HELD: Final = _List("holds", HOLDS, instant_and_name)
_STUCK: Final = _List("stuck_orders", STUCK_ORDERS, instant_and_name)


async def list_reservations(
    ask: Asked, query: Annotated[ReservationsQuery, Parameters()]
) -> Answer:
    """List open reservations: all of an order, or those that expire, the next one first."""
    if query.order_id is not None and query.expires_before is None:
        return await _page(ask, query, _OF_ORDER, {"order_id": query.order_id})
    wanted = {"order_id": query.order_id, "expires_before": query.expires_before}
    return await _page(ask, query, _EXPIRING, wanted)


async def list_backorders(ask: Asked, query: Annotated[BackordersQuery, Parameters()]) -> Answer:
    """List what waits for pieces, first come first served; missed promises by how late they are."""
    return await _page(ask, query, _MISSED if query.missed else _IN_TURN, {"sku": query.sku})


async def list_holds(ask: Asked, query: Annotated[HoldsQuery, Parameters()]) -> Answer:
    """List orders that are held, by the time by which somebody should have decided."""
    wanted = {"kind": query.kind, "due_before": query.due_before}
    return await _page(ask, query, _HELD, wanted)


async def list_stuck_orders(ask: Asked, query: Annotated[StuckOrdersQuery, Parameters()]) -> Answer:
    """List orders that take too long or wait for an operator, the longest first."""
    return await _page(ask, query, _STUCK, {"stage": query.stage})


async def count_stuck_orders(ask: Asked, query: Annotated[Fresh, Parameters()]) -> Answer:
    """Count the stuck orders of each stage."""
    require_shop(ask.actor)
    reads = ask.services.reads
    page = await reads.fresh(
        STUCK_ORDERS.table, query.min_position, lambda: stuck_stages(reads.reader)
    )
    return found({"stages": page.rows, **freshness(page)})


async def _page(ask: Asked, query: Paged, of: _List, wanted: Mapping[str, object]) -> Answer:
    """Answer a page of a worklist to the shop."""
    require_shop(ask.actor)
    rows = of.rows
    filters = {"list": of.name, **query.filters()}
    after = decode_cursor(query.cursor, filters, of.place)
    reads = ask.services.reads
    page = await reads.fresh(
        rows.table,
        query.min_position,
        lambda: rows.rows(reads.reader, wanted, after, query.limit + 1),
    )
    return found(page_body(of.name, page, query.limit, filters, (rows.due, rows.id)))


_RESERVATION_EXAMPLE: Final[dict[str, Any]] = {
    "reservation_id": "2f1c0f1a-6a51-5c1e-9a55-5f3c1b6f7a10",
    "sku": "85123A",
    "location": "MAIN",
    "order_id": ORDER_ID,
    "line_id": "1",
    "state": "reserved",
    "asked": 8,
    "reserved": 6,
    "backordered": 2,
    "allocated": 0,
    "reserved_at": "2026-11-20T10:15:00Z",
    "reserved_position": 4700,
    "expires_at": "2026-11-20T10:35:00Z",
    "promised_at": "2026-12-01T00:00:00Z",
    "recorded_at": "2026-11-20T10:15:00Z",
}
_BACKORDER_EXAMPLE: Final[dict[str, Any]] = {
    "sku": "85123A",
    "location": "MAIN",
    "reservation_id": _RESERVATION_EXAMPLE["reservation_id"],
    "order_id": ORDER_ID,
    "line_id": "1",
    "quantity": 2,
    "asked": 8,
    "reserved_at": "2026-11-20T10:15:00Z",
    "reserved_position": 4700,
    "promised_at": "2026-12-01T00:00:00Z",
    "recorded_at": "2026-11-20T10:15:00Z",
}
_HOLD_EXAMPLE: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": "2026-11-20T10:15:00Z",
    "holds": [
        {
            "hold_id": "9c2f4c52-0c34-5e5e-8d6e-5f3c1b6f7a10",
            "kind": "fraud",
            "placed_by": "fulfilment",
            "placed_at": "2026-11-20T10:16:00Z",
        }
    ],
    "kind": "fraud",
    "held_at": "2026-11-20T10:16:00Z",
    "sla_at": "2026-11-21T10:16:00Z",
    "due_at": "2026-11-21T10:16:00Z",
    "risk_score": 80,
    "recorded_at": "2026-11-20T10:16:00Z",
}
_STUCK_EXAMPLE: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "placed_at": "2026-11-20T10:15:00Z",
    "stage": "fulfilling",
    "entered_at": "2026-11-20T10:16:00Z",
    "sla": "ship_by:0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05",
    "sla_at": "2026-11-22T10:16:00Z",
    "overdue_since": "2026-11-22T10:16:00Z",
    "overdue_by_seconds": 7200,
    "waits_for_people": False,
    "troubles": [],
    "money_at_risk_minor": 0,
    "last_event": "timer-fired",
    "next_expected": "ship_by:0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05",
    "next_expected_at": "2026-11-23T10:16:00Z",
    "recorded_at": "2026-11-22T10:16:00Z",
}
_STAGE_EXAMPLE: Final[dict[str, Any]] = {
    "stage": "fulfilling",
    "orders": 3,
    "overdue_since": "2026-11-22T10:16:00Z",
}


def _settings(
    summary: str, tag: str, answer: type[BaseModel], example: Mapping[str, Any]
) -> QuerySettings:
    return QuerySettings(
        summary=summary,
        tag=tag,
        answer=answer,
        example={**example, **FRESHNESS_EXAMPLE},
        refusals=("forbidden", *FRESHNESS_PROBLEMS),
    )


def _listed(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [row], "next_cursor": None}


WORKLIST_QUERIES: Final = (
    QueryRoute(
        "/v1/reservations",
        list_reservations,
        _settings(
            "List open reservations",
            stock_queries.TAG,
            ReservationPage,
            _listed("reservations", _RESERVATION_EXAMPLE),
        ),
    ),
    QueryRoute(
        "/v1/backorders",
        list_backorders,
        _settings(
            "List backorders",
            stock_queries.TAG,
            BackorderPage,
            _listed("backorders", _BACKORDER_EXAMPLE),
        ),
    ),
    QueryRoute(
        "/v1/holds",
        list_holds,
        _settings(
            "List orders that are held",
            order_queries.TAG,
            HoldPage,
            _listed("holds", _HOLD_EXAMPLE),
        ),
    ),
    QueryRoute(
        "/v1/stuck-orders",
        list_stuck_orders,
        _settings(
            "List stuck orders",
            process_commands.TAG,
            StuckOrderPage,
            _listed("stuck_orders", _STUCK_EXAMPLE),
        ),
    ),
    QueryRoute(
        "/v1/stuck-orders/stages",
        count_stuck_orders,
        _settings(
            "Count stuck orders by stage",
            process_commands.TAG,
            StuckStages,
            {"stages": [_STAGE_EXAMPLE]},
        ),
    ),
)
