"""What can be asked about orders?

A customer sees his own orders, without holds and without the notes that are not meant for him; what
belongs to others looks as if it were not there.
"""

from typing import Annotated, Any, Final, Literal, cast

import msgspec
from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.documented_events import OrderHistory
from api.documented_orders import HISTORY_EXAMPLE, ORDER_EXAMPLE, ORDERS_EXAMPLE
from api.event_bodies import event_body, member
from api.fields import Channel, Instant, Sku, Uuid, read_uuid
from api.order_read_bodies import OrderPage, OrderRead
from api.pages import instant_and_id, page_body
from api.query_route import (
    FRESHNESS_PROBLEMS,
    PAGE_ROWS_DEFAULT,
    Asked,
    Fresh,
    Limit,
    Paged,
    Query,
    QueryRoute,
    QuerySettings,
    Version,
    found,
    found_version,
    freshness,
)
from api.routes import Answer
from domain.allowed_commands import commands_allowed
from domain.envelope import Actor, ActorKind
from domain.errors import Forbidden, OrderNotFound
from domain.events import EVENT_NAMES, order_stream
from domain.order import Lifecycle
from domain.order_events import OrderHeld, OrderHoldReleased
from domain.order_number import ORDER_NUMBER_CHARACTERS_MAX, parse_order_number
from domain.order_parts import NoteVisibility, OriginKind
from domain.order_progress import Lines
from domain.permissions import may_act_for, speaks_for_shop
from projections.order_detail import ORDER_DETAIL
from sql.queries import orders
from sql.queries.events import read_history
from sql.queries.folded import folded_row
from sql.queries.reader import Page, Row

TAG: Final = "Orders"
PLACE: Final = ("placed_at", "order_id")
"""By what lists of orders are ordered."""


_OF_THE_SHOP: Final = {EVENT_NAMES[kind][0] for kind in (OrderHeld, OrderHoldReleased)}


class OrderQuery(Fresh):
    """How fresh the order has to be."""

    consistency: Annotated[
        Literal["strong"] | None,
        Field(description="`strong`: fold the log itself instead of reading the table"),
    ] = None


class OrdersQuery(Paged):
    """Which orders to list."""

    state: Annotated[Lifecycle | None, Field(description="how far the orders have come")] = None
    channel: Channel | None = None
    customer_id: Uuid | None = None
    placed_from: Annotated[Instant | None, Field(description="inclusive")] = None
    placed_to: Annotated[Instant | None, Field(description="exclusive")] = None
    sku: Annotated[Sku | None, Field(description="orders with this product")] = None


class HistoryQuery(Query):
    """Which part of the history to answer."""

    after_version: Version = 0
    limit: Limit = PAGE_ROWS_DEFAULT


OrderNumber = Annotated[str, Field(min_length=1, max_length=ORDER_NUMBER_CHARACTERS_MAX)]


async def get_order(
    ask: Asked, order_id: Uuid, query: Annotated[OrderQuery, Parameters()]
) -> Answer:
    """Read an order. One so new that the table has not heard of it is read from the log."""
    reads = ask.services.reads

    async def ask_table() -> Page:
        return await orders.order_by_id(reads.reader, order_id)

    async def ask_log() -> Page:
        return await folded_row(reads.reader, ORDER_DETAIL, order_stream(order_id), (order_id,))

    is_strong = query.consistency == "strong"
    page = await reads.fresh(orders.DETAIL, query.min_position, ask_log if is_strong else ask_table)
    if not page.rows and not is_strong:
        page = await ask_log()
    return order_answer(ask, page, f"there is no order {order_id}")


async def get_order_by_number(
    ask: Asked, number: OrderNumber, query: Annotated[Fresh, Parameters()]
) -> Answer:
    """Read an order by its number for people; case and separators do not matter."""
    stored = parse_order_number(number)
    reads = ask.services.reads
    page = await reads.fresh(
        orders.DETAIL, query.min_position, lambda: orders.order_by_number(reads.reader, stored)
    )
    return order_answer(ask, page, f"there is no order {stored}")


def order_answer(ask: Asked, page: Page, not_found: str) -> Answer:
    """Answer an order to who may see it.

    Raises:
        OrderNotFound: it is not there, or not for him.
    """
    row = page.only()
    if row is None or not may_act_for(ask.actor, row["customer_id"]):
        raise OrderNotFound(not_found)
    body = {
        **visible_order(row, ask.actor),
        "allowed_commands": allowed_by(row),
        **freshness(page),
    }
    return found_version(ask, body, row["version"])


def visible_order(row: Row, actor: Actor) -> Row:
    """Leave out the notes and holds that are not for this actor."""
    if speaks_for_shop(actor):
        return row
    notes = [note for note in row["notes"] if note["visibility"] == NoteVisibility.CUSTOMER]
    return {**row, "notes": notes, "holds": []}


def allowed_by(row: Row) -> tuple[str, ...]:
    """Tell which commands of people the state of an order allows, whoever asks."""
    return commands_allowed(
        Lifecycle(row["lifecycle"]),
        msgspec.convert(row["progress"], Lines),
        is_held=any(hold["decision"] is None for hold in row["holds"]),
        has_edit=row["edit"] is not None,
        is_imported=row["origin_kind"] == OriginKind.IMPORT,
    )


async def list_orders(ask: Asked, query: Annotated[OrdersQuery, Parameters()]) -> Answer:
    """List orders, newest first."""
    wanted = orders.OrderFilter(
        lifecycle=query.state,
        channel=query.channel,
        customer_id=own_customer_id(ask.actor, query.customer_id),
        placed_from=query.placed_from,
        placed_to=query.placed_to,
        sku=query.sku,
    )
    filters = {"list": "orders", **query.filters()}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        orders.LIST,
        query.min_position,
        lambda: orders.list_orders(reads.reader, wanted, after, query.limit + 1),
    )
    return found(page_body("orders", page, query.limit, filters, PLACE))


def own_customer_id(actor: Actor, wanted: str | None) -> str | None:
    """Tell whose orders this actor gets to see when he asks for those of `wanted`.

    Raises:
        Forbidden: the actor is neither the shop nor that customer.
    """
    if speaks_for_shop(actor):
        return wanted
    own = read_uuid(actor.id) if actor.kind is ActorKind.CUSTOMER else None
    if own is None or wanted not in {None, own}:
        raise Forbidden("a customer may list his own orders")
    return own


async def list_customer_orders(
    ask: Asked, customer_id: Uuid, query: Annotated[Paged, Parameters()]
) -> Answer:
    """List the orders of a customer, newest first."""
    own_customer_id(ask.actor, customer_id)
    filters = {"list": "customer-orders", "customer_id": customer_id}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        orders.BY_CUSTOMER,
        query.min_position,
        lambda: orders.list_customer_orders(reads.reader, customer_id, after, query.limit + 1),
    )
    return found(page_body("orders", page, query.limit, filters, PLACE))


def read_place(place: list[str]) -> orders.OrderKey:
    """Read the place of an order in a list from a cursor.

    Raises:
        ValueError: it is none.
    """
    return orders.OrderKey(*instant_and_id(place))


async def get_order_history(
    ask: Asked, order_id: Uuid, query: Annotated[HistoryQuery, Parameters()]
) -> Answer:
    """Read what happened to an order, oldest first, from the log itself."""
    reader = ask.services.reads.reader
    not_found = OrderNotFound(f"there is no order {order_id}")
    stream = order_stream(order_id)
    if not speaks_for_shop(ask.actor):
        first = (await read_history(reader, stream, 0, 1)).events
        owner = member(first[0]["data"], "customer_id") if first else None
        if owner is None or not may_act_for(ask.actor, owner):
            raise not_found
    page = await read_history(reader, stream, query.after_version, query.limit)
    if not page.events and query.after_version == 0:
        raise not_found
    is_last = len(page.events) < query.limit
    return found(
        {
            "events": [
                event_body(event, with_personal=True)
                for event in page.events
                if may_read(event, ask.actor)
            ],
            "next_after_version": None if is_last else page.events[-1]["version"],
            "as_of_position": page.head_position,
        }
    )


def may_read(event: Row, actor: Actor) -> bool:
    """Tell whether this actor may read an event of an order that he may see.

    Holds are the shop's own business. A payload that cannot be read might be an internal note: only
    the shop sees that it is there.
    """
    if speaks_for_shop(actor):
        return True
    if event["type"] in _OF_THE_SHOP or not isinstance(event["data"], dict):
        return False
    data = cast("dict[str, Any]", event["data"])
    return data.get("visibility", NoteVisibility.CUSTOMER) == NoteVisibility.CUSTOMER


ORDER_QUERIES: Final = (
    QueryRoute(
        "/v1/orders/{order_id}",
        get_order,
        QuerySettings(
            summary="Read an order",
            tag=TAG,
            answer=OrderRead,
            example=ORDER_EXAMPLE,
            refusals=("order_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/orders",
        list_orders,
        QuerySettings(
            summary="List orders",
            tag=TAG,
            answer=OrderPage,
            example=ORDERS_EXAMPLE,
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
    QueryRoute(
        "/v1/customers/{customer_id}/orders",
        list_customer_orders,
        QuerySettings(
            summary="List the orders of a customer",
            tag="Customers",
            answer=OrderPage,
            example=ORDERS_EXAMPLE,
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
    QueryRoute(
        "/v1/orders/by-number/{number}",
        get_order_by_number,
        QuerySettings(
            summary="Read an order by its number",
            tag=TAG,
            answer=OrderRead,
            example=ORDER_EXAMPLE,
            refusals=("order_number_malformed", "order_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/orders/{order_id}/events",
        get_order_history,
        QuerySettings(
            summary="Read the history of an order",
            tag=TAG,
            answer=OrderHistory,
            example=HISTORY_EXAMPLE,
            refusals=("order_not_found",),
        ),
    ),
)
