"""What can be asked about the log itself, and how far the read tables are behind it?

For the shop: the log holds everybody's orders. Personal fields are left out, and so is every
payload that cannot be read, because it may hold some.
"""

from typing import Annotated, Final

from fastapi import Query as Parameters
from pydantic import Field, StringConstraints

from api.documented_events import EventFeed
from api.documented_orders import FEED_EXAMPLE
from api.event_bodies import event_body
from api.query_route import (
    PAGE_ROWS_DEFAULT,
    Asked,
    Limit,
    Position,
    Query,
    QueryRoute,
    QuerySettings,
    found,
)
from api.read_bodies import ProjectionList
from api.routes import Answer
from domain.permissions import require_shop
from sql.queries.events import FeedFilter, read_feed
from sql.queries.status import projection_status

TAG: Final = "Log"
NAME_CHARACTERS_MAX: Final = 64

StoredName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z-]*$", max_length=NAME_CHARACTERS_MAX)
]


class FeedQuery(Query):
    """Which part of the log to answer."""

    after_position: Annotated[
        Position, Field(description="`next_after_position` of the piece before; 0: from the start")
    ] = 0
    limit: Limit = PAGE_ROWS_DEFAULT
    category: Annotated[
        StoredName | None, Field(description="only of streams of this kind: `order`, `product` …")
    ] = None
    type: Annotated[StoredName | None, Field(description="only events of this type")] = None


async def read_log(ask: Asked, query: Annotated[FeedQuery, Parameters()]) -> Answer:
    """Follow the log: every event once, in its one order.

    With a filter a piece may be empty although the log goes on: go on from `next_after_position`
    until it is `head_position`. An event whose payload or metadata cannot be read is there too;
    `unreadable` says why.
    """
    require_shop(ask.actor)
    wanted = FeedFilter(category=query.category, type=query.type)
    page = await read_feed(ask.services.reads.reader, wanted, query.after_position, query.limit)
    return found(
        {
            "events": [event_body(event, with_personal=False) for event in page.events],
            "next_after_position": page.looked_up_to,
            "head_position": page.head_position,
        }
    )


async def list_projections(ask: Asked, query: Annotated[Query, Parameters()]) -> Answer:
    """List the read tables, how far each is behind the log, and what of it is parked."""
    del query
    require_shop(ask.actor)
    return found({"projections": await projection_status(ask.services.reads.reader)})


LOG_QUERIES: Final = (
    QueryRoute(
        "/v1/events",
        read_log,
        QuerySettings(
            summary="Follow the log",
            tag=TAG,
            answer=EventFeed,
            example=FEED_EXAMPLE,
            refusals=("forbidden",),
        ),
    ),
    QueryRoute(
        "/v1/projections",
        list_projections,
        QuerySettings(
            summary="List the read tables",
            tag=TAG,
            answer=ProjectionList,
            example={
                "projections": [
                    {
                        "name": "order_detail",
                        "generation": 1,
                        "state": "live",
                        "position": 4711,
                        "head_position": 4713,
                        "lag_events": 2,
                        "lag_seconds": 0.012,
                        "parked_keys": 0,
                        "parked_since_position": None,
                        "discarded_events": 0,
                        "updated_at": "2026-11-20T10:15:00Z",
                    }
                ]
            },
            refusals=("forbidden",),
        ),
    ),
)
