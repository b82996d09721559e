"""How is an order stopped over HTTP: for good, in part, or until something is cleared up?"""

from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Uuid
from api.order_bodies import CancelLinesBody, CancelOrderBody, PlaceHoldBody, ReleaseHoldBody
from api.order_commands import LOCATION, TAG, answer_example
from api.services import ORDER_BODY_BYTES_MAX
from commands.cancel_lines import CancelLines
from commands.cancel_order import CancelOrder
from commands.order_rules import PartOfLine
from commands.place_hold import PlaceHold
from commands.release_hold import ReleaseHold

CANCELLATION_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a03"
HOLD_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a06"


async def cancel_order(ask: Ask, order_id: Uuid, body: CancelOrderBody) -> CancelOrder:
    """Cancel what has not left yet of an order.

    The order is `cancelling` until what was reserved and paid is undone; then it is `cancelled`,
    or goes on with what had left before. The same `cancellation_id` again has no second effect.
    """
    return CancelOrder(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        cancellation_id=body.cancellation_id,
        reason_code=body.reason_code,
        note=body.note,
        all_or_nothing=body.all_or_nothing,
    )


async def cancel_lines(ask: Ask, order_id: Uuid, body: CancelLinesBody) -> CancelLines:
    """Cancel pieces that have not left yet. Who cancels all pieces cancels the order."""
    return CancelLines(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        cancellation_id=body.cancellation_id,
        lines=tuple(
            PartOfLine(line_id=line.line_id, quantity=line.quantity) for line in body.lines
        ),
        reason_code=body.reason_code,
    )


async def place_hold(ask: Ask, order_id: Uuid, body: PlaceHoldBody) -> PlaceHold:
    """Keep the goods of an order in the house until the hold is released; for the shop."""
    return PlaceHold(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        hold_id=body.hold_id,
        kind=body.kind,
        reason=body.reason,
    )


async def release_hold(
    ask: Ask, order_id: Uuid, hold_id: Uuid, body: ReleaseHoldBody
) -> ReleaseHold:
    """Decide what an order was held for; for the shop."""
    return ReleaseHold(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        hold_id=hold_id,
        decision=body.decision,
        note=body.note,
    )


ORDER_STOPS: Final = (
    CommandRoute(
        "/v1/orders/{order_id}/cancel",
        cancel_order,
        CommandSettings(
            summary="Cancel an order",
            tag=TAG,
            example={"cancellation_id": CANCELLATION_ID, "reason_code": "customer_request"},
            answer_example=answer_example(3, 4713),
            location=LOCATION,
            refusals=(
                "order_not_found",
                "operation_conflict",
                "order_state_conflict",
                "already_shipped",
            ),
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/cancel-lines",
        cancel_lines,
        CommandSettings(
            summary="Cancel a part of an order",
            tag=TAG,
            example={
                "cancellation_id": CANCELLATION_ID,
                "lines": [{"line_id": "1", "quantity": 2}],
                "reason_code": "customer_request",
            },
            answer_example=answer_example(3, 4713),
            location=LOCATION,
            refusals=(
                "order_not_found",
                "operation_conflict",
                "order_state_conflict",
                "edit_in_progress",
                "empty_order",
                "quantity_invalid",
                "duplicate_line_id",
                "line_not_found",
                "line_quantity_exceeded",
            ),
            body_bytes_max=ORDER_BODY_BYTES_MAX,
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/holds",
        place_hold,
        CommandSettings(
            summary="Hold an order",
            tag=TAG,
            example={
                "hold_id": HOLD_ID,
                "kind": "fraud",
                "reason": "Third card, one address: ask the customer first.",
            },
            answer_example=answer_example(3, 4713),
            location=LOCATION,
            refusals=(
                "order_not_found",
                "operation_conflict",
                "order_state_conflict",
                "already_shipped",
            ),
            if_match=IfMatch.ACCEPTED,
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/holds/{hold_id}/release",
        release_hold,
        CommandSettings(
            summary="Release a hold",
            tag=TAG,
            example={"decision": "approve", "note": "Called her, all is well."},
            answer_example=answer_example(4, 4714),
            location=LOCATION,
            refusals=(
                "order_not_found",
                "hold_not_found",
                "hold_already_released",
                "order_state_conflict",
            ),
            if_match=IfMatch.ACCEPTED,
        ),
    ),
)
