"""What can be asked about payments over HTTP?

A customer pays for his own orders; what happens to the money then the shop alone asks for. What
providers say comes from them, not from here. The server decides again when others were faster, so
no version needs to be sent.
"""

from http import HTTPStatus
from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Uuid
from api.payment_bodies import (
    RequestCaptureBody,
    RequestPaymentBody,
    RequestRefundBody,
    RequestVoidBody,
)
from commands.request_capture import RequestCapture
from commands.request_payment import RequestPayment
from commands.request_refund import RequestRefund
from commands.request_void import RequestVoid

TAG: Final = "Payments"
PAYMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a21"
ORDER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01"
_OPERATION_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a22"
_LOCATION: Final = "/v1/payments/{id}"
_AMOUNT_REFUSALS: Final = ("amount_invalid", "amount_out_of_range", "operation_conflict")


async def request_payment(ask: Ask, body: RequestPaymentBody) -> RequestPayment:
    """Have a provider vouch for what an order comes to, or for a part of it.

    `payment_id` is yours: the same id with the same body answers the same payment again, with
    another body it is refused. A payment that was declined is over; try again under a new id.
    """
    return RequestPayment(
        actor=ask.actor,
        asked_at=ask.asked_at,
        payment_id=body.payment_id,
        order_id=body.order_id,
        amount_minor=body.amount_minor,
        currency=body.currency,
        method_ref=body.method_ref,
        capture_mode=body.capture_mode,
    )


async def request_capture(ask: Ask, payment_id: Uuid, body: RequestCaptureBody) -> RequestCapture:
    """Have the provider take money that it authorised. What failed may be asked for again."""
    return RequestCapture(
        actor=ask.actor,
        asked_at=ask.asked_at,
        payment_id=payment_id,
        capture_id=body.capture_id,
        amount_minor=body.amount_minor,
        shipment_id=body.shipment_id,
    )


async def request_void(ask: Ask, payment_id: Uuid, body: RequestVoidBody) -> RequestVoid:
    """Have the provider give up what was not taken. Where nothing is left, nothing happens."""
    return RequestVoid(
        actor=ask.actor,
        asked_at=ask.asked_at,
        payment_id=payment_id,
        void_id=body.void_id,
        reason=body.reason,
    )


async def request_refund(ask: Ask, payment_id: Uuid, body: RequestRefundBody) -> RequestRefund:
    """Have the provider give back money that it took. What failed may be asked for again."""
    return RequestRefund(
        actor=ask.actor,
        asked_at=ask.asked_at,
        payment_id=payment_id,
        refund_id=body.refund_id,
        amount_minor=body.amount_minor,
        reason=body.reason,
        return_id=body.return_id,
    )


def _answer(version: int, position: int) -> dict[str, str | int]:
    return {"id": PAYMENT_ID, "version": version, "position": position}


def _settings(
    summary: str, example: dict[str, object], refusals: tuple[str, ...]
) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example=example,
        answer_example=_answer(3, 4721),
        location=_LOCATION,
        refusals=("payment_not_found", *refusals),
        if_match=IfMatch.ACCEPTED,
    )


PAYMENT_COMMANDS: Final = (
    CommandRoute(
        "/v1/payments",
        request_payment,
        CommandSettings(
            summary="Pay for an order",
            tag=TAG,
            example={
                "payment_id": PAYMENT_ID,
                "order_id": ORDER_ID,
                "amount_minor": 3_117,
                "currency": "GBP",
                "method_ref": "pm_card_visa",
            },
            answer_example=_answer(1, 4719),
            location=_LOCATION,
            refusals=(
                "order_not_found",
                *_AMOUNT_REFUSALS,
                "currency_mismatch",
                "order_state_conflict",
            ),
            if_match=IfMatch.SENSELESS,
            # The body names the order here, not the path.
            statuses={"order_not_found": HTTPStatus.UNPROCESSABLE_ENTITY},
        ),
    ),
    CommandRoute(
        "/v1/payments/{payment_id}/capture",
        request_capture,
        _settings(
            "Take money",
            {"capture_id": _OPERATION_ID, "amount_minor": 3_117},
            (
                *_AMOUNT_REFUSALS,
                "payment_state_conflict",
                "authorization_expired",
                "capture_exceeds_authorized",
            ),
        ),
    ),
    CommandRoute(
        "/v1/payments/{payment_id}/void",
        request_void,
        _settings(
            "Give up what was not taken",
            {"void_id": _OPERATION_ID, "reason": "order cancelled"},
            ("operation_conflict", "void_after_capture"),
        ),
    ),
    CommandRoute(
        "/v1/payments/{payment_id}/refund",
        request_refund,
        _settings(
            "Give money back",
            {"refund_id": _OPERATION_ID, "amount_minor": 1_275, "reason": "returned"},
            (*_AMOUNT_REFUSALS, "refund_exceeds_captured"),
        ),
    ),
)
