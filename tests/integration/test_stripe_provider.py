"""Does the adapter to Stripe have cards charged once, and say truly what became of it?

Against localstripe, which has no idempotency keys: what is never done twice here is not done twice
because the adapter looks first.
"""

from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from typing import Any

import pytest

from commands.provider_calls import ProviderCall
from commands.provider_facts import FactKind, ProviderFact
from commands.stripe_facts import ORDER_ID as ORDER_MARK
from commands.stripe_facts import PAYMENT_ID as PAYMENT_MARK
from domain.payment_events import PaymentOperation
from tests.api_client import new_id
from tests.running_api import free_port
from tests.stripe_services import (
    CARD_DECLINED,
    CARD_OK,
    INTENTS,
    NUMBER_TO_CONFIRM,
    StripeBridge,
    a_bridge,
    a_localstripe,
    a_stripe_client,
)
from workers import stripe_provider
from workers.options import StripeOptions
from workers.outside import OutcomeUnknown
from workers.stripe_provider import StripeProvider, open_stripe

REFUNDS = "/v1/refunds"
DUE = 2_500


@pytest.fixture(scope="module")
def localstripe_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with a_localstripe(tmp_path_factory.mktemp("localstripe") / "log") as url:
        yield url


@pytest.fixture
async def bridge(localstripe_url: str) -> AsyncGenerator[StripeBridge]:
    async with a_bridge(localstripe_url) as bridge:
        yield bridge


@pytest.fixture
async def provider(bridge: StripeBridge) -> AsyncGenerator[StripeProvider]:
    async with open_stripe(bridge.options) as provider:
        yield provider


def a_call(method_ref: str = CARD_OK, **changes: Any) -> ProviderCall:  # noqa: ANN401
    payment_id = new_id()
    call = ProviderCall(
        operation=PaymentOperation.AUTHORIZE,
        payment_id=payment_id,
        operation_id=payment_id,
        order_id=new_id(),
        currency="GBP",
        amount_minor=DUE,
        method_ref=method_ref,
    )
    return replace(call, **changes)


def then(
    call: ProviderCall,
    operation: PaymentOperation,
    **changes: Any,  # noqa: ANN401 - fields of ProviderCall
) -> ProviderCall:
    """Make a call for another operation on the same payment."""
    return replace(call, **{"operation": operation, "operation_id": new_id()} | changes)


async def authorised(provider: StripeProvider) -> ProviderCall:
    """Have a payment authorised; the call knows Stripe's name of it."""
    call = a_call()
    (fact,) = await provider.carry_out(call)
    assert fact.kind is FactKind.AUTHORIZED
    return replace(call, psp_ref=fact.psp_ref)


def answered(call: ProviderCall, kind: FactKind, **fields: Any) -> ProviderFact:  # noqa: ANN401
    return ProviderFact(
        kind=kind,
        payment_id=call.payment_id,
        operation_id=call.operation_id,
        psp_ref=call.psp_ref,
        **fields,
    )


async def intents_of(bridge: StripeBridge) -> list[dict[str, Any]]:
    async with a_stripe_client(bridge) as client:
        found = await client.v1.payment_intents.list_async({"limit": 100})
        return [intent.to_dict() for intent in found.data]


async def test_authorised_captured_and_given_back(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = await authorised(provider)
    capture = then(call, PaymentOperation.CAPTURE)
    assert await provider.carry_out(capture) == [
        answered(capture, FactKind.CAPTURED, amount_minor=DUE)
    ]
    refund = then(call, PaymentOperation.REFUND, amount_minor=700)
    assert await provider.carry_out(refund) == [
        answered(refund, FactKind.REFUNDED, amount_minor=700)
    ]
    (intent,) = await intents_of(bridge)
    assert (intent["status"], intent["amount"], intent["capture_method"]) == (
        "succeeded",
        DUE,
        "manual",
    )
    assert intent["metadata"][PAYMENT_MARK] == call.payment_id
    assert intent["metadata"][ORDER_MARK] == call.order_id


async def test_every_operation_is_sent_under_its_own_id(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = await authorised(provider)
    capture, refund = (
        then(call, operation) for operation in (PaymentOperation.CAPTURE, PaymentOperation.REFUND)
    )
    for each in (capture, refund):
        await provider.carry_out(each)
    given_up = await authorised(provider)
    void = then(given_up, PaymentOperation.VOID)
    await provider.carry_out(void)
    assert bridge.keys_of(INTENTS) == [call.operation_id, given_up.operation_id]
    assert bridge.keys_of("/capture") == [capture.operation_id]
    assert bridge.keys_of("/refunds") == [refund.operation_id]
    assert bridge.keys_of("/cancel") == [void.operation_id]


@pytest.mark.parametrize("status", [429, 409])
async def test_what_was_not_begun_is_tried_again_under_the_same_key(
    bridge: StripeBridge,
    provider: StripeProvider,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setattr(stripe_provider, "PAUSE_SECONDS", 0.01)
    bridge.refused = [(INTENTS, status), (INTENTS, status)]
    call = await authorised(provider)
    assert bridge.keys_of(INTENTS) == [call.operation_id] * 3
    assert len(await intents_of(bridge)) == 1


async def test_an_authorisation_whose_answer_was_lost_is_asked_for(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = a_call()
    bridge.lost.append(INTENTS)
    with pytest.raises(OutcomeUnknown):
        await provider.carry_out(call)
    (fact,) = await provider.carry_out(replace(call, asks_only=True))
    assert (fact.kind, fact.amount_minor) == (FactKind.AUTHORIZED, DUE)
    assert [intent["id"] for intent in await intents_of(bridge)] == [fact.psp_ref]


async def test_an_authorisation_that_never_arrived_is_sent_again_under_the_same_key(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = a_call()
    bridge.refused.append((INTENTS, 500))
    with pytest.raises(OutcomeUnknown, match="status 500"):
        await provider.carry_out(call)
    (fact,) = await provider.carry_out(replace(call, asks_only=True))
    assert fact.kind is FactKind.AUTHORIZED
    assert bridge.keys_of(INTENTS) == [call.operation_id] * 2


async def test_a_capture_whose_answer_was_lost_is_not_made_twice(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    capture = then(await authorised(provider), PaymentOperation.CAPTURE)
    bridge.lost.append("/capture")
    with pytest.raises(OutcomeUnknown):
        await provider.carry_out(capture)
    assert await provider.carry_out(replace(capture, asks_only=True)) == [
        answered(capture, FactKind.CAPTURED, amount_minor=DUE)
    ]
    assert bridge.keys_of("/capture") == [capture.operation_id] * 2


async def test_a_refund_whose_answer_was_lost_is_not_made_twice(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = await authorised(provider)
    await provider.carry_out(then(call, PaymentOperation.CAPTURE))
    refund = then(call, PaymentOperation.REFUND, amount_minor=700)
    bridge.lost.append("/refunds")
    with pytest.raises(OutcomeUnknown):
        await provider.carry_out(refund)
    assert await provider.carry_out(replace(refund, asks_only=True)) == [
        answered(refund, FactKind.REFUNDED, amount_minor=700)
    ]
    assert [each.method for each in bridge.sent if each.path.endswith("/refunds")] == [
        "POST",
        "GET",
    ]


async def test_another_attempt_has_another_key_and_is_not_taken_for_the_one_before(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = await authorised(provider)
    await provider.carry_out(then(call, PaymentOperation.CAPTURE))
    first = then(call, PaymentOperation.REFUND, amount_minor=700)
    await provider.carry_out(first)
    second = replace(first, attempt=2, amount_minor=800)
    assert await provider.carry_out(replace(second, asks_only=True)) == [
        answered(second, FactKind.REFUNDED, amount_minor=800)
    ]
    keys = [each.key for each in bridge.sent if (each.method, each.path) == ("POST", REFUNDS)]
    assert keys == [first.operation_id, f"{first.operation_id}:2"]
    assert await provider.carry_out(replace(first, asks_only=True)) == [
        answered(first, FactKind.REFUNDED, amount_minor=700)
    ]


async def test_what_a_capture_leaves_is_given_up_and_a_second_one_refused(
    provider: StripeProvider,
) -> None:
    call = await authorised(provider)
    first = then(call, PaymentOperation.CAPTURE, amount_minor=1_000)
    rest = replace(first, operation_id=f"{first.operation_id}:rest")
    assert await provider.carry_out(first) == [
        answered(first, FactKind.CAPTURED, amount_minor=1_000),
        answered(rest, FactKind.VOIDED, amount_minor=DUE - 1_000),
    ]
    second = then(call, PaymentOperation.CAPTURE, amount_minor=1_500)
    (fact,) = await provider.carry_out(second)
    assert (fact.kind, fact.operation_id) == (FactKind.CAPTURE_FAILED, second.operation_id)


async def test_given_up(bridge: StripeBridge, provider: StripeProvider) -> None:
    call = await authorised(provider)
    void = then(call, PaymentOperation.VOID)
    known, fact = await provider.carry_out(void)
    assert (known.kind, known.amount_minor) == (FactKind.AUTHORIZED, DUE)
    assert fact == answered(void, FactKind.VOIDED, amount_minor=DUE)
    assert (await intents_of(bridge))[0]["status"] == "canceled"
    assert await provider.carry_out(replace(void, asks_only=True)) == [known, fact]


async def test_what_is_taken_cannot_be_given_up(provider: StripeProvider) -> None:
    call = await authorised(provider)
    await provider.carry_out(then(call, PaymentOperation.CAPTURE))
    (fact,) = await provider.carry_out(then(call, PaymentOperation.VOID))
    assert fact.kind is FactKind.VOID_FAILED


async def test_a_payment_that_the_log_has_not_heard_of_is_found_to_be_given_up(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = a_call()
    void = then(call, PaymentOperation.VOID, amount_minor=0)
    with pytest.raises(OutcomeUnknown, match="does not know"):
        await provider.carry_out(void)
    bridge.lost.append(INTENTS)
    with pytest.raises(OutcomeUnknown):
        await provider.carry_out(call)
    facts = await provider.carry_out(replace(void, asks_only=True))
    assert [fact.kind for fact in facts] == [FactKind.AUTHORIZED, FactKind.VOIDED]


async def test_a_declined_card(provider: StripeProvider) -> None:
    call = a_call(CARD_DECLINED)
    assert await provider.carry_out(call) == [
        ProviderFact(kind=FactKind.DECLINED, payment_id=call.payment_id, code="card_declined")
    ]


async def test_a_card_that_there_is_not(provider: StripeProvider) -> None:
    (fact,) = await provider.carry_out(a_call("pm_nobodys"))
    assert (fact.kind, fact.is_retriable) == (FactKind.DECLINED, False)


async def test_a_customer_has_to_confirm(bridge: StripeBridge, provider: StripeProvider) -> None:
    async with a_stripe_client(bridge) as client:
        method = await client.v1.payment_methods.create_async(
            {
                "type": "card",
                "card": {
                    "number": NUMBER_TO_CONFIRM,
                    "exp_month": 12,
                    "exp_year": 2030,
                    "cvc": "123",
                },
            }
        )
    call = a_call(method.id)
    begun, asked = await provider.carry_out(call)
    assert (begun.kind, asked.kind) == (FactKind.PROCESSING, FactKind.ACTION_REQUIRED)
    (void,) = await provider.carry_out(
        then(call, PaymentOperation.VOID, psp_ref=begun.psp_ref, amount_minor=0)
    )
    assert (void.kind, void.amount_minor) == (FactKind.VOIDED, 0)


async def test_an_impossible_call_is_refused_without_asking(
    bridge: StripeBridge, provider: StripeProvider
) -> None:
    call = a_call(currency="ISK")
    assert await provider.carry_out(call) == [
        ProviderFact(
            kind=FactKind.DECLINED, payment_id=call.payment_id, code="currency_unsupported"
        )
    ]
    assert not bridge.sent


async def test_a_stripe_that_cannot_be_reached_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stripe_provider, "PAUSE_SECONDS", 0.001)
    nowhere = StripeOptions(api_key="sk_test_1", api_url=f"http://127.0.0.1:{free_port()}")
    async with open_stripe(nowhere) as provider:
        for _ in range(5):
            with pytest.raises(OutcomeUnknown, match="cannot be reached"):
                await provider.carry_out(a_call())
