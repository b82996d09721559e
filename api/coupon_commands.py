"""What can be asked about a coupon over HTTP?

Orders take their places on coupons through their fulfilment, not here. The server decides again
when others were faster, so no version needs to be sent.
"""

from http import HTTPStatus
from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.coupon_bodies import CouponCode, CreateCouponBody, PauseCouponBody, ResumeCouponBody
from commands.create_coupon import CreateCoupon
from commands.pause_coupon import PauseCoupon
from commands.resume_coupon import ResumeCoupon

TAG: Final = "Coupons"
CODE: Final = "SPRING-26"
_LOCATION: Final = "/v1/coupons/{id}"


async def create_coupon(ask: Ask, body: CreateCouponBody) -> CreateCoupon:
    """Create a coupon; nothing of it changes later. The same again is no error."""
    return CreateCoupon(
        actor=ask.actor,
        asked_at=ask.asked_at,
        code=body.code,
        kind=body.kind,
        value=body.value,
        currency=body.currency,
        min_subtotal_minor=body.min_subtotal_minor,
        skus=body.skus,
        max_redemptions=body.max_redemptions,
        max_per_customer=body.max_per_customer,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        stackable=body.stackable,
    )


async def pause_coupon(ask: Ask, code: CouponCode, body: PauseCouponBody) -> PauseCoupon:
    """Let a coupon count for no more orders until it is resumed. The body is `{}`."""
    del body
    return PauseCoupon(actor=ask.actor, asked_at=ask.asked_at, code=code)


async def resume_coupon(ask: Ask, code: CouponCode, body: ResumeCouponBody) -> ResumeCoupon:
    """Let a coupon that was paused count again. The body is `{}`."""
    del body
    return ResumeCoupon(actor=ask.actor, asked_at=ask.asked_at, code=code)


def _answer(version: int, position: int) -> dict[str, str | int]:
    return {"id": CODE, "version": version, "position": position}


def _settings(summary: str, version: int) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example={},
        answer_example=_answer(version, 4711 + version),
        location=_LOCATION,
        refusals=("coupon_not_found", "coupon_not_active"),
        if_match=IfMatch.ACCEPTED,
        # The path names the coupon here, not the body of an order.
        statuses={"coupon_not_found": HTTPStatus.NOT_FOUND},
    )


COUPON_COMMANDS: Final = (
    CommandRoute(
        "/v1/coupons",
        create_coupon,
        CommandSettings(
            summary="Create a coupon",
            tag=TAG,
            example={
                "code": CODE,
                "kind": "percent",
                "value": 150_000,
                "currency": "GBP",
                "min_subtotal_minor": 2_000,
                "max_redemptions": 1_000,
                "max_per_customer": 1,
                "starts_at": "2026-03-20T00:00:00Z",
                "ends_at": "2026-06-21T00:00:00Z",
            },
            answer_example=_answer(1, 4712),
            location=_LOCATION,
            refusals=(
                "coupon_already_exists",
                "coupon_period_invalid",
                "coupon_not_applicable",
                "amount_invalid",
                "amount_out_of_range",
                "currency_unsupported",
                "quantity_invalid",
            ),
            if_match=IfMatch.SENSELESS,
        ),
    ),
    CommandRoute("/v1/coupons/{code}/pause", pause_coupon, _settings("Pause a coupon", 2)),
    CommandRoute("/v1/coupons/{code}/resume", resume_coupon, _settings("Resume a coupon", 3)),
)
