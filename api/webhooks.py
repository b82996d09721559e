"""How do the provider and the carrier of the sandbox tell what they did?

Signed webhooks; `webhook_route.py` says how they are taken, `stripe_webhooks.py` is another party.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from api.bodies import parse_json, validate
from api.fields import AmountMinor, Body, Instant, Reference, Uuid
from api.headers import Headers
from api.problems import RequestRefused
from api.routes import Application
from api.webhook_route import Heard, WebhookRoute, required
from api.webhook_signatures import ID, SIGNATURE, TIMESTAMP, is_genuine
from commands.provider_facts import FactKind, ProviderFact, command_of
from commands.record_delivered import RecordDelivered
from commands.record_delivery_failed import RecordDeliveryFailed
from commands.record_lost import RecordLost
from commands.record_returned_to_sender import RecordReturnedToSender
from commands.record_tracking import RecordTracking
from commands.registry import Command
from domain.envelope import Actor, ActorKind

SIGNED: Final = (ID, TIMESTAMP, SIGNATURE)
RISK_MAX: Final = 100
PAYMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a21"
SHIPMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a22"
PROVIDER: Final = Actor(ActorKind.PSP, "sandbox")
CARRIER: Final = Actor(ActorKind.CARRIER, "sandbox")

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


class SandboxWebhookRoute(WebhookRoute):
    """A route that takes messages of one party of the sandbox."""

    signed = SIGNED
    signature = "Standard Webhooks"

    async def hear(self, application: Application, headers: Headers, body: bytes) -> Heard:
        """Make commands of a message that the party signed.

        Raises:
            RequestRefused: it did not, or the message is not right.
        """
        webhook_id, timestamp, signatures = (required(headers, name) for name in SIGNED)
        key = application.edge_options.webhook_key
        _require_genuine(key, webhook_id, timestamp, signatures, body)
        said = validate(self.body_model, parse_json(body))
        return Heard(webhook_id, (await self.answering(self.actor, body=said),))


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
    SandboxWebhookRoute(
        "/v1/webhooks/sandbox-provider",
        sandbox_provider_webhook,
        PROVIDER,
        "Hear from the provider",
        {
            "kind": "authorized",
            "payment_id": PAYMENT_ID,
            "psp_ref": f"sb_{PAYMENT_ID}",
            "amount_minor": 1275,
            "until": "2026-12-01T00:00:00Z",
            "risk_score": 5,
        },
    ),
    SandboxWebhookRoute(
        "/v1/webhooks/sandbox-carrier",
        sandbox_carrier_webhook,
        CARRIER,
        "Hear from the carrier",
        {"kind": "delivered", "shipment_id": SHIPMENT_ID, "at": "2026-12-01T10:15:00Z"},
    ),
)
