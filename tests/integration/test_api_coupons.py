"""Can coupons be created and used over HTTP, and does everybody see what he may?"""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from domain.discounts import redemption_id_of
from tests.api_client import AS_STAFF, ApiClient, Json, acting_as, an_order_body, api_on, new_id
from tests.coupon_examples import a_redemption
from tests.examples_log import a_store, an_envelope

LONG_AGO = "2025-01-01T00:00:00Z"
FAR_AWAY = "2125-01-01T00:00:00Z"


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


def a_coupon_body(**changes: object) -> Json:
    """Write the body of a coupon for ten per cent of whatever is ordered."""
    return {
        "code": f"C-{new_id()[-12:].upper()}",
        "kind": "percent",
        "value": 100_000,
        "starts_at": LONG_AGO,
        "ends_at": FAR_AWAY,
        **changes,
    }


async def created(api: ApiClient, **changes: object) -> str:
    body = a_coupon_body(**changes)
    answer = await api.command("/v1/coupons", body, headers=AS_STAFF)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/coupons/{body['code']}"
    code: str = body["code"]
    return code


async def read(api: ApiClient, code: str, actor: dict[str, str] = AS_STAFF) -> Json:
    answer = await api.http.get(f"/v1/coupons/{code}", headers=actor)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_a_coupon_is_created_paused_resumed_and_read(api: ApiClient) -> None:
    code = await created(api, min_subtotal_minor=1_500, currency="GBP", skus=["mug", " book "])
    assert await read(api, code.lower()) == {
        "code": code,
        "kind": "percent",
        "value": 100_000,
        "currency": "GBP",
        "min_subtotal_minor": 1_500,
        "skus": ["BOOK", "MUG"],
        "max_redemptions": None,
        "max_per_customer": None,
        "starts_at": LONG_AGO,
        "ends_at": FAR_AWAY,
        "stackable": False,
        "status": "active",
        "reserved": 0,
        "confirmed": 0,
        "version": 1,
        "as_of_position": await api.head(),
    }
    for version, (verb, status) in enumerate((("pause", "paused"), ("resume", "active")), start=2):
        answer = await api.command(f"/v1/coupons/{code}/{verb}", {}, headers=AS_STAFF)
        assert answer.json() == {"id": code, "version": version, "position": await api.head()}
        assert (await read(api, code))["status"] == status


async def test_customers_see_what_a_coupon_is_good_for_and_nothing_else(api: ApiClient) -> None:
    customer = acting_as(f"customer:{new_id()}")
    code = await created(
        api, max_redemptions=5, max_per_customer=1, starts_at="2124-01-01T00:00:00Z"
    )
    body = await read(api, code, customer)
    assert (body["status"], body["max_per_customer"]) == ("scheduled", 1)
    hidden = ("max_redemptions", "reserved", "confirmed")
    assert [body[name] for name in hidden] == [None, None, None]
    assert (await read(api, code))["max_redemptions"] == 5
    for path in ("", f"/{code}/pause", f"/{code}/resume"):
        sent = {} if path else a_coupon_body()
        refused = await api.command(f"/v1/coupons{path}", sent, headers=customer)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_an_order_costs_less_with_coupons(api: ApiClient) -> None:
    first = await created(api, stackable=True)
    second = await created(api, stackable=True, kind="fixed", value=150, currency="GBP")
    free = await created(api, stackable=True, kind="free_shipping", value=0)
    body = an_order_body(
        await api.a_customer(),
        await api.a_product(price_minor=500),
        coupon_codes=[first.lower(), second, free],
        shipping_method="standard",
        expected_total_minor=1_200,
    )
    answer = await api.command("/v1/orders", body)
    assert answer.status_code == 201, answer.text
    path = f"/v1/orders/{body['order_id']}/events"
    (placed,) = (await api.http.get(path, headers=AS_STAFF)).json()["events"]
    data: Json = placed["data"]
    assert [line["discounts_minor"] for line in data["lines"]] == [[150, 150]]
    assert data["totals"] == {
        "subtotal_minor": 1_500,
        "discount_minor": 300,
        "shipping_minor": 0,
        "tax_minor": 200,
        "grand_minor": 1_200,
    }
    assert data["coupons"] == [
        {
            "code": code,
            "redemption_id": redemption_id_of(body["order_id"], code),
            "discount_minor": amount,
        }
        for code, amount in ((first, 150), (second, 150), (free, 395))
    ]
    assert data["pay_by"] is not None
    again = await api.command("/v1/orders", body)
    assert (again.status_code, again.json()["version"]) == (201, 1)


async def test_the_same_coupon_again_is_no_error_and_another_is(api: ApiClient) -> None:
    body = a_coupon_body()
    for status, changes in ((201, {}), (201, {}), (409, {"value": 1})):
        sent = {**body, **changes}
        answer = await api.command("/v1/coupons", sent, headers=AS_STAFF)
        assert answer.status_code == status, answer.text
    assert (await read(api, body["code"]))["version"] == 1


async def test_every_refusal_has_its_code_and_changes_nothing(api: ApiClient) -> None:
    code = await created(api)
    over = await created(api, ends_at="2025-02-01T00:00:00Z")
    head = await api.head()
    body = a_coupon_body
    refusals: tuple[tuple[str, Json, int, str], ...] = (
        ("", body(code=code, value=1), 409, "coupon_already_exists"),
        ("", body(ends_at=LONG_AGO), 422, "coupon_period_invalid"),
        ("", body(value=0), 422, "amount_invalid"),
        ("", body(kind="fixed", value=5), 422, "amount_invalid"),
        ("", body(value=-1), 422, "amount_invalid"),
        ("", body(kind="fixed", value=2**53, currency="GBP"), 422, "amount_out_of_range"),
        ("", body(currency="XXX"), 422, "currency_unsupported"),
        ("", body(max_redemptions=0), 422, "quantity_invalid"),
        ("", body(skus=[]), 422, "validation_failed"),
        ("", body(skus=["A"] * 501), 422, "validation_failed"),
        ("", body(kind="gift"), 422, "validation_failed"),
        ("/NOBODYS/pause", {}, 404, "coupon_not_found"),
        (f"/{over}/pause", {}, 409, "coupon_not_active"),
        (f"/{code}/resume", {"now": True}, 422, "validation_failed"),
    )
    for path, sent, status, expected in refusals:
        answer = await api.command(f"/v1/coupons{path}", sent, headers=AS_STAFF)
        assert (answer.status_code, answer.json()["code"]) == (status, expected), answer.text
    unknown = await api.get("/v1/coupons/NOBODYS")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "coupon_not_found")
    assert await api.head() == head


async def test_every_coupon_that_does_not_count_has_its_code(api: ApiClient) -> None:
    customer_id, sku = await api.a_customer(), await api.a_product()
    alone = await created(api)
    paused = await created(api)
    assert (await api.command(f"/v1/coupons/{paused}/pause", {}, headers=AS_STAFF)).is_success
    refusals: tuple[tuple[list[str], int, str], ...] = (
        (["NOBODYS"], 422, "coupon_not_found"),
        ([alone, alone], 409, "coupon_already_applied"),
        ([alone, paused], 422, "coupon_not_stackable"),
        ([paused], 409, "coupon_not_active"),
        ([await created(api, currency="EUR")], 422, "coupon_currency_mismatch"),
        (
            [await created(api, min_subtotal_minor=9_999, currency="GBP")],
            422,
            "coupon_min_not_met",
        ),
        ([await created(api, skus=["ANOTHER"])], 422, "coupon_not_applicable"),
    )
    head = await api.head()
    for codes, status, expected in refusals:
        body = an_order_body(customer_id, sku, coupon_codes=codes)
        answer = await api.command("/v1/orders", body)
        assert (answer.status_code, answer.json()["code"]) == (status, expected), answer.text
        errors: list[dict[str, Any]] = answer.json()["errors"]
        assert all(each["coupon"] in codes for each in errors)
    assert await api.head() == head


async def test_a_coupon_without_a_place_left_does_not_count(
    api: ApiClient, database_url: str
) -> None:
    sku, first, second = await api.a_product(), await api.a_customer(), await api.a_customer()
    for limit, customer_id, status, code in (
        ("max_redemptions", second, 409, "coupon_exhausted"),
        ("max_per_customer", first, 409, "coupon_customer_limit"),
    ):
        coupon = await created(api, **{limit: 1})
        placed = an_order_body(first, sku, coupon_codes=[coupon])
        assert (await api.command("/v1/orders", placed)).status_code == 201
        await take_place(database_url, coupon, placed["order_id"], first)
        head = await api.head()
        late = an_order_body(customer_id, sku, coupon_codes=[coupon])
        refused = await api.command("/v1/orders", late)
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
        assert refused.json()["errors"] == [{"pointer": "/coupon_codes/0", "coupon": coupon}]
        assert await api.head() == head


async def take_place(database_url: str, code: str, order_id: str, customer_id: str) -> None:
    """Give an order its place on a coupon, as the fulfilment process does."""
    async with a_store(database_url) as store:
        wish = a_redemption(
            code=code,
            redemption_id=redemption_id_of(order_id, code),
            order_id=order_id,
            customer_id=customer_id,
            amount_minor=150,
        )
        await store.handler.handle(wish, an_envelope())


async def test_coupons_are_created_and_paused_in_a_batch(api: ApiClient) -> None:
    coupon = a_coupon_body()
    items = [
        {"type": kind, "idempotency_key": new_id(), "payload": payload}
        for kind, payload in (
            ("create-coupon", coupon),
            ("pause-coupon", {"code": coupon["code"].lower()}),
            ("resume-coupon", {"code": "NOBODYS"}),
        )
    ]
    answer = await api.http.post("/v1/commands/batch", json=items, headers=AS_STAFF)
    assert [each["status"] for each in answer.json()["results"]] == [201, 200, 404]
    assert (await read(api, coupon["code"]))["status"] == "paused"
