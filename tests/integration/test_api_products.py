"""Does a change of a product over HTTP count for the next order, and for none that was placed?"""

from collections.abc import AsyncGenerator

import pytest

from tests.api_client import (
    AS_STAFF,
    ApiClient,
    Json,
    acting_as,
    an_order_body,
    api_on,
    new_id,
)
from tests.catching_up import projectors_on

CHANGES = (
    ("rename", {"name": "An azure mug"}),
    ("change-tax-class", {"tax_class": "reduced"}),
)


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def test_name_and_tax_class_count_for_the_next_order_and_none_before(
    api: ApiClient, database_url: str
) -> None:
    customer_id, sku = await api.a_customer(), await api.a_product()
    early, late = an_order_body(customer_id, sku), an_order_body(customer_id, sku)
    strong = {"consistency": "strong"}
    await api.command("/v1/orders", early)
    before = (await api.get(f"/v1/orders/{early['order_id']}", **strong)).json()
    for version, (change, body) in enumerate(CHANGES, start=3):
        answer = await api.command(f"/v1/products/{sku}/{change}", body, if_match=version)
        assert (answer.status_code, answer.json()["version"]) == (200, version + 1), answer.text
        assert answer.headers["location"] == f"/v1/products/{sku}"
    await api.command("/v1/orders", late)

    async with projectors_on(database_url) as projectors:
        await projectors.catch_up()
    found = (await api.get(f"/v1/products/{sku}")).json()
    assert (found["name"], found["tax_class"]) == ("An azure mug", "reduced")
    after = (await api.get(f"/v1/orders/{early['order_id']}", **strong)).json()
    assert after | {"as_of_position": 0} == before | {"as_of_position": 0}
    (old,) = after["lines"]
    assert (old["name"], old["tax_class"], old["tax_minor"]) == ("A blue mug", "standard", 250)
    (new,) = (await api.get(f"/v1/orders/{late['order_id']}", **strong)).json()["lines"]
    assert (new["name"], new["tax_class"], new["tax_minor"]) == ("An azure mug", "reduced", 71)


@pytest.mark.parametrize(("change", "body"), CHANGES)
async def test_a_change_is_made_once_and_by_the_shop_alone(
    api: ApiClient, change: str, body: dict[str, str]
) -> None:
    sku, customer = await api.a_product(), acting_as(f"customer:{await api.a_customer()}")
    path = f"/v1/products/{sku}/{change}"
    forbidden = await api.command(path, body, if_match=3, headers=customer)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    first = await api.command(path, body, if_match=3, headers=AS_STAFF)
    again = await api.command(path, body, if_match="*", headers=AS_STAFF)
    assert (first.json()["version"], again.json()["version"]) == (4, 4)
    await api.command(f"/v1/products/{sku}/discontinue", {"reason": "x"}, if_match=4)
    other = dict.fromkeys(body, "other")
    refused = await api.command(path, other, if_match=5, headers=AS_STAFF)
    assert (refused.status_code, refused.json()["code"]) == (409, "product_discontinued")
    unknown = await api.command(f"/v1/products/NO-SUCH-SKU/{change}", body, if_match="*")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "product_not_found")
    nameless = await api.command(path, dict.fromkeys(body, ""), if_match=5)
    assert (nameless.status_code, nameless.json()["code"]) == (422, "validation_failed")


async def test_a_sku_is_registered_once_and_with_other_data_never(api: ApiClient) -> None:
    product = {
        "sku": f"SKU-{new_id()[-12:].upper()}",
        "name": "A blue mug",
        "tax_class": "standard",
        "requires_shipping": True,
        "returnable": True,
    }
    for changes, status in (({}, 201), ({}, 201), ({"name": "Another"}, 409)):
        answer = await api.command("/v1/products", {**product, **changes})
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "sku_already_exists"


async def test_every_refusal_of_a_price_has_its_code_and_changes_nothing(api: ApiClient) -> None:
    sku = await api.a_product()
    path = f"/v1/products/{sku}/prices"
    summer: Json = {
        "price_id": new_id(),
        "price_list": "summer",
        "currency": "GBP",
        "amount_minor": 400,
        "tax_included": True,
        "valid_from": "2025-06-01T00:00:00Z",
        "valid_to": "2025-09-01T00:00:00Z",
    }
    assert (await api.command(path, summer, if_match=3)).status_code == 200
    later: Json = {**summer, "price_id": new_id(), "valid_to": "2025-10-01T00:00:00Z"}
    head = await api.head()
    refusals: tuple[tuple[str, Json, int, str], ...] = (
        (path, {**later, "valid_from": "2025-08-31T23:59:59Z"}, 409, "price_period_overlap"),
        (path, {**later, "valid_to": later["valid_from"]}, 422, "price_period_invalid"),
        (path, {**summer, "amount_minor": 399}, 409, "operation_conflict"),
        (path, {**later, "amount_minor": -1}, 422, "amount_invalid"),
        (path, {**later, "amount_minor": 2**53}, 422, "amount_out_of_range"),
        (path, {**later, "currency": "XXX"}, 422, "currency_unsupported"),
        (f"{path}/{new_id()}/withdraw", {"reason": "a mistake"}, 404, "price_not_found"),
    )
    for target, body, status, code in refusals:
        answer = await api.command(target, body, if_match=4)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await api.head() == head
