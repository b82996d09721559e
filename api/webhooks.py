"""How do providers and carriers tell what they did?

Signed webhooks. Their own id of a message is its idempotency key, for ever: it may come twice, late
and in any order (domain.md §1.9). A fact that the log already knows better is taken and changes
nothing: a provider would send it again and again otherwise.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Self, cast

import msgspec
from pydantic import BaseModel, Field, model_validator
from starlette.types import Receive, Scope, Send

from api.bodies import parse_json, read_body, validate
from api.documentation import BATCH_PROBLEMS, problem_responses
from api.edge import REQUEST_ID
from api.fields import AmountMinor, Body, Instant, Reference, Uuid
from api.headers import JSON, Headers, header_map, header_text, require_media_type
from api.problems import RequestRefused
from api.routes import Answer, Application, SlimRoute, annotated_type, send_answer
from api.services import COMMAND_BODY_BYTES_MAX
from api.webhook_signatures import ID, SIGNATURE, TIMESTAMP, is_genuine
from commands.envelope import CommandEnvelope
from commands.provider_facts import FactKind, ProviderFact, command_of
from commands.record_delivered import RecordDelivered
from commands.record_delivery_failed import RecordDeliveryFailed
from commands.record_lost import RecordLost
from commands.record_returned_to_sender import RecordReturnedToSender
from commands.record_tracking import RecordTracking
from commands.registry import Command
from domain.envelope import Actor, ActorKind
from domain.errors import Refusal

TAG: Final = "Webhooks"
SIGNED: Final = (ID, TIMESTAMP, SIGNATURE)
RISK_MAX: Final = 100
PAYMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a21"
SHIPMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a22"
PROVIDER: Final = Actor(ActorKind.PSP, "sandbox")
CARRIER: Final = Actor(ActorKind.CARRIER, "sandbox")

_ENCODE: Final = msgspec.json.Encoder().encode
_Text = Annotated[str, Field(max_length=200)]


class ProviderWebhookBody(Body):
    """What a payment provider says of a payment."""

    kind: Annotated[FactKind, Field(strict=False)]
    payment_id: Uuid
    operation_id: _Text = ""
    psp_ref: _Text = ""
    amount_minor: AmountMinor = 0
    until: Instant | None = None
    risk_score: Annotated[int | None, Field(ge=0, le=RISK_MAX)] = None
    code: _Text = ""
    is_retriable: bool = False
    url: _Text = ""

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.kind is FactKind.REAUTHORIZED and self.until is None:
            raise ValueError("an authorisation that is kept has an end: until")
        return self


class CarrierWebhookBody(Body):
    """What a carrier says of a parcel; `event_id` is its own name of what happened."""

    kind: Literal["tracking", "delivered", "delivery_failed", "returned_to_sender", "lost"]
    shipment_id: Uuid
    event_id: _Text = ""
    status: Reference = "in_transit"
    place: Reference | None = None
    reason: Reference = "unknown"
    at: Instant | None = None


class WebhookAnswer(BaseModel):
    """Whether the message changed anything; `code` says why it did not."""

    result: Literal["taken", "known", "ignored"]
    code: str | None = None


def provider_command(body: ProviderWebhookBody, now: datetime) -> Command:
    """Make the command that tells what a provider said."""
    return command_of(ProviderFact(**body.model_dump()), PROVIDER, now)


def carrier_command(body: CarrierWebhookBody, now: datetime) -> Command:
    """Make the command that tells what a carrier said."""
    who: dict[str, Any] = {
        "actor": CARRIER,
        "asked_at": now,
        "shipment_id": body.shipment_id,
    }
    at = body.at or now
    makers: Mapping[str, Callable[[], Command]] = {
        "tracking": lambda: RecordTracking(
            **who, tracking_id=body.event_id, status=body.status, seen_at=at, place=body.place
        ),
        "delivered": lambda: RecordDelivered(**who, delivered_at=at),
        "delivery_failed": lambda: RecordDeliveryFailed(
            **who, attempt_id=body.event_id, reason=body.reason
        ),
        "returned_to_sender": lambda: RecordReturnedToSender(**who),
        "lost": lambda: RecordLost(**who),
    }
    return makers[body.kind]()


async def sandbox_provider_webhook(ask: Actor, body: ProviderWebhookBody) -> Command:
    """Hear from the sandbox provider what became of a payment.

    Signed as Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) with the
    key of the settings. The same `webhook-id` again has no second effect.
    """
    del ask
    return provider_command(body, datetime.now(UTC))


async def sandbox_carrier_webhook(ask: Actor, body: CarrierWebhookBody) -> Command:
    """Hear from the sandbox carrier where a parcel is.

    Signed as Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) with the
    key of the settings. The same `webhook-id` again has no second effect.
    """
    del ask
    return carrier_command(body, datetime.now(UTC))


class WebhookRoute(SlimRoute):
    """A route that takes messages of one party."""

    method = "POST"

    def __init__(
        self, path: str, endpoint: Callable[..., Any], actor: Actor, example: Mapping[str, Any]
    ) -> None:
        """Document it as the other routes are."""
        super().__init__(
            path,
            endpoint,
            {"result": "taken", "code": None},
            summary=f"Hear from the {path.rpartition('-')[2]}",
            tags=[TAG],
            response_model=WebhookAnswer,
            responses=problem_responses((*BATCH_PROBLEMS, "forbidden")),
            openapi_extra={
                "parameters": [_header(name) for name in SIGNED],
                "requestBody": {
                    "content": {JSON: {"examples": {"example": {"value": dict(example)}}}}
                },
            },
        )
        self.actor = actor
        self.body_model: type[BaseModel] = annotated_type(endpoint, "body")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message."""
        application = cast("Application", scope["app"])
        headers = header_map(scope["headers"])
        require_media_type(headers)
        options = application.edge_options
        body = await read_body(headers, receive, COMMAND_BODY_BYTES_MAX, options.body_seconds_max)
        webhook_id, timestamp, signatures = (_required(headers, name) for name in SIGNED)
        _require_genuine(options.webhook_key, webhook_id, timestamp, signatures, body)
        command = await self.answering(self.actor, body=validate(self.body_model, parse_json(body)))
        envelope = CommandEnvelope(
            principal=f"{self.actor.kind}:{self.actor.id}",
            idempotency_key=f"webhook:{webhook_id}",
            fingerprint=sha256(body).digest(),
            actor=self.actor,
            command_id=webhook_id,
            correlation_id=scope[REQUEST_ID],
        )
        try:
            answer = await application.services.handler.handle(command, envelope)
        except Refusal as refusal:
            result = {"result": "ignored", "code": refusal.code}
        else:
            result = {"result": "known" if answer.replayed else "taken", "code": None}
        await send_answer(send, Answer(HTTPStatus.OK, _ENCODE(result)))


def _header(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": "see Standard Webhooks",
        "schema": {"type": "string"},
    }


def _required(headers: Headers, name: str) -> str:
    """Read a header of the signature.

    Raises:
        RequestRefused: it is not there.
    """
    text = header_text(headers, name.encode())
    if text is None:
        raise RequestRefused("malformed", f"the header {name} is missing")
    return text


def _require_genuine(
    key: bytes | None, webhook_id: str, timestamp: str, signatures: str, body: bytes
) -> None:
    """Refuse a message that is not signed by the party, or is old.

    Raises:
        RequestRefused: it is not, or there is no key to tell.
    """
    is_named = 0 < len(webhook_id) <= 200  # noqa: PLR2004 - as long as a text of the body
    genuine = (
        key is not None
        and is_named
        and is_genuine(key, webhook_id, timestamp, signatures, body, time.time())
    )
    if not genuine:
        raise RequestRefused("forbidden", "the message is not signed by this party, or too old")


WEBHOOKS: Final = (
    WebhookRoute(
        "/v1/webhooks/sandbox-provider",
        sandbox_provider_webhook,
        PROVIDER,
        {
            "kind": "authorized",
            "payment_id": PAYMENT_ID,
            "psp_ref": f"sb_{PAYMENT_ID}",
            "amount_minor": 1275,
            "until": "2026-12-01T00:00:00Z",
            "risk_score": 5,
        },
    ),
    WebhookRoute(
        "/v1/webhooks/sandbox-carrier",
        sandbox_carrier_webhook,
        CARRIER,
        {"kind": "delivered", "shipment_id": SHIPMENT_ID, "at": "2026-12-01T10:15:00Z"},
    ),
)
