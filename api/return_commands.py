"""What can be asked about a return over HTTP?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.documented_dry_runs import return_dry_run
from api.fields import Uuid
from api.return_bodies import (
    ApproveReturnBody,
    CancelReturnBody,
    CloseReturnBody,
    DeclineReturnBody,
    InspectReturnBody,
    ReceiveReturnBody,
    ReleaseCreditBody,
    RequestReturnBody,
)
from api.routes import Endpoint
from api.services import ORDER_BODY_BYTES_MAX
from commands.approve_return import ApproveReturn
from commands.cancel_return import CancelReturn
from commands.close_return import CloseReturn
from commands.decline_return import DeclineReturn
from commands.inspect_return import InspectedPart, InspectReturn
from commands.receive_return import ReceivedPart, ReceiveReturn
from commands.release_credit import ReleaseCredit
from commands.request_return import RequestReturn, UnwantedPart

TAG: Final = "Returns"
RETURN_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a07"
ORDER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01"
RECEIPT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a17"
CUSTOMER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02"
_LINE: Final = {"line_id": "1", "quantity": 2}
_LINES_REFUSED: Final = ("empty_order", "quantity_invalid", "duplicate_line_id", "line_not_found")
_REFUSALS: Final = ("return_not_found", "return_state_conflict")


async def request_return(ask: Ask, body: RequestReturnBody) -> RequestReturn:
    """Ask for pieces of an order to be taken back. No other return can count on them then."""
    return RequestReturn(
        actor=ask.actor,
        asked_at=ask.asked_at,
        return_id=body.return_id,
        order_id=body.order_id,
        lines=tuple(
            UnwantedPart(line_id=line.line_id, quantity=line.quantity, reason_code=line.reason_code)
            for line in body.lines
        ),
        resolution=body.resolution,
        note=body.note,
        occurred_at=body.occurred_at,
    )


async def approve_return(ask: Ask, return_id: Uuid, body: ApproveReturnBody) -> ApproveReturn:
    """Take the pieces back, on these terms."""
    return ApproveReturn(
        actor=ask.actor,
        asked_at=ask.asked_at,
        return_id=return_id,
        send_by=body.send_by,
        label=body.label,
        restocking_fee_minor=body.restocking_fee_minor,
        refunds_shipping=body.refunds_shipping,
    )


async def decline_return(ask: Ask, return_id: Uuid, body: DeclineReturnBody) -> DeclineReturn:
    """Do not take the pieces back. They may be asked for again."""
    return DeclineReturn(
        actor=ask.actor, asked_at=ask.asked_at, return_id=return_id, reason=body.reason
    )


async def receive_return(ask: Ask, return_id: Uuid, body: ReceiveReturnBody) -> ReceiveReturn:
    """Note what came back. More may follow under another `receipt_id`."""
    return ReceiveReturn(
        actor=ask.actor,
        asked_at=ask.asked_at,
        return_id=return_id,
        receipt_id=body.receipt_id,
        lines=tuple(
            ReceivedPart(line_id=line.line_id, quantity=line.quantity, condition=line.condition)
            for line in body.lines
        ),
    )


async def inspect_return(ask: Ask, return_id: Uuid, body: InspectReturnBody) -> InspectReturn:
    """Accept or reject every piece that came back; that says what the customer gets."""
    return InspectReturn(
        actor=ask.actor,
        asked_at=ask.asked_at,
        return_id=return_id,
        lines=tuple(
            InspectedPart(
                line_id=line.line_id,
                accepted=line.accepted,
                rejected=line.rejected,
                disposition=line.disposition,
            )
            for line in body.lines
        ),
    )


async def release_credit(ask: Ask, return_id: Uuid, body: ReleaseCreditBody) -> ReleaseCredit:
    """Give back as money what no order was paid with."""
    del body
    return ReleaseCredit(actor=ask.actor, asked_at=ask.asked_at, return_id=return_id)


async def close_return(ask: Ask, return_id: Uuid, body: CloseReturnBody) -> CloseReturn:
    """End an inspected return. What was not accepted may be asked for again."""
    del body
    return CloseReturn(actor=ask.actor, asked_at=ask.asked_at, return_id=return_id)


async def cancel_return(ask: Ask, return_id: Uuid, body: CancelReturnBody) -> CancelReturn:
    """Keep the pieces after all, as long as none has come back."""
    del body
    return CancelReturn(actor=ask.actor, asked_at=ask.asked_at, return_id=return_id)


def _settings(
    summary: str,
    refusals: tuple[str, ...],
    example: Mapping[str, Any],
    version: int,
    if_match: IfMatch = IfMatch.REQUIRED,
) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example=example,
        answer_example={"id": RETURN_ID, "version": version, "position": 4730 + version},
        location="/v1/returns/{id}",
        refusals=refusals,
        if_match=if_match,
        body_bytes_max=ORDER_BODY_BYTES_MAX,  # as many lines as an order has
    )


def _route(name: str, endpoint: Endpoint, settings: CommandSettings) -> CommandRoute:
    return CommandRoute(f"/v1/returns/{{return_id}}/{name}", endpoint, settings)


RETURN_COMMANDS: Final = (
    CommandRoute(
        "/v1/returns",
        request_return,
        replace(
            _settings(
                "Ask for a return",
                (
                    "order_not_found",
                    "operation_conflict",
                    "occurred_at_in_future",
                    *_LINES_REFUSED,
                    "return_qty_exceeded",
                    "item_not_returnable",
                    "return_window_closed",
                ),
                {
                    "return_id": RETURN_ID,
                    "order_id": ORDER_ID,
                    "lines": [{**_LINE, "reason_code": "unwanted"}],
                    "resolution": "refund",
                },
                1,
                IfMatch.SENSELESS,
            ),
            dry_run_example=return_dry_run(RETURN_ID, ORDER_ID, CUSTOMER_ID),
        ),
    ),
    _route(
        "approve",
        approve_return,
        _settings(
            "Approve a return",
            (*_REFUSALS, "amount_invalid", "amount_out_of_range"),
            {"send_by": "2026-12-04T00:00:00Z", "label": "RL-4711", "restocking_fee_minor": 150},
            2,
        ),
    ),
    _route(
        "decline",
        decline_return,
        _settings("Decline a return", _REFUSALS, {"reason": "It was used for years."}, 2),
    ),
    _route(
        "receive",
        receive_return,
        _settings(
            "Note what came back",
            (*_REFUSALS, "operation_conflict", *_LINES_REFUSED, "received_qty_exceeded"),
            {"receipt_id": RECEIPT_ID, "lines": [{**_LINE, "condition": "unopened"}]},
            3,
        ),
    ),
    _route(
        "inspect",
        inspect_return,
        _settings(
            "Inspect what came back",
            (
                *_REFUSALS,
                *_LINES_REFUSED,
                "received_qty_exceeded",
                "disposition_incomplete",
                "operation_conflict",
                "return_qty_exceeded",
                "refund_exceeds_captured",
            ),
            {"lines": [{"line_id": "1", "accepted": 2, "rejected": 0, "disposition": "shelf"}]},
            4,
        ),
    ),
    _route(
        "release-credit",
        release_credit,
        _settings("Give a credit back as money", _REFUSALS, {}, 5),
    ),
    _route("close", close_return, _settings("Close a return", _REFUSALS, {}, 5)),
    _route("cancel", cancel_return, _settings("Cancel a return", _REFUSALS, {}, 2)),
)
