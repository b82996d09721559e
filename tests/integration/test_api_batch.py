"""Does a batch give every command its own outcome, in their order?"""

import json
from collections.abc import AsyncGenerator

import pytest

from tests.api_client import AS_STAFF, ApiClient, Json, an_order_body, api_on, new_id


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


def item(kind: str, payload: Json, **more: object) -> Json:
    return {"type": kind, "idempotency_key": new_id(), "payload": payload, **more}


async def test_commands_build_on_one_another_and_one_refusal_hurts_no_other(
    api: ApiClient,
) -> None:
    order = an_order_body(await api.a_customer(), await api.a_product())
    order_id = order["order_id"]
    wish = {"order_id": order_id, "cancellation_id": new_id(), "reason_code": "other"}
    note = {"order_id": order_id.upper(), "note_id": new_id(), "text": "hello"}
    items = [
        item("place-order", order),
        item("cancel-order", wish),
        item("cancel-order", wish, expected_version=7),
        item("add-note", note),
        item("cancel-order", wish, expected_version=2),
        item("place-order", {**order, "lines": [], "order_id": new_id()}),
    ]
    answer = await api.http.post("/v1/commands/batch", json=items, headers=AS_STAFF)
    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [result["status"] for result in results] == [201, 428, 412, 200, 200, 422]
    assert [result["body"]["version"] for result in results if "body" in result] == [1, 2, 3]
    assert [result["problem"]["code"] for result in results if "problem" in result] == [
        "precondition_required",
        "version_mismatch",
        "empty_order",
    ]
    assert results[2]["problem"]["current_version"] == 1


async def test_a_batch_comes_as_lines_too_and_a_command_is_the_same_in_either(
    api: ApiClient,
) -> None:
    order = an_order_body(await api.a_customer(), await api.a_product())
    sent = item("place-order", order)
    alone = await api.command("/v1/orders", order, key=sent["idempotency_key"])
    lines = f"{json.dumps(sent)}\n\n{json.dumps(sent)}\n"
    answer = await api.http.post(
        "/v1/commands/batch", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    first, second = answer.json()["results"]
    assert first == {"status": 201, "replayed": True, "body": alone.json()}
    assert second == first


async def test_one_key_for_two_commands_is_at_work_for_the_first(api: ApiClient) -> None:
    first, second = (item("register-customer", {"customer_id": new_id()}) for _ in range(2))
    second["idempotency_key"] = first["idempotency_key"]
    answer = await api.http.post("/v1/commands/batch", json=[first, second])
    results = answer.json()["results"]
    assert results[0]["status"] == 201
    assert results[1]["problem"]["code"] == "idempotency_in_progress"


async def test_commands_on_the_same_thing_are_carried_out_in_the_order_of_the_list(
    api: ApiClient,
) -> None:
    """A product has a price when it is ordered, and is ordered before it is taken off."""
    customer_id, sku = await api.a_customer(), f"MUG-{new_id()}".upper()
    product = {
        "sku": sku,
        "name": "Mug",
        "tax_class": "standard",
        "requires_shipping": False,
        "returnable": True,
        "weight_grams": 340,
    }
    price = {
        "sku": sku,
        "price_id": new_id(),
        "price_list": "retail",
        "currency": "GBP",
        "amount_minor": 500,
        "tax_included": True,
        "valid_from": "2020-01-01T00:00:00Z",
    }
    orders = [an_order_body(customer_id, sku) for _ in range(20)]
    notes = [
        item("add-note", {"order_id": each["order_id"], "note_id": new_id(), "text": "in order"})
        for each in orders
    ]
    items = [
        item("register-product", product),
        item("activate-product", {"sku": sku}, expected_version=1),
        item("set-price", price, expected_version=2),
        *(item("place-order", each) for each in orders),
        *notes,
        item("discontinue-product", {"sku": sku, "reason": "sold out"}, expected_version=3),
    ]
    answer = await api.http.post("/v1/commands/batch", json=items, headers=AS_STAFF)
    results = answer.json()["results"]
    assert [each["status"] for each in results if "problem" in each] == [], results
    assert [each["body"]["version"] for each in results] == [1, 2, 3, *[1] * 20, *[2] * 20, 4]


async def test_each_item_is_checked_by_itself(api: ApiClient) -> None:
    customer = {"customer_id": new_id()}
    items = [
        item("register-customer", customer),
        item("make-coffee", {}),
        {"type": "register-customer", "payload": customer},
        item("add-note", {"note_id": new_id(), "text": "whose?"}),
        item("add-note", {"order_id": "no id", "note_id": new_id(), "text": "whose?"}),
        item("register-customer", {"customer_id": new_id(), "vip": True}),
        "not a command",
    ]
    answer = await api.http.post("/v1/commands/batch", json=items)
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 422, 422, 422, 422, 422, 422]
    faults = [result["problem"]["errors"][0] for result in results[1:]]
    assert [(fault["pointer"], fault["code"]) for fault in faults] == [
        ("/type", "wrong_form"),
        ("/idempotency_key", "required"),
        ("/payload/order_id", "required"),
        ("/payload/order_id", "wrong_form"),
        ("/payload/vip", "unknown_field"),
        ("", "wrong_type"),
    ]


async def test_a_refused_line_is_pointed_at_from_the_item(api: ApiClient) -> None:
    order = an_order_body(await api.a_customer(), "NO-SUCH-SKU")
    answer = await api.http.post("/v1/commands/batch", json=[item("place-order", order)])
    (result,) = answer.json()["results"]
    assert (result["status"], result["problem"]["code"]) == (422, "product_not_found")
    assert result["problem"]["errors"][0]["pointer"] == "/payload/lines/0/sku"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[]", 422, "validation_failed"),
        (b"{}", 422, "validation_failed"),
        (b"[1,", 400, "malformed_json"),
        (b"[" + b",".join([b"{}"] * 501) + b"]", 413, "payload_too_large"),
        (b" " * (4 * 1024 * 1024 + 1), 413, "payload_too_large"),
    ],
)
async def test_what_is_no_batch_is_refused_as_a_whole(
    api: ApiClient, body: bytes, status: int, code: str
) -> None:
    answer = await api.http.post(
        "/v1/commands/batch", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
