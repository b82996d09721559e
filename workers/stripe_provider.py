"""How is Stripe told and asked, through its own library?

The key of a call is its `Idempotency-Key`, so that sending it again is Stripe's own way of asking:
the first result is answered again, a refusal too, and another attempt has another key. Keys are
forgotten after a day; before something is sent again whose outcome nobody knows, it is therefore
looked for by our id in the metadata. docs/stripe.md says what becomes what.

Source: Stripe's API reference, idempotent requests; its guide to placing a hold on a payment
method.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import stripe
from stripe.params import PaymentIntentCreateParams

from commands.provider_calls import ProviderCall
from commands.provider_facts import FactKind, ProviderFact
from commands.stripe_facts import (
    ATTEMPT,
    CAPTURE_ID,
    ORDER_ID,
    PAYMENT_ID,
    REFUND_ID,
    VOID_ID,
    attempt_of,
    begun,
    captured,
    declined,
    facts_of_intent,
    facts_of_refund,
    marked,
    voided,
)
from domain.money import currency_exponent
from domain.payment_events import PaymentOperation
from workers.circuit import CircuitBreaker
from workers.options import StripeOptions
from workers.outside import OutcomeUnknown
from workers.stripe_client import error_object, in_words, is_soon_over, open_stripe_client

TRIES_MAX: Final = 3
PAUSE_SECONDS: Final = 0.5
REFUNDS_MAX: Final = 100

OTHER_UNITS: Final = frozenset({"ISK", "MGA", "UGX"})
"""Currencies whose amounts Stripe counts in other units than ISO 4217.

Source: Stripe's list of currencies, zero-decimal currencies and special cases.
"""

Intent = Mapping[str, Any]
Facts = tuple[ProviderFact, ...]


@asynccontextmanager
async def open_stripe(options: StripeOptions) -> AsyncGenerator["StripeProvider"]:
    """Make the provider that is Stripe."""
    async with open_stripe_client(options) as client:
        yield StripeProvider(client, options.return_url)


class StripeProvider:
    """Authorises, captures, voids and refunds card payments as PaymentIntents."""

    def __init__(self, client: stripe.StripeClient, return_url: str | None = None) -> None:
        """Use an open client."""
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._return_url = return_url
        self._breaker = CircuitBreaker()
        self._operations: Mapping[PaymentOperation, Callable[[ProviderCall], Awaitable[Facts]]] = {
            PaymentOperation.AUTHORIZE: self._authorize,
            PaymentOperation.CAPTURE: self._capture,
            PaymentOperation.VOID: self._void,
            PaymentOperation.REFUND: self._refund,
        }

    async def carry_out(self, call: ProviderCall) -> list[ProviderFact]:
        """Have an operation carried out, under the key of the call.

        Raises:
            OutcomeUnknown: no answer came, or none that says what became of it.
        """
        code = impossible(call)
        if code is not None:
            return [refusal(call, {"code": code})]
        for number in range(TRIES_MAX):
            if not self._breaker.may_try():
                break
            try:
                facts = await self._operations[call.operation](call)
            except (stripe.CardError, stripe.InvalidRequestError) as error:
                facts = (refusal(call, error_object(error)),)
            except (stripe.StripeError, UnicodeError) as error:
                self._breaker.failed()
                if not (isinstance(error, stripe.StripeError) and is_soon_over(error)):
                    raise _unknown(error) from error
                pause = PAUSE_SECONDS * 2**number
                await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311 - no secret
                continue
            self._breaker.succeeded()
            return list(facts)
        raise OutcomeUnknown("Stripe cannot be reached, or is left alone for a while")

    async def _authorize(self, call: ProviderCall) -> Facts:
        intent = await self._search(call) if call.asks_only else None
        if intent is None:
            intent = await self._create(call)
        facts = facts_of_intent(intent)
        if not facts:
            raise OutcomeUnknown(f"Stripe has not gone beyond {intent['status']}")
        if facts[0].kind is FactKind.ACTION_REQUIRED:  # what may follow needs Stripe's name of it
            return (begun(intent), *facts)
        return facts

    async def _create(self, call: ProviderCall) -> Intent:
        # Always the same for the same call, or Stripe would refuse the key.
        wanted: PaymentIntentCreateParams = {
            "amount": call.amount_minor,
            "currency": call.currency.lower(),
            "payment_method": call.method_ref,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {PAYMENT_ID: call.payment_id, ORDER_ID: call.order_id},
            "expand": ["latest_charge"],
        }
        if self._return_url is not None:
            wanted["return_url"] = self._return_url
        created = await self._intents.create_async(wanted, {"idempotency_key": call.key})
        return created.to_dict()

    async def _capture(self, call: ProviderCall) -> Facts:
        intent_id = await self._intent_id(call)
        try:
            taken = await self._intents.capture_async(
                intent_id,
                {
                    "amount_to_capture": call.amount_minor,
                    "metadata": {CAPTURE_ID: call.operation_id},
                },
                {"idempotency_key": call.key},
            )
            intent = taken.to_dict()
        except stripe.InvalidRequestError:
            # Most likely it is not open to captures any more: because of this one?
            intent = await self._retrieve(intent_id)
            if intent["status"] != "succeeded" or not marked(intent, CAPTURE_ID, call.operation_id):
                raise
        return captured(intent, call.operation_id, call.amount_minor)

    async def _void(self, call: ProviderCall) -> Facts:
        intent_id = await self._intent_id(call)
        try:
            # So that the webhook knows whose wish it was: a cancellation takes no metadata.
            await self._intents.update_async(intent_id, {"metadata": {VOID_ID: call.operation_id}})
            cancelled = await self._intents.cancel_async(
                intent_id,
                {"expand": ["latest_charge"]},
                {"idempotency_key": call.key},
            )
            intent = cancelled.to_dict()
        except stripe.InvalidRequestError:
            intent = await self._retrieve(intent_id)
            if intent["status"] != "canceled":
                raise
        return voided(intent, call.operation_id)

    async def _refund(self, call: ProviderCall) -> Facts:
        intent_id = await self._intent_id(call)
        refund = await self._known_refund(call, intent_id) if call.asks_only else None
        attempt = {ATTEMPT: str(call.attempt)} if call.attempt > 1 else {}
        if refund is None:
            created = await self._refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": call.amount_minor,
                    "metadata": {
                        PAYMENT_ID: call.payment_id,
                        ORDER_ID: call.order_id,
                        REFUND_ID: call.operation_id,
                        **attempt,
                    },
                },
                {"idempotency_key": call.key},
            )
            refund = created.to_dict()
        facts = facts_of_refund(refund)
        if not facts:
            raise OutcomeUnknown("the refund is pending at Stripe")
        return facts[:1]

    async def _known_refund(self, call: ProviderCall, intent_id: str) -> Intent | None:
        found = await self._refunds.list_async({"payment_intent": intent_id, "limit": REFUNDS_MAX})
        refunds = [refund.to_dict() for refund in found.data]
        ours = (
            refund
            for refund in refunds
            if marked(refund, REFUND_ID, call.operation_id) and attempt_of(refund) == call.attempt
        )
        return next(ours, None)

    async def _intent_id(self, call: ProviderCall) -> str:
        """Tell Stripe's name of a payment, looking for it if the log has not heard it yet."""
        if call.psp_ref:
            return call.psp_ref
        found = await self._search(call)
        if found is None:
            raise OutcomeUnknown("Stripe does not know the payment yet")
        return found["id"]

    async def _retrieve(self, intent_id: str) -> Intent:
        found = await self._intents.retrieve_async(intent_id, {"expand": ["latest_charge"]})
        return found.to_dict()

    async def _search(self, call: ProviderCall) -> Intent | None:
        """Look for a payment by our id; Stripe finds one a minute after it was made."""
        query = f"metadata['{PAYMENT_ID}']:'{call.payment_id}'"
        try:
            found = await self._intents.search_async({"query": query, "limit": 1})
        except stripe.InvalidRequestError:  # not every account may search
            return None
        return await self._retrieve(found.data[0].id) if found.data else None


def impossible(call: ProviderCall) -> str | None:
    """Tell why Stripe cannot even be asked, None if it can."""
    if call.operation is PaymentOperation.REAUTHORIZE:
        return "reauthorization_unsupported"
    if call.currency in OTHER_UNITS:
        return "currency_unsupported"
    if currency_exponent(call.currency) > 2 and call.amount_minor % 10:  # noqa: PLR2004 - digits
        return "amount_unsupported"
    return None


def refusal(call: ProviderCall, error: Mapping[str, Any]) -> ProviderFact:
    """Make the fact that Stripe refused an operation."""
    no = declined(error, call.payment_id)
    if call.operation is PaymentOperation.AUTHORIZE:
        return no
    return ProviderFact(
        kind=_REFUSED[call.operation],
        payment_id=call.payment_id,
        operation_id=call.operation_id,
        code=no.code,
    )


_REFUSED: Final = {
    PaymentOperation.CAPTURE: FactKind.CAPTURE_FAILED,
    PaymentOperation.VOID: FactKind.VOID_FAILED,
    PaymentOperation.REFUND: FactKind.REFUND_FAILED,
    PaymentOperation.REAUTHORIZE: FactKind.REAUTHORIZATION_FAILED,
}


def _unknown(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(in_words(error) if isinstance(error, stripe.StripeError) else repr(error))
