"""Are providers and carriers heard over HTTP, once each, and nobody in their place?"""

import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from api.webhook_signatures import ID, SIGNATURE, TIMESTAMP, TOLERANCE_SECONDS, signature_of
from commands.provider_facts import FactKind
from tests.api_client import AS_STAFF, WEBHOOK_KEY, ApiClient, api_on, new_id
from tests.running_workers import read_log

Json = dict[str, Any]
PROVIDER = "/v1/webhooks/sandbox-provider"
CARRIER = "/v1/webhooks/sandbox-carrier"
DUE = 1_500
ANOTHER_KEY = b"a key that somebody else has"


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


def an_authorisation(payment_id: str, **changes: object) -> Json:
    return {
        "kind": "authorized",
        "payment_id": payment_id,
        "psp_ref": "sb_1",
        "amount_minor": DUE,
        **changes,
    }


def signed(
    body: bytes,
    *,
    webhook_id: str | None = None,
    key: bytes = WEBHOOK_KEY,
    timestamp: str | None = None,
) -> dict[str, str]:
    webhook_id, timestamp = webhook_id or new_id(), timestamp or str(int(time.time()))
    return {
        "Content-Type": "application/json",
        ID: webhook_id,
        TIMESTAMP: timestamp,
        SIGNATURE: signature_of(key, webhook_id, timestamp, body),
    }


async def tell(
    api: ApiClient, path: str, said: Json, webhook_id: str | None = None
) -> httpx2.Response:
    body = json.dumps(said).encode()
    return await api.http.post(path, content=body, headers=signed(body, webhook_id=webhook_id))


async def test_a_provider_is_heard_once(api: ApiClient, database_url: str) -> None:
    said, webhook_id = an_authorisation(await a_payment(api)), new_id()
    answers = [await tell(api, PROVIDER, said, webhook_id) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [
        (200, {"result": "taken", "code": None}),
        (200, {"result": "known", "code": None}),
    ]
    kinds = [event.type for event in await read_log(database_url)]
    assert kinds.count("payment-authorized") == 1
    wanted = {"type": "payment-authorized"}
    feed = await api.http.get("/v1/events", params=wanted, headers=AS_STAFF)
    (event,) = feed.json()["events"]
    assert (event["type"], event["actor"]) == (
        "payment-authorized",
        {"kind": "psp", "id": "sandbox"},
    )


async def test_a_fact_that_cannot_be_is_taken_and_changes_nothing(
    api: ApiClient, database_url: str
) -> None:
    payment_id = await a_payment(api)
    before = await read_log(database_url)
    unknown = await tell(api, PROVIDER, an_authorisation(new_id()))
    assert (unknown.status_code, unknown.json()) == (
        200,
        {"result": "ignored", "code": "payment_not_found"},
    )
    nobody_asked = {"kind": "refund_failed", "payment_id": payment_id, "operation_id": new_id()}
    refund = await tell(api, PROVIDER, nobody_asked)
    assert (refund.status_code, refund.json()) == (
        200,
        {"result": "ignored", "code": "payment_operation_not_found"},
    )
    lost = await tell(api, CARRIER, {"kind": "lost", "shipment_id": new_id()})
    assert (lost.status_code, lost.json()) == (
        200,
        {"result": "ignored", "code": "shipment_not_found"},
    )
    assert await read_log(database_url) == before


@pytest.mark.parametrize("kind", FactKind)
async def test_every_kind_of_fact_is_understood(api: ApiClient, kind: FactKind) -> None:
    until = "2026-12-01T00:00:00Z"
    said = {"kind": kind, "payment_id": new_id(), "until": until, "amount_minor": 1}
    answer = await tell(api, PROVIDER, said)
    if kind.startswith("chargeback"):
        assert (answer.status_code, answer.json()["code"]) == (409, "told_too_early")
    else:
        assert (answer.status_code, answer.json()["result"]) == (200, "ignored")


async def test_a_dispute_is_told_again_until_it_is_known_what_it_is_about(
    api: ApiClient, database_url: str
) -> None:
    payment_id, webhook_id, won_id = await a_payment(api), new_id(), new_id()
    case = {"payment_id": payment_id, "operation_id": "case-1"}
    disputed = {"kind": "chargeback", **case, "amount_minor": DUE}
    won = {"kind": "chargeback_won", **case}
    for said, name in ((disputed, webhook_id), (won, won_id)):
        early = await tell(api, PROVIDER, said, name)
        assert (early.status_code, early.json()["code"]) == (409, "told_too_early")
    await tell(api, PROVIDER, an_authorisation(payment_id))
    captured = {**an_authorisation(payment_id), "kind": "captured", "operation_id": "capture-1"}
    await tell(api, PROVIDER, captured)
    for said, name in ((disputed, webhook_id), (won, won_id)):
        heard = await tell(api, PROVIDER, said, name)
        assert (heard.status_code, heard.json()["result"]) == (200, "taken")
    assert [event.type for event in await read_log(database_url)][-2:] == [
        "chargeback-opened",
        "chargeback-resolved",
    ]


@pytest.mark.parametrize(
    "kind", ["tracking", "delivered", "delivery_failed", "returned_to_sender", "lost"]
)
async def test_every_kind_of_news_of_a_parcel_is_understood(api: ApiClient, kind: str) -> None:
    answer = await tell(api, CARRIER, {"kind": kind, "shipment_id": new_id(), "event_id": "1"})
    assert answer.json() == {"result": "ignored", "code": "shipment_not_found"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "paid"},
        {"kind": "reauthorized"},
        {"payment_id": "1"},
        {"amount_minor": "1500"},
        {"risk_score": 101},
        {"unknown": 1},
    ],
    ids=str,
)
async def test_a_message_that_is_not_right_is_refused(api: ApiClient, wrong: Json) -> None:
    answer = await tell(api, PROVIDER, {**an_authorisation(new_id()), **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    "changed",
    [
        {SIGNATURE: "v1,bm8="},
        {SIGNATURE: ""},
        {SIGNATURE: "v1,\u00e9"},
        {ID: "another"},
        {ID: ""},
        {TIMESTAMP: "0"},
        {TIMESTAMP: "soon"},
        {TIMESTAMP: "9" * 5_000},
    ],
    ids=lambda changed: str(changed)[:40],
)
async def test_a_message_that_is_not_signed_is_refused(
    api: ApiClient, database_url: str, changed: dict[str, str]
) -> None:
    body = json.dumps(an_authorisation(await a_payment(api))).encode()
    before = await read_log(database_url)
    headers = [
        (name.encode(), text.encode("latin-1")) for name, text in (signed(body) | changed).items()
    ]
    answer = await api.http.post(PROVIDER, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await read_log(database_url) == before


@pytest.mark.parametrize("age", [TOLERANCE_SECONDS + 600, -TOLERANCE_SECONDS - 600])
async def test_a_message_of_another_time_is_refused(api: ApiClient, age: int) -> None:
    body = json.dumps(an_authorisation(new_id())).encode()
    headers = signed(body, timestamp=str(int(time.time()) - age))
    answer = await api.http.post(PROVIDER, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_key_of_somebody_else_opens_nothing(api: ApiClient) -> None:
    body = json.dumps(an_authorisation(new_id())).encode()
    answer = await api.http.post(PROVIDER, content=body, headers=signed(body, key=ANOTHER_KEY))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_changed_body_is_refused(api: ApiClient) -> None:
    payment_id = new_id()
    headers = signed(json.dumps(an_authorisation(payment_id)).encode())
    dearer = json.dumps(an_authorisation(payment_id, amount_minor=DUE + 1)).encode()
    answer = await api.http.post(PROVIDER, content=dearer, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("name", [ID, TIMESTAMP, SIGNATURE])
async def test_a_header_that_is_missing_is_named(api: ApiClient, name: str) -> None:
    body = json.dumps(an_authorisation(new_id())).encode()
    headers = signed(body)
    del headers[name]
    answer = await api.http.post(PROVIDER, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert name in answer.json()["detail"]
