"""What can be asked about payments?

A customer sees the payments of his own orders; what belongs to others looks as if it were not
there.
"""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Reference, Uuid, read_uuid
from api.order_queries import own_customer_id
from api.pages import page_body
from api.payment_commands import ORDER_ID, PAYMENT_ID
from api.payment_read_bodies import LedgerPage, PaymentRead
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
from domain.events import payment_stream
from domain.payment_errors import PaymentNotFound
from domain.permissions import may_act_for
from projections.payment_ledger import PAYMENT_LEDGER, LedgerOperation, LedgerStatus
from projections.payment_summary import LedgerAmount, summary_of
from sql.queries import payments
from sql.queries.folded import folded_rows
from sql.queries.reader import Row

TAG: Final = "Payments"


class LedgerQuery(Paged):
    """Which operations to list."""

    order_id: Annotated[Uuid | None, Field(description="of this order only")] = None
    psp_ref: Annotated[
        Reference | None, Field(description="authorisations with this name at the provider only")
    ] = None
    status: Annotated[
        LedgerStatus | Literal["unsettled"] | None,
        Field(description="`unsettled`: whatever the provider has not said yes or no to"),
    ] = None


async def get_payment(
    ask: Asked, payment_id: Uuid, query: Annotated[Fresh, Parameters()]
) -> Answer:
    """Read a payment: all that was asked of the provider, and what it amounts to.

    One so new that the table has not heard of it is read from the log.
    """
    reads = ask.services.reads
    page = await reads.fresh(
        payments.LEDGER,
        query.min_position,
        lambda: payments.ledger_of(reads.reader, payment_id),
    )
    if not page.rows:
        page = await folded_rows(reads.reader, PAYMENT_LEDGER, payment_stream(payment_id))
    if not page.rows or not may_act_for(ask.actor, page.rows[0]["customer_id"]):
        raise PaymentNotFound(f"there is no payment {payment_id}")
    body = payment_body(page.rows)
    return found_version(ask, {**body, **freshness(page)}, body["version"])


def payment_body(rows: list[Row]) -> dict[str, Any]:
    """Write a payment with all of its operations, of which there is one at least."""
    first = rows[0]
    for row in rows:
        row.pop("last_position", None)
    amounts = [
        LedgerAmount(
            LedgerOperation(row["operation"]), LedgerStatus(row["status"]), row["amount_minor"]
        )
        for row in rows
    ]
    return {
        **{name: first[name] for name in ("payment_id", "order_id", "customer_id", "currency")},
        "psp_ref": next((row["psp_ref"] for row in rows if row["psp_ref"] is not None), None),
        **asdict(summary_of(amounts)),
        "version": max(row["version"] for row in rows),
        "operations": rows,
    }


async def list_payments(ask: Asked, query: Annotated[LedgerQuery, Parameters()]) -> Answer:
    """List the operations of payments, by payment and id. Customers see those of their orders."""
    wanted = payments.LedgerFilter(
        order_id=query.order_id,
        customer_id=own_customer_id(ask.actor, None),
        psp_ref=query.psp_ref,
        status=query.status,
    )
    filters = {"list": "payments", **query.filters()}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        payments.LEDGER,
        query.min_position,
        lambda: payments.list_ledger(reads.reader, wanted, after, query.limit + 1),
    )
    place = ("payment_id", "operation_id")
    return found(page_body("operations", page, query.limit, filters, place))


def read_place(place: list[str]) -> tuple[str, str]:
    """Read the place of an operation in the list from a cursor.

    Raises:
        ValueError: it is none.
    """
    payment_id, operation_id = place
    own_id = read_uuid(payment_id)
    if own_id is None:
        raise ValueError("no payment id")
    return own_id, operation_id


LEDGER_EXAMPLE: Final[dict[str, Any]] = {
    "payment_id": PAYMENT_ID,
    "operation_id": PAYMENT_ID,
    "order_id": ORDER_ID,
    "customer_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02",
    "operation": LedgerOperation.AUTHORIZE,
    "amount_minor": 3_117,
    "currency": "GBP",
    "psp_ref": "pi_3Nf0",
    "status": LedgerStatus.DONE,
    "code": None,
    "occurred_at": "2026-11-20T10:15:00Z",
    "recorded_at": "2026-11-20T10:15:01Z",
    "version": 2,
}

PAYMENT_QUERIES: Final = (
    QueryRoute(
        "/v1/payments/{payment_id}",
        get_payment,
        QuerySettings(
            summary="Read a payment",
            tag=TAG,
            answer=PaymentRead,
            example={**payment_body([LEDGER_EXAMPLE]), **FRESHNESS_EXAMPLE},
            refusals=("payment_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/payments",
        list_payments,
        QuerySettings(
            summary="List the operations of payments",
            tag=TAG,
            answer=LedgerPage,
            example={
                "operations": [LEDGER_EXAMPLE],
                "next_cursor": None,
                **FRESHNESS_EXAMPLE,
            },
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
)
