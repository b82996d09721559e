"""What can be asked about returns?

A customer sees his own returns; those of others look as if they were not there.
"""

from typing import Annotated, Any, Final

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Uuid
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
from api.return_read_bodies import ReturnPage, ReturnRead
from api.routes import Answer
from domain.events import return_stream
from domain.permissions import may_act_for
from domain.return_errors import ReturnNotFound
from domain.return_request import ReturnStatus
from projections.returns_worklist import RETURNS_WORKLIST
from sql.queries.folded import folded_row
from sql.queries.returns import RETURNS

TAG: Final = "Returns"


class ReturnsQuery(Paged):
    """Which returns to list."""

    status: Annotated[ReturnStatus | None, Field(description="how far the returns have come")] = (
        None
    )
    order_id: Annotated[Uuid | None, Field(description="of this order only")] = None


async def get_return(ask: Asked, return_id: Uuid, query: Annotated[Fresh, Parameters()]) -> Answer:
    """Read a return."""
    stream = return_stream(return_id)
    reads = ask.services.reads
    page = await reads.fresh(
        RETURNS.table,
        query.min_position,
        lambda: RETURNS.row(reads.reader, return_id, stream),
    )
    if not page.rows:
        page = await folded_row(reads.reader, RETURNS_WORKLIST, stream, (return_id,))
    row = page.only()
    if row is None or not may_act_for(ask.actor, row["customer_id"]):
        raise ReturnNotFound(f"there is no return {return_id}")
    row.pop("last_position", None)
    return found_version(ask, {**row, **freshness(page)}, row["version"])


async def list_returns(ask: Asked, query: Annotated[ReturnsQuery, Parameters()]) -> Answer:
    """List returns, oldest first."""
    wanted = {
        "status": query.status,
        "order_id": query.order_id,
        "customer_id": own_customer_id(ask.actor, None),
    }
    filters = {"list": "returns", **query.filters()}
    after = decode_cursor(query.cursor, filters, instant_and_id)
    reads = ask.services.reads
    page = await reads.fresh(
        RETURNS.table,
        query.min_position,
        lambda: RETURNS.rows(reads.reader, wanted, after, query.limit + 1),
    )
    return found(page_body("returns", page, query.limit, filters, ("requested_at", "return_id")))


RETURN_EXAMPLE: Final[dict[str, Any]] = {
    "return_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a07",
    "order_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01",
    "customer_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02",
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": "2026-11-20T10:15:00Z",
    "status": "inspected",
    "requested_at": "2026-11-28T18:00:00Z",
    "send_by": "2026-12-12T00:00:00Z",
    "resolution": "refund",
    "lines": [
        {
            "line_id": "1",
            "sku": "85123A",
            "quantity": 2,
            "reason_code": "unwanted",
            "received": 2,
            "accepted": 2,
            "rejected": 0,
        }
    ],
    "refund_due_minor": 510,
    "credit_minor": 0,
    "credit_used_by": None,
    "version": 4,
    "recorded_at": "2026-12-03T09:00:00Z",
}

RETURN_QUERIES: Final = (
    QueryRoute(
        "/v1/returns/{return_id}",
        get_return,
        QuerySettings(
            summary="Read a return",
            tag=TAG,
            answer=ReturnRead,
            example={**RETURN_EXAMPLE, **FRESHNESS_EXAMPLE},
            refusals=("return_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/returns",
        list_returns,
        QuerySettings(
            summary="List returns",
            tag=TAG,
            answer=ReturnPage,
            example={"returns": [RETURN_EXAMPLE], "next_cursor": None, **FRESHNESS_EXAMPLE},
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
)
