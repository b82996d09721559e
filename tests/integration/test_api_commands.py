"""Does a command over HTTP do what it says, once, and say so?"""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.api_client import (
    AS_STAFF,
    IMPORTED,
    ApiClient,
    acting_as,
    an_address_body,
    an_order_body,
    api_on,
    new_id,
)
from tests.examples_log import a_foreign_note, append, closed_gate


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def test_an_order_is_placed(api: ApiClient) -> None:
    body = an_order_body(await api.a_customer(), await api.a_product())
    answer = await api.command("/v1/orders", body)
    head = await api.head()
    assert answer.status_code == 201
    number = answer.json()["order_number"]
    assert answer.json() == {
        "id": body["order_id"],
        "version": 1,
        "position": head,
        "order_number": number,
    }
    assert answer.headers["location"] == f"/v1/orders/{body['order_id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["event-position"] == str(head)
    assert "idempotent-replayed" not in answer.headers


async def test_the_same_request_again_is_answered_again_without_effect(api: ApiClient) -> None:
    body = an_order_body(await api.a_customer(), await api.a_product())
    key = new_id()
    first = await api.command("/v1/orders", body, key=key)
    head = await api.head()
    second = await api.command("/v1/orders", body, key=f'"{key}"')
    assert second.status_code == first.status_code == 201
    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert await api.head() == head


async def test_an_order_is_about_to_be_cancelled_and_an_imported_one_is_at_once(
    api: ApiClient,
) -> None:
    wish = {"cancellation_id": new_id(), "reason_code": "customer_request", "all_or_nothing": True}
    for imported, version, state in (({}, 2, "cancelling"), (IMPORTED, 3, "cancelled")):
        order = await api.an_order(**imported)
        path = f"/v1/orders/{order['order_id']}"
        answer = await api.command(f"{path}/cancel", wish, if_match=1)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "id": order["order_id"],
            "version": version,
            "position": await api.head(),
        }
        found = (await api.get(path, consistency="strong")).json()
        assert (found["lifecycle"], found["allowed_commands"]) == (state, ["add-note"])


async def test_a_part_of_an_order_is_cancelled(api: ApiClient) -> None:
    order = await api.an_order()
    path = f"/v1/orders/{order['order_id']}"
    wish = {
        "cancellation_id": new_id(),
        "lines": [{"line_id": "1", "quantity": 2}],
        "reason_code": "out_of_stock",
    }
    answer = await api.command(f"{path}/cancel-lines", wish, if_match=1)
    assert answer.status_code == 200, answer.text
    found = (await api.get(path, consistency="strong")).json()
    assert (found["lifecycle"], found["cancelled_minor"]) == ("pending", 1_000)
    assert found["progress"][0]["cancelled"] == 2
    more = {**wish, "cancellation_id": new_id()}
    refused = await api.command(f"{path}/cancel-lines", more, if_match=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "line_quantity_exceeded")
    assert refused.json()["errors"] == [{"line_id": "1", "requested": 2, "available": 1}]
    nothing = await api.command(f"{path}/cancel-lines", {**more, "lines": []}, if_match=2)
    assert (nothing.status_code, nothing.json()["code"]) == (422, "empty_order")


async def test_an_order_is_held_and_released_by_the_shop_alone(api: ApiClient) -> None:
    order = await api.an_order()
    path, hold_id = f"/v1/orders/{order['order_id']}", new_id()
    wish = {"hold_id": hold_id, "kind": "fraud", "reason": "odd address"}
    customer = acting_as(f"customer:{order['customer_id']}")
    forbidden = await api.command(f"{path}/holds", wish, headers=customer)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    held = await api.command(f"{path}/holds", wish, headers=AS_STAFF)
    assert (held.status_code, held.json()["version"]) == (200, 2)

    strong = {"consistency": "strong"}
    found = (await api.http.get(path, params=strong, headers=AS_STAFF)).json()
    assert found["holds"][0]["reason"] == "odd address"
    assert "release-hold" in found["allowed_commands"]
    seen = (await api.http.get(path, params=strong, headers=customer)).json()
    assert (seen["holds"], seen["allowed_commands"]) == ([], found["allowed_commands"])
    history = (await api.http.get(f"{path}/events", headers=customer)).json()["events"]
    assert [event["type"] for event in history] == ["order-placed"]

    unknown = f"{path}/holds/{new_id()}/release"
    decision = {"decision": "approve", "note": "called her"}
    refused = await api.command(unknown, decision, headers=AS_STAFF)
    assert (refused.status_code, refused.json()["code"]) == (404, "hold_not_found")
    released = await api.command(f"{path}/holds/{hold_id}/release", decision, headers=AS_STAFF)
    assert (released.status_code, released.json()["version"]) == (200, 3)
    other = {"decision": "reject"}
    late = await api.command(f"{path}/holds/{hold_id}/release", other, headers=AS_STAFF)
    assert (late.status_code, late.json()["code"]) == (409, "hold_already_released")


async def test_an_address_changes_and_a_note_is_added(api: ApiClient) -> None:
    order = await api.an_order()
    path = f"/v1/orders/{order['order_id']}"
    address = {"address": an_address_body(city="Leeds")}
    moved = await api.command(f"{path}/change-shipping-address", address, if_match=1)
    noted = await api.command(
        f"{path}/notes", {"note_id": new_id(), "text": "ring twice"}, headers=AS_STAFF
    )
    assert (moved.json()["version"], noted.json()["version"]) == (2, 3)


async def test_a_product_lives_through_its_commands(api: ApiClient) -> None:
    sku = await api.a_product()
    price = {
        "price_id": new_id(),
        "price_list": "trade",
        "currency": "EUR",
        "amount_minor": 1,
        "tax_included": False,
        "valid_from": "2026-01-01T00:00:00+01:00",
        "valid_to": "2027-01-01T00:00:00Z",
    }
    path = f"/v1/products/{sku.lower()}"
    steps = (
        (f"{path}/prices", price, 3),
        (f"{path}/prices/{price['price_id']}/withdraw", {"reason": "a mistake"}, 4),
        (f"{path}/discontinue", {"reason": "no longer made"}, 5),
    )
    for step, body, version in steps:
        answer = await api.command(step, body, if_match=version)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == version + 1
        assert answer.headers["location"] == f"/v1/products/{sku}"


async def test_any_version_is_asked_for_with_a_star(api: ApiClient) -> None:
    sku = await api.a_product()
    answer = await api.command(f"/v1/products/{sku}/discontinue", {"reason": "x"}, if_match="*")
    assert answer.status_code == 200


@pytest.mark.parametrize("if_match", ['"1"', "*", 'W/"0"'])
async def test_what_is_to_be_made_has_no_version_to_match(api: ApiClient, if_match: str) -> None:
    body = {"customer_id": new_id()}
    refused = await api.command("/v1/customers", body, if_match=if_match)
    made = await api.command("/v1/customers", body, if_match=0)
    assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
    assert made.status_code == 201


async def test_an_email_address_belongs_to_one_customer_however_it_is_written(
    api: ApiClient,
) -> None:
    first = {"customer_id": new_id(), "email": "Ada@Example.com", "name": "Ada"}
    second = {"customer_id": new_id(), "email": "ada@example.COM"}
    taken = await api.command("/v1/customers", first)
    refused = await api.command("/v1/customers", second)
    assert taken.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")


async def test_a_product_that_a_line_names_is_unprocessable_and_one_in_the_path_not_found(
    api: ApiClient,
) -> None:
    body = an_order_body(await api.a_customer(), "NO-SUCH-SKU")
    in_line = await api.command("/v1/orders", body)
    in_path = await api.command("/v1/products/NO-SUCH-SKU/activate", {}, if_match=1)
    assert (in_line.status_code, in_line.json()["code"]) == (422, "product_not_found")
    assert (in_path.status_code, in_path.json()["code"]) == (404, "product_not_found")


async def test_a_refusal_of_a_state_says_which_and_what_is_allowed(api: ApiClient) -> None:
    order = await api.an_order()
    path = f"/v1/orders/{order['order_id']}/cancel"
    wish = {"cancellation_id": new_id(), "reason_code": "other"}
    await api.command(path, wish, if_match=1)
    again = await api.command(path, {**wish, "cancellation_id": new_id()}, if_match=2)
    problem = again.json()
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert problem["code"] == "order_state_conflict"
    assert problem["current_state"] == "cancelling"
    assert problem["allowed_commands"] == ["add-note"]


async def test_the_actor_and_the_request_stand_in_the_event(api: ApiClient) -> None:
    order = await api.an_order()
    key, trace = new_id(), f"00-{'a' * 32}-{'b' * 16}-01"
    path = f"/v1/orders/{order['order_id']}"
    answer = await api.command(
        f"{path}/notes",
        {"note_id": new_id(), "text": "hello"},
        key=key,
        headers={**AS_STAFF, "traceparent": trace},
    )
    history = (await api.get(f"{path}/events")).json()["events"]
    assert history[-1]["actor"] == {"kind": "staff", "id": "jo"}
    assert history[-1]["command_id"] == key
    assert history[-1]["correlation_id"] == answer.headers["x-request-id"]


async def test_who_is_overtaken_too_often_is_told_so(
    api: ApiClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process is faster; how often a command is decided again is another test's matter."""
    monkeypatch.setattr("commands.handler.CONFLICTS_MAX", 0)
    order_id = (await api.an_order())["order_id"]
    path, note = f"/v1/orders/{order_id}/notes", {"note_id": new_id(), "text": "ring twice"}
    async with closed_gate(database_url) as gate:
        asked = asyncio.create_task(api.command(path, note, headers=AS_STAFF))
        await gate.wait_for_appends()
        await append(gate.connection, a_foreign_note(1, order_id))
        await gate.connection.commit()
    refused = await asked
    assert (refused.status_code, refused.json()["code"]) == (409, "concurrent_modification")
    again = await api.command(path, note, headers=AS_STAFF)
    assert (again.status_code, again.json()["version"]) == (200, 3)
