"""How does Stripe tell what became of a payment?

Signed with the secret of the endpoint, and checked by Stripe's own library. An event holds the
object as it was then; which facts that comes to, `commands/stripe_facts.py` knows. One that bears
no id of ours is about the payment that Stripe's name of it belongs to. Where no payment has that
name yet, it is for Stripe to send a dispute or a refund again, for a day: it may be that of another
system on the same account.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from api.bodies import parse_json, validate
from api.fields import read_uuid
from api.headers import Headers
from api.problems import RequestRefused
from api.routes import Application
from api.services import ORDER_BODY_BYTES_MAX
from api.webhook_route import EARLY, Heard, WebhookRoute, required
from commands.provider_facts import FactKind, ProviderFact, command_of
from commands.stripe_facts import PAYMENT_ID, facts_of_event
from domain.envelope import Actor, ActorKind
from sql.queries import payments
from sql.queries.reader import Reader

SIGNATURE: Final = "stripe-signature"
TOLERANCE_SECONDS: Final = 300
FRESH: Final = timedelta(days=1)
STRIPE: Final = Actor(ActorKind.PSP, "stripe")

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class StripeEventData(BaseModel):
    """What an event is about."""

    object: Annotated[dict[str, Any], Field(description="as Stripe describes it")]


class StripeEventBody(BaseModel):
    """An event of Stripe; other fields are not looked at."""

    id: _Name
    type: _Name
    created: Annotated[int, Field(description="in seconds since 1970", ge=0, le=2**53)] = 0
    data: StripeEventData


async def stripe_webhook(ask: Actor, body: StripeEventBody) -> Sequence[ProviderFact]:
    """Hear from Stripe what became of a payment.

    Signed in `Stripe-Signature` with the secret of the settings. The same event again has no second
    effect; events of other types, or about payments of others, are taken and ignored.
    """
    del ask
    try:
        return facts_of_event(body.type, body.data.object)
    except (KeyError, TypeError, ValueError) as error:
        raise RequestRefused(
            "malformed", f"the object of the event is not as Stripe describes it: {error!r}"
        ) from error


class StripeWebhookRoute(WebhookRoute):
    """The route that takes Stripe's events."""

    signed = (SIGNATURE,)
    signature = "Stripe's guide to webhooks"
    body_bytes_max = ORDER_BODY_BYTES_MAX

    async def hear(self, application: Application, headers: Headers, body: bytes) -> Heard:
        """Make commands of an event.

        Raises:
            RequestRefused: Stripe did not sign it, or it is not right.
            Unavailable: the table of payments cannot be asked.
        """
        signature = required(headers, SIGNATURE)
        secret = application.edge_options.stripe_webhook_secret
        if secret is None or not is_from_stripe(secret, signature, body):
            raise RequestRefused("forbidden", "the event is not signed by Stripe, or too old")
        event = validate(StripeEventBody, parse_json(body))
        facts: Sequence[ProviderFact] = await self.answering(self.actor, body=event)
        named = [await _named(fact, application.services.reads.reader) for fact in facts]
        now = datetime.now(UTC)
        is_fresh = now.timestamp() - event.created < FRESH.total_seconds()
        if is_fresh and any(map(_is_early, named)):
            raise RequestRefused(EARLY, "no payment is known by this name yet")
        commands = [command_of(fact, self.actor, now) for fact in named]
        return Heard(event.id, commands, is_fresh)


def is_from_stripe(secret: str, signature: str, body: bytes) -> bool:
    """Tell whether Stripe signed an event, not too long ago."""
    from stripe import SignatureVerificationError, WebhookSignature  # noqa: PLC0415 - of an extra

    library: Any = WebhookSignature  # not typed everywhere
    try:
        return bool(library.verify_header(body, signature, secret, TOLERANCE_SECONDS))
    except (SignatureVerificationError, TypeError, ValueError):  # or no text that can be one
        return False


async def _named(fact: ProviderFact, reader: Reader) -> ProviderFact:
    """Give a fact our id of the payment where Stripe's name of it is all that is known."""
    if read_uuid(fact.payment_id) is not None or not fact.psp_ref:
        return fact
    wanted = payments.LedgerFilter(psp_ref=fact.psp_ref)
    page = await payments.list_ledger(reader, wanted, None, 1)
    return replace(fact, payment_id=page.rows[0]["payment_id"]) if page.rows else fact


def _is_early(fact: ProviderFact) -> bool:
    """Tell whether the payment of a refund or dispute is not found by Stripe's name of it."""
    return fact.kind in _BY_HAND and not fact.payment_id and bool(fact.psp_ref)


_BY_HAND: Final = frozenset(
    {
        FactKind.REFUNDED,
        FactKind.CHARGEBACK,
        FactKind.CHARGEBACK_WON,
        FactKind.CHARGEBACK_LOST,
    }
)
"""What may happen to a payment without a wish of ours."""


STRIPE_WEBHOOK: Final = StripeWebhookRoute(
    "/v1/webhooks/stripe",
    stripe_webhook,
    STRIPE,
    "Hear from Stripe",
    {
        "id": "evt_3Nf0",
        "type": "payment_intent.amount_capturable_updated",
        "data": {
            "object": {
                "id": "pi_3Nf0",
                "object": "payment_intent",
                "status": "requires_capture",
                "amount": 1275,
                "currency": "gbp",
                "created": 1_796_083_200,
                "latest_charge": "ch_3Nf0",
                "metadata": {PAYMENT_ID: "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a21"},
            }
        },
    },
)
