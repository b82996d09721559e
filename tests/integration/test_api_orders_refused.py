"""Is every order that cannot be taken refused over HTTP under its code, and nothing appended?"""

from collections.abc import AsyncGenerator

import pytest

from tests.api_client import (
    AS_STAFF,
    ApiClient,
    Json,
    an_address_body,
    an_order_body,
    api_on,
    new_id,
)
from tests.parking import append_strange


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def test_an_order_that_cannot_be_taken_has_its_code(api: ApiClient) -> None:
    customer_id, sku = await api.a_customer(), await api.a_product()
    gone, untaxed = await api.a_product(), await api.a_product(tax_class="exotic")
    await api.command(f"/v1/products/{gone}/discontinue", {"reason": "x"}, if_match=3)
    line: Json = {"line_id": "1", "sku": sku, "quantity": 3}
    refusals: tuple[tuple[Json, int, str], ...] = (
        ({"lines": []}, 422, "empty_order"),
        (
            {"lines": [{**line, "line_id": str(each)} for each in range(2_001)]},
            422,
            "too_many_lines",
        ),
        ({"lines": [line, line]}, 422, "duplicate_line_id"),
        ({"lines": [{**line, "quantity": 1_000_001}]}, 422, "quantity_invalid"),
        ({"lines": [{**line, "sku": "NONE"}]}, 422, "product_not_found"),
        ({"lines": [{**line, "sku": gone}]}, 422, "product_not_sellable"),
        ({"lines": [{**line, "sku": untaxed}]}, 422, "tax_rate_unknown"),
        ({"lines": [{**line, "agreed_unit_price_minor": 1}]}, 422, "reason_required"),
        ({"lines": [{**line, "expected_unit_price_minor": 499}]}, 409, "price_changed"),
        ({"expected_total_minor": 1_499}, 409, "price_changed"),
        ({"price_list": "trade"}, 422, "price_not_available"),
        ({"currency": "XXX"}, 422, "currency_unsupported"),
        ({"agreed_shipping_minor": -1}, 422, "amount_invalid"),
        ({"agreed_shipping_minor": 2**53}, 422, "amount_out_of_range"),
        ({"customer_id": new_id()}, 422, "order_customer_unknown"),
        ({"shipping_address": None}, 422, "address_required"),
        ({"shipping_method": "x"}, 422, "shipping_method_not_applicable"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "occurred_at_in_future"),
    )
    head = await api.head()
    for changes, status, code in refusals:
        body = {**an_order_body(customer_id, sku), **changes}
        answer = await api.command("/v1/orders", body, headers=AS_STAFF)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await api.head() == head


async def test_a_parcel_that_goes_abroad_needs_an_edit(api: ApiClient) -> None:
    path = f"/v1/orders/{(await api.an_order())['order_id']}/change-shipping-address"
    abroad = {"address": an_address_body(country="DE")}
    refused = await api.command(path, abroad, if_match=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "edit_required")


async def test_an_order_with_an_event_that_the_code_does_not_know_is_left_alone(
    api: ApiClient, database_url: str
) -> None:
    order_id = (await api.an_order())["order_id"]
    await append_strange(database_url, f"order-{order_id}", 1)
    head = await api.head()
    note = {"note_id": new_id(), "text": "ring twice"}
    refused = await api.command(f"/v1/orders/{order_id}/notes", note, headers=AS_STAFF)
    assert (refused.status_code, refused.json()["code"]) == (500, "undecodable_event")
    assert await api.head() == head
