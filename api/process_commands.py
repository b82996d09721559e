"""What can an operator ask of the fulfilment of an order over HTTP?"""

from typing import Annotated, Final

from pydantic import Field

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Body, Reason, Reference, Uuid
from api.order_commands import ORDER_ID
from commands.retry_fulfilment_step import RetryFulfilmentStep
from commands.skip_fulfilment_step import SkipFulfilmentStep

TAG: Final = "Fulfilment"
STEP: Final = "refund:0198c0de-7a31-7c06-8f6e-0d7c3c1b5a31"


class RetryStepBody(Body):
    """The step that the process gave up, and why it may go well now."""

    step: Annotated[Reference, Field(description="as `troubles` names it")]
    reason: Reason


class SkipStepBody(Body):
    """The step that the process gave up, and how it was seen to otherwise."""

    step: Annotated[Reference, Field(description="as `troubles` names it")]
    reason: Reason


async def retry_fulfilment_step(
    ask: Ask, order_id: Uuid, body: RetryStepBody
) -> RetryFulfilmentStep:
    """Let the process try a step again that it gave up."""
    return RetryFulfilmentStep(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        step=body.step,
        reason=body.reason,
    )


async def skip_fulfilment_step(ask: Ask, order_id: Uuid, body: SkipStepBody) -> SkipFulfilmentStep:
    """Let the process go on without a step that was seen to otherwise."""
    return SkipFulfilmentStep(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        step=body.step,
        reason=body.reason,
    )


def _settings(summary: str, reason: str) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example={"step": STEP, "reason": reason},
        answer_example={"id": ORDER_ID, "version": 17, "position": 4717},
        location="/v1/orders/{id}/process",
        refusals=("fulfilment_not_found", "step_not_stuck"),
        if_match=IfMatch.ACCEPTED,
    )


PROCESS_COMMANDS: Final = (
    CommandRoute(
        "/v1/orders/{order_id}/process/retry",
        retry_fulfilment_step,
        _settings("Try a step of an order's fulfilment again", "the customer has a new account"),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/process/skip",
        skip_fulfilment_step,
        _settings("Skip a step of an order's fulfilment", "sent a cheque"),
    ),
)
