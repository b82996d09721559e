"""How is an order changed over HTTP?"""

from http import HTTPStatus
from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.documented_dry_runs import edit_dry_run
from api.edit_bodies import ProposeEditBody, RejectEditBody, operation_of
from api.fields import Uuid
from api.order_commands import COUPON_REFUSALS, CUSTOMER_ID, LOCATION, ORDER_ID, TAG, answer_example
from api.services import ORDER_BODY_BYTES_MAX
from commands.propose_edit import ProposeEdit
from commands.reject_edit import RejectEdit

EDIT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a07"


async def propose_edit(ask: Ask, order_id: Uuid, body: ProposeEditBody) -> ProposeEdit:
    """Propose a change of an order that is on its way.

    The answer to `GET /v1/orders/{order_id}` tells in `edit` what the order would come to. The
    order changes as soon as the pieces and the money for the change are there, or stays as it is.
    """
    return ProposeEdit(
        actor=ask.actor,
        asked_at=ask.asked_at,
        policy=ask.services.policy,
        order_id=order_id,
        edit_id=body.edit_id,
        base_version=body.base_version,
        operations=tuple(map(operation_of, body.operations)),
    )


async def reject_edit(ask: Ask, order_id: Uuid, edit_id: Uuid, body: RejectEditBody) -> RejectEdit:
    """Withdraw a proposed change that was not made yet."""
    return RejectEdit(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        edit_id=edit_id,
        reason=body.reason,
    )


ORDER_EDITS: Final = (
    CommandRoute(
        "/v1/orders/{order_id}/edits",
        propose_edit,
        CommandSettings(
            summary="Propose a change of an order",
            tag=TAG,
            example={
                "edit_id": EDIT_ID,
                "base_version": 1,
                "operations": [
                    {"kind": "set_quantity", "line_id": "1", "quantity": 4},
                    {"kind": "add_line", "line_id": "3", "sku": "22423", "quantity": 1},
                ],
            },
            answer_example=answer_example(5, 4715),
            location=LOCATION,
            refusals=(
                "order_not_found",
                "operation_conflict",
                "edit_stale",
                "cancel_in_progress",
                "order_state_conflict",
                "edit_in_progress",
                "edit_not_allowed_after_shipment",
                "product_not_found",
                "product_not_sellable",
                "price_not_available",
                "duplicate_line_id",
                "line_not_found",
                "quantity_invalid",
                "amount_invalid",
                "amount_out_of_range",
                "reason_required",
                "empty_order",
                "too_many_lines",
                "shipping_method_not_applicable",
                *COUPON_REFUSALS,
                "tax_rate_unknown",
                "no_changes",
            ),
            if_match=IfMatch.ACCEPTED,
            body_bytes_max=ORDER_BODY_BYTES_MAX,
            # A line of the body names the product here, not the path.
            statuses={"product_not_found": HTTPStatus.UNPROCESSABLE_ENTITY},
            dry_run_example=edit_dry_run(EDIT_ID, ORDER_ID, CUSTOMER_ID),
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/edits/{edit_id}/reject",
        reject_edit,
        CommandSettings(
            summary="Withdraw a proposed change",
            tag=TAG,
            example={"reason": "the customer changed his mind"},
            answer_example=answer_example(6, 4716),
            location=LOCATION,
            refusals=("order_not_found", "edit_not_found", "edit_already_decided"),
            if_match=IfMatch.ACCEPTED,
        ),
    ),
)
