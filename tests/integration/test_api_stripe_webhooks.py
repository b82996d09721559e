"""Is Stripe heard over HTTP, once, in any order, and nobody in its place?"""

import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from stripe import WebhookSignature

from api.stripe_webhooks import SIGNATURE, TOLERANCE_SECONDS
from commands.stripe_facts import CAPTURE_ID, PAYMENT_ID, REFUND_ID, VOID_ID
from domain.payment_events import ChargebackResolved
from tests.api_client import AS_STAFF, STRIPE_WEBHOOK_SECRET, ApiClient, api_on, new_id
from tests.catching_up import Projectors
from tests.running_workers import read_log
from tests.stripe_examples import (
    DISPUTE_ID,
    a_dispute,
    a_stripe_refund,
    an_error,
    an_event,
    an_intent,
)

Json = dict[str, Any]
STRIPE = "/v1/webhooks/stripe"
DUE = 1_500
TAKEN = {"result": "taken", "code": None}
DAY_SECONDS = 86_400
NOTHING = {"result": "ignored", "code": None}
NOBODYS = {"result": "ignored", "code": "payment_not_found"}


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def a_payment(api: ApiClient) -> str:
    payment_id = new_id()
    body = {
        "payment_id": payment_id,
        "order_id": (await api.an_order())["order_id"],
        "amount_minor": DUE,
        "currency": "GBP",
        "method_ref": "pm_card_visa",
    }
    answer = await api.command("/v1/payments", body, headers=AS_STAFF)
    assert answer.status_code == 201, answer.text
    return payment_id


def an_intent_of(payment_id: str, status: str, **changes: Any) -> Json:  # noqa: ANN401
    marks = changes.pop("marks", {})
    received = DUE if status == "succeeded" else 0
    return an_intent(
        status,
        **{"amount": DUE, "amount_received": received} | changes,
        metadata={PAYMENT_ID: payment_id, **marks},
    )


def signed(body: str, *, age: int = 0, secret: str = STRIPE_WEBHOOK_SECRET) -> dict[str, str]:
    library: Any = WebhookSignature
    header = library.generate_signature_header(body, secret, int(time.time()) - age)
    return {"Content-Type": "application/json; charset=utf-8", SIGNATURE: header}


async def tell(
    api: ApiClient, event_type: str, said: Json, event_id: str | None = None
) -> httpx2.Response:
    event = an_event(event_type, said, event_id or f"evt_{new_id()}", int(time.time()))
    body = json.dumps(event, indent=2)
    return await api.http.post(STRIPE, content=body, headers=signed(body))


async def hear(api: ApiClient, event_type: str, said: Json) -> Json:
    answer = await tell(api, event_type, said)
    assert answer.status_code == 200, answer.text
    heard: Json = answer.json()
    return heard


async def kinds_of(database_url: str) -> list[str]:
    return [
        event.type
        for event in await read_log(database_url)
        if event.type.startswith(("payment-", "refund-", "chargeback-"))
    ]


async def test_stripe_is_heard_once(api: ApiClient, database_url: str) -> None:
    said = an_intent_of(await a_payment(api), "requires_capture")
    event_type, event_id = "payment_intent.amount_capturable_updated", f"evt_{new_id()}"
    answers = [await tell(api, event_type, said, event_id) for _ in range(2)]
    assert [(each.status_code, each.json()["result"]) for each in answers] == [
        (200, "taken"),
        (200, "known"),
    ]
    assert await kinds_of(database_url) == ["payment-requested", "payment-authorized"]
    wanted = {"type": "payment-authorized"}
    feed = await api.http.get("/v1/events", params=wanted, headers=AS_STAFF)
    (event,) = feed.json()["events"]
    assert event["actor"] == {"kind": "psp", "id": "stripe"}


async def test_what_was_taken_is_heard_before_what_was_authorised(
    api: ApiClient, database_url: str
) -> None:
    payment_id = await a_payment(api)
    marks = {CAPTURE_ID: "capture-1"}
    taken = an_intent_of(payment_id, "succeeded", amount_received=1_000, marks=marks)
    assert await hear(api, "payment_intent.succeeded", taken) == TAKEN
    late = an_intent_of(payment_id, "requires_capture")
    assert await hear(api, "payment_intent.amount_capturable_updated", late) == TAKEN
    refund = a_stripe_refund(
        "succeeded", amount=400, metadata={PAYMENT_ID: payment_id, REFUND_ID: "refund-1"}
    )
    assert await hear(api, "refund.created", refund) == TAKEN
    assert await hear(api, "refund.updated", refund) == TAKEN
    assert await kinds_of(database_url) == [
        "payment-requested",
        "payment-authorized",
        "payment-capture-requested",
        "payment-captured",
        "payment-void-requested",
        "payment-voided",
        "refund-requested",
        "refund-succeeded",
    ]


async def test_a_refund_that_comes_back_is_a_reversal(api: ApiClient, database_url: str) -> None:
    payment_id = await a_payment(api)
    await hear(api, "payment_intent.succeeded", an_intent_of(payment_id, "succeeded"))
    marks = {PAYMENT_ID: payment_id, REFUND_ID: "refund-1"}
    await hear(api, "refund.created", a_stripe_refund("succeeded", amount=400, metadata=marks))
    failed = a_stripe_refund("failed", amount=400, metadata=marks, failure_reason="expired_card")
    assert await hear(api, "refund.failed", failed) == TAKEN
    assert (await kinds_of(database_url))[-2:] == ["refund-succeeded", "refund-reversed"]


async def test_declined_confirmed_and_given_up(api: ApiClient, database_url: str) -> None:
    declined = await a_payment(api)
    error = an_error()
    said = an_intent_of(declined, "requires_payment_method", last_payment_error=error)
    assert await hear(api, "payment_intent.payment_failed", said) == TAKEN
    asked = await a_payment(api)
    action = {"redirect_to_url": {"url": "https://hooks.stripe.com/1"}}
    said = an_intent_of(asked, "requires_action", next_action=action)
    assert await hear(api, "payment_intent.requires_action", said) == TAKEN
    said = an_intent_of(asked, "requires_capture")
    assert await hear(api, "payment_intent.amount_capturable_updated", said) == TAKEN
    said = an_intent_of(asked, "canceled", marks={VOID_ID: "void-1"})
    assert await hear(api, "payment_intent.canceled", said) == TAKEN
    assert [kind for kind in await kinds_of(database_url) if kind != "payment-requested"] == [
        "payment-declined",
        "payment-action-required",
        "payment-authorized",
        "payment-void-requested",
        "payment-voided",
    ]


async def test_an_authorisation_that_stripe_ends_has_expired(
    api: ApiClient, database_url: str
) -> None:
    payment_id = await a_payment(api)
    said = an_intent_of(payment_id, "requires_capture")
    await hear(api, "payment_intent.amount_capturable_updated", said)
    said = an_intent_of(payment_id, "canceled", cancellation_reason="automatic")
    assert await hear(api, "payment_intent.canceled", said) == TAKEN
    assert (await kinds_of(database_url))[-1] == "payment-authorization-expired"


async def test_a_dispute_and_a_refund_by_hand_are_found_by_the_name_of_the_payment(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    payment_id = await a_payment(api)
    opened, event_id = a_dispute("needs_response", amount=1_000), f"evt_{new_id()}"
    early = await tell(api, "charge.dispute.created", opened, event_id)
    assert (early.status_code, early.json()["code"]) == (409, "told_too_early")
    await hear(api, "payment_intent.succeeded", an_intent_of(payment_id, "succeeded"))
    await projectors.catch_up()
    by_hand = a_stripe_refund("succeeded", amount=300, metadata={})
    assert await hear(api, "refund.created", by_hand) == TAKEN
    lost = a_dispute("lost", amount=1_000)
    assert await hear(api, "charge.dispute.closed", lost) == TAKEN
    late = await tell(api, "charge.dispute.created", opened, event_id)
    assert (late.status_code, late.json()) == (200, TAKEN)
    assert (await kinds_of(database_url))[-4:] == [
        "refund-requested",
        "refund-succeeded",
        "chargeback-opened",
        "chargeback-resolved",
    ]
    last = (await read_log(database_url))[-1].data
    assert isinstance(last, ChargebackResolved)
    assert (last.case_id, last.amount_minor, last.is_won) == (DISPUTE_ID, 1_000, False)


@pytest.mark.parametrize(
    ("event_type", "said"),
    [
        ("charge.dispute.closed", a_dispute("won")),
        ("refund.created", a_stripe_refund("succeeded", metadata={})),
    ],
)
@pytest.mark.usefixtures("projectors")
async def test_what_happened_to_a_payment_of_others_is_heard_of_for_a_day_only(
    api: ApiClient, event_type: str, said: Json
) -> None:
    for age_seconds, status in ((DAY_SECONDS - 60, 409), (DAY_SECONDS + 60, 200)):
        event = an_event(event_type, said, f"evt_{new_id()}", int(time.time()) - age_seconds)
        body = json.dumps(event)
        answer = await api.http.post(STRIPE, content=body, headers=signed(body))
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("event_type", "said", "heard"),
    [
        ("customer.created", {"object": "customer"}, NOTHING),
        ("charge.captured", {"object": "charge"}, NOTHING),
        ("refund.created", a_stripe_refund("pending"), NOTHING),
        ("payment_intent.succeeded", an_intent("succeeded"), NOBODYS),
        ("payment_intent.succeeded", an_intent("succeeded", metadata={}), NOBODYS),
        ("refund.created", a_stripe_refund("succeeded", metadata={}, payment_intent=None), NOBODYS),
    ],
)
@pytest.mark.usefixtures("projectors")
async def test_what_is_not_about_our_payments_is_taken_and_ignored(
    api: ApiClient, database_url: str, event_type: str, said: Json, heard: Json
) -> None:
    before = await read_log(database_url)
    assert await hear(api, event_type, said) == heard
    assert await read_log(database_url) == before


async def test_an_object_that_is_not_as_described_is_refused(api: ApiClient) -> None:
    answer = await tell(api, "payment_intent.succeeded", {"object": "payment_intent"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed_json"),
        ("[]", 422, "validation_failed"),
        ('{"id": "evt_1", "type": "a"}', 422, "validation_failed"),
        ('{"id": "", "type": "a", "data": {"object": {}}}', 422, "validation_failed"),
    ],
)
async def test_an_event_that_is_none_is_refused(
    api: ApiClient, body: str, status: int, code: str
) -> None:
    answer = await api.http.post(STRIPE, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


EVENT = json.dumps(an_event("customer.created", {}))


@pytest.mark.parametrize(
    "headers",
    [
        signed(EVENT, secret="whsec_of_somebody_else"),
        signed(EVENT.replace("customer", "charge")),
        signed(EVENT, age=TOLERANCE_SECONDS + 600),
        signed(EVENT) | {SIGNATURE: ""},
        signed(EVENT) | {SIGNATURE: "v1=00"},
        signed(EVENT) | {SIGNATURE: "t=soon,v1=00"},
        signed(EVENT) | {SIGNATURE: f"t={'9' * 5_000},v1=00"},
        signed(EVENT) | {SIGNATURE: f"t={int(time.time())},v1=\u00e9"},
    ],
    ids=[
        "another's secret",
        "another body",
        "too old",
        "empty",
        "no time",
        "no number",
        "a long number",
        "no ASCII",
    ],
)
async def test_an_event_that_stripe_did_not_sign_is_refused(
    api: ApiClient, headers: dict[str, str]
) -> None:
    encoded = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
    answer = await api.http.post(STRIPE, content=EVENT, headers=encoded)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_body_that_is_no_text_is_refused(api: ApiClient) -> None:
    answer = await api.http.post(STRIPE, content=b"\xff", headers=signed("\xff"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_event_without_its_signature_is_malformed(api: ApiClient) -> None:
    answer = await api.http.post(
        STRIPE, content=EVENT, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert SIGNATURE in answer.json()["detail"]
