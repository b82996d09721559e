"""Can customers be kept over HTTP, and are they shown as the log knows them?"""

from collections.abc import AsyncGenerator

import pytest

from commands.add_address import ADDRESSES_MAX
from tests.api_client import (
    AS_STAFF,
    ApiClient,
    Json,
    acting_as,
    an_address_body,
    an_order_body,
    api_on,
    new_id,
)


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def registered(api: ApiClient, email: str) -> str:
    customer_id = new_id()
    body = {"customer_id": customer_id, "email": email, "name": "Ada Lovelace"}
    answer = await api.command("/v1/customers", body, headers=AS_STAFF)
    assert answer.status_code == 201, answer.text
    return customer_id


async def read(api: ApiClient, customer_id: str, actor: str | None = None) -> Json:
    headers = AS_STAFF if actor is None else acting_as(actor)
    answer = await api.http.get(f"/v1/customers/{customer_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_a_customer_is_shown_as_he_was_left(api: ApiClient) -> None:
    customer_id = await registered(api, "ada@example.org")
    path, himself = f"/v1/customers/{customer_id}", acting_as(f"customer:{customer_id}")
    address_id, gone_id = new_id(), new_id()
    steps = (
        ("contact", {"email": "king@example.org", "locale": "en-GB"}, himself),
        ("addresses", {"address_id": address_id, "address": an_address_body()}, himself),
        ("addresses", {"address_id": gone_id, "address": an_address_body(city="Leeds")}, himself),
        (f"addresses/{gone_id}/remove", {}, himself),
        ("block", {"reason": "three chargebacks"}, AS_STAFF),
    )
    for version, (verb, body, headers) in enumerate(steps, start=1):
        # A change of the e-mail address is two events, one of them on the address's own stream.
        answer = await api.command(f"{path}/{verb}", body, if_match=version, headers=headers)
        assert answer.json().get("version") == version + 1, answer.text
    found = await read(api, customer_id)
    assert {**found, "registered_at": None, "as_of_position": None} == {
        "customer_id": customer_id,
        "email": "king@example.org",
        "name": None,
        "locale": "en-GB",
        "status": "blocked",
        "blocked_reason": "three chargebacks",
        "addresses": [
            {
                "address_id": address_id,
                "address": {
                    **dict.fromkeys(("line2", "region", "postal_code", "phone")),
                    **an_address_body(),
                },
            }
        ],
        "registered_at": None,
        "version": 6,
        "as_of_position": None,
    }
    assert (await read(api, customer_id, f"customer:{customer_id}"))["blocked_reason"] is None


async def test_a_blocked_customer_places_no_order_until_he_is_unblocked(api: ApiClient) -> None:
    customer_id, sku = await registered(api, "ada@example.org"), await api.a_product()
    path, body = f"/v1/customers/{customer_id}", an_order_body(customer_id, sku)
    blocked = await api.command(f"{path}/block", {"reason": "x"}, if_match=1, headers=AS_STAFF)
    refused = await api.command("/v1/orders", body)
    assert (blocked.status_code, refused.status_code) == (200, 409)
    assert refused.json()["code"] == "customer_blocked"
    await api.command(f"{path}/unblock", {"reason": "paid"}, if_match=2, headers=AS_STAFF)
    assert (await api.command("/v1/orders", body)).status_code == 201


async def test_an_email_address_stays_with_whoever_had_it(api: ApiClient) -> None:
    first = await registered(api, "ada@example.org")
    second = await registered(api, "bea@example.org")
    moved = await api.command(
        f"/v1/customers/{first}/contact",
        {"email": "ada@example.com"},
        if_match=1,
        headers=AS_STAFF,
    )
    assert moved.status_code == 200
    for email in ("ADA@example.org", "ada@example.com"):
        refused = await api.command(
            f"/v1/customers/{second}/contact", {"email": email}, if_match=1, headers=AS_STAFF
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")


async def test_every_refusal_has_its_code_and_changes_nothing(api: ApiClient) -> None:
    customer_id = await registered(api, "ada@example.org")
    path, address_id = f"/v1/customers/{customer_id}", new_id()
    kept = {"address_id": address_id, "address": an_address_body()}
    await api.command(f"{path}/addresses", kept, if_match=1, headers=AS_STAFF)
    head = await api.head()
    other = {**kept, "address": an_address_body(city="Leeds")}
    stranger, himself = acting_as(f"customer:{new_id()}"), acting_as(f"customer:{customer_id}")
    refusals = (
        (f"{path}/contact", {}, 2, stranger, 404, "customer_not_found"),
        (f"{path}/contact", {}, None, AS_STAFF, 428, "precondition_required"),
        (f"{path}/contact", {}, 1, AS_STAFF, 412, "version_mismatch"),
        (f"{path}/block", {"reason": "x"}, 2, himself, 403, "forbidden"),
        (f"{path}/addresses", other, 2, AS_STAFF, 409, "operation_conflict"),
        (f"{path}/addresses/{new_id()}/remove", {}, 2, AS_STAFF, 404, "address_not_found"),
        (
            f"{path[:-4]}0000/block",
            {"reason": "x"},
            1,
            AS_STAFF,
            404,
            "customer_not_found",
        ),
    )
    for sent, body, version, headers, status, code in refusals:
        answer = await api.command(sent, body, if_match=version, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await api.head() == head


async def test_a_customer_is_registered_once_and_with_other_data_never(api: ApiClient) -> None:
    customer_id = await registered(api, "ada@example.org")
    for name, status in (("Ada Lovelace", 201), ("Bea", 409)):
        body = {"customer_id": customer_id, "email": "ada@example.org", "name": name}
        answer = await api.command("/v1/customers", body, headers=AS_STAFF)
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "customer_already_exists"


async def test_a_customer_keeps_no_more_addresses_than_there_may_be(api: ApiClient) -> None:
    path = f"/v1/customers/{await registered(api, 'ada@example.org')}/addresses"
    answers = [
        await api.command(
            path,
            {"address_id": new_id(), "address": an_address_body()},
            if_match=version,
            headers=AS_STAFF,
        )
        for version in range(1, ADDRESSES_MAX + 2)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_addresses")
