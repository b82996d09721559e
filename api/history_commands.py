"""What can be recorded over HTTP about orders from elsewhere?

For importers, who speak for the shop: everything that happened to an order there is one command, so
that its payment, parcel, stock and end are in the log together or not at all (ADR 11).
"""

from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Uuid
from api.history_bodies import RecordPastFulfilmentBody, RecordPastReturnBody
from api.order_commands import LOCATION, answer_example
from api.services import ORDER_BODY_BYTES_MAX
from commands.order_rules import PartOfLine
from commands.record_past_fulfilment import RecordPastFulfilment
from commands.record_past_return import RecordPastReturn

TAG: Final = "Import"
RETURN_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a07"
_AT: Final = "2010-12-01T08:26:00Z"
_REFUSALS: Final = (
    "order_not_found",
    "order_not_imported",
    "operation_conflict",
    "occurred_at_in_future",
)


async def record_past_fulfilment(
    ask: Ask, order_id: Uuid, body: RecordPastFulfilmentBody
) -> RecordPastFulfilment:
    """Record that an imported order was paid, sent and delivered, all of it at one time.

    Its pieces are taken off the shelf of `location`, where they have to be; payment and parcel are
    marked `synthetic`. The same again is no error.
    """
    return RecordPastFulfilment(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        location=body.location,
        occurred_at=body.occurred_at,
    )


async def record_past_return(
    ask: Ask, order_id: Uuid, body: RecordPastReturnBody
) -> RecordPastReturn:
    """Record that pieces of an imported order came back, were accepted and paid back.

    They go back to the shelf of `location`. The same again is no error.
    """
    return RecordPastReturn(
        actor=ask.actor,
        asked_at=ask.asked_at,
        return_id=body.return_id,
        order_id=order_id,
        lines=tuple(
            PartOfLine(line_id=line.line_id, quantity=line.quantity) for line in body.lines
        ),
        location=body.location,
        occurred_at=body.occurred_at,
    )


HISTORY_COMMANDS: Final = (
    CommandRoute(
        "/v1/orders/{order_id}/record-past-fulfilment",
        record_past_fulfilment,
        CommandSettings(
            summary="Record that an imported order was carried out",
            tag=TAG,
            example={"location": "MAIN", "occurred_at": _AT},
            answer_example=answer_example(8, 4720),
            location=LOCATION,
            refusals=(
                *_REFUSALS,
                "insufficient_stock",
                "order_state_conflict",
                "order_on_hold",
            ),
            if_match=IfMatch.ACCEPTED,
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/record-past-return",
        record_past_return,
        CommandSettings(
            summary="Record that pieces of an imported order came back",
            tag=TAG,
            example={
                "return_id": RETURN_ID,
                "lines": [{"line_id": "1", "quantity": 2}],
                "location": "MAIN",
                "occurred_at": _AT,
            },
            answer_example={"id": RETURN_ID, "version": 5, "position": 4735},
            location="/v1/returns/{id}",
            refusals=(
                *_REFUSALS,
                "empty_order",
                "quantity_invalid",
                "duplicate_line_id",
                "line_not_found",
                "return_qty_exceeded",
                "item_not_returnable",
                "return_window_closed",
                "stock_item_not_found",
                "refund_exceeds_captured",
            ),
            if_match=IfMatch.SENSELESS,
            body_bytes_max=ORDER_BODY_BYTES_MAX,  # as many lines as an order has
        ),
    ),
)
