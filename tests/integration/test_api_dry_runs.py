"""Does a dry run say what the command itself would do, and does nothing come of it?"""

from collections.abc import AsyncGenerator

import httpx2
import psycopg
import pytest

from domain.errors import VersionMismatch
from domain.order_events import OrderShippingAddressChanged
from tests.api_client import (
    AS_STAFF,
    ApiClient,
    Json,
    acting_as,
    an_order_body,
    api_on,
    new_id,
)
from tests.examples import STAFF, an_address_change
from tests.examples_log import a_store, an_envelope, place_an_order
from tests.fulfilled import Fulfilment

DRY = "?dry_run=true"
WHOLE = "/v1/orders"
LATER: frozenset[str] = frozenset({"order_number", "placed_at", "pay_by"})
"""What an order has of the moment at which it is placed."""


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def try_out(
    api: ApiClient, path: str, body: object, headers: dict[str, str] | None = None
) -> httpx2.Response:
    """Send a dry run as most callers do: without a key."""
    return await api.http.post(f"{path}{DRY}", json=body, headers=headers or AS_STAFF)


def without(data: Json, names: frozenset[str] = LATER) -> Json:
    return {name: value for name, value in data.items() if name not in names}


async def a_coupon(api: ApiClient) -> str:
    code = f"C-{new_id()[-12:].upper()}"
    body = {
        "code": code,
        "kind": "percent",
        "value": 100_000,
        "stackable": True,
        "starts_at": "2025-01-01T00:00:00Z",
        "ends_at": "2099-01-01T00:00:00Z",
    }
    answer = await api.command("/v1/coupons", body, headers=AS_STAFF)
    assert answer.status_code == 201, answer.text
    return code


async def test_an_order_is_priced_as_it_will_be(api: ApiClient) -> None:
    body = an_order_body(
        await api.a_customer(),
        await api.a_product(),
        shipping_method="standard",
        coupon_codes=[await a_coupon(api)],
        note="ring twice",
    )
    head = await api.head()
    tried = await try_out(api, WHOLE, body)
    assert tried.status_code == 200, tried.text
    assert not {"location", "etag", "event-position"} & tried.headers.keys()
    assert await api.head() == head

    (decided,) = tried.json()["decided"]
    data = decided["data"]
    assert tried.json() == {
        "dry_run": True,
        "decided": [
            {
                "stream": f"order-{body['order_id']}",
                "type": "order-placed",
                "schema_version": 3,
                "data": data,
            }
        ],
    }
    assert data["order_number"] == ""
    assert data["totals"]["discount_minor"] == 150
    assert data["totals"]["grand_minor"] == 1_350 + 395
    assert (await api.command(WHOLE, body, headers=AS_STAFF)).status_code == 201
    path = f"{WHOLE}/{body['order_id']}"
    (placed,) = (await api.http.get(f"{path}/events", headers=AS_STAFF)).json()["events"]
    assert without(data) == without(placed["data"])
    order = (await api.get(path, consistency="strong")).json()
    assert order["grand_minor"] == data["totals"]["grand_minor"]
    assert order["lines"] == data["lines"]


async def test_nothing_is_kept_of_a_dry_run(api: ApiClient, database_url: str) -> None:
    order = await api.an_order()
    number = order["order_number"]
    body = an_order_body(order["customer_id"], order["lines"][0]["sku"])
    key = {"Idempotency-Key": new_id(), **AS_STAFF}
    before = await kept(database_url)
    for _ in range(2):
        assert (await try_out(api, WHOLE, body, key)).status_code == 200
    assert await kept(database_url) == before
    # The same key is still free, for another request too, and no number is missing.
    other = {**body, "order_id": new_id()}
    placed = await api.command(WHOLE, other, key=key["Idempotency-Key"], headers=AS_STAFF)
    assert (placed.status_code, placed.headers.get("idempotent-replayed")) == (201, None)
    counted = int(placed.json()["order_number"][4:11]) - int(number[4:11])
    assert counted == 1


async def kept(database_url: str) -> tuple[object, ...]:
    """Count what the log holds."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "SELECT (SELECT count(*) FROM event_store.events),"
            " (SELECT count(*) FROM event_store.commands)"
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def test_a_repeat_has_nothing_left_to_decide(api: ApiClient) -> None:
    body = an_order_body(await api.a_customer(), await api.a_product())
    await api.command(WHOLE, body)
    tried = await try_out(api, WHOLE, body)
    assert (tried.status_code, tried.json()) == (200, {"dry_run": True, "decided": []})
    other = await try_out(api, WHOLE, {**body, "country": "DE"})
    assert (other.status_code, other.json()["code"]) == (409, "order_already_exists")


async def test_it_is_refused_as_the_command_is(api: ApiClient) -> None:
    customer_id, sku = await api.a_customer(), await api.a_product()
    somebody = acting_as(f"customer:{new_id()}")
    body = an_order_body(customer_id, sku)
    head = await api.head()
    cases: tuple[tuple[Json, dict[str, str]], ...] = (
        ({**body, "lines": []}, AS_STAFF),
        (an_order_body(customer_id, "NO-SUCH-SKU"), AS_STAFF),
        ({**body, "expected_total_minor": 1}, AS_STAFF),
        ({**body, "currency": "EUR"}, AS_STAFF),
        ({**body, "surprise": 1}, AS_STAFF),
        (body, somebody),
        (body, {**AS_STAFF, "If-Match": '"1"'}),
        (body, {**AS_STAFF, "If-Match": "one"}),
        (body, {**AS_STAFF, "Accept": "text/html"}),
    )
    for wrong, headers in cases:
        tried = await try_out(api, WHOLE, wrong, headers)
        real = await api.command(WHOLE, wrong, headers=headers)
        assert tried.status_code == real.status_code >= 400
        assert tried.headers["content-type"] == "application/problem+json"
        assert {**tried.json(), "instance": ""} == {**real.json(), "instance": ""}
    assert await api.head() == head


@pytest.mark.parametrize("value", ["1", "TRUE", "yes", "", "true&dry_run=true"])
async def test_another_value_than_true_and_false_is_refused(api: ApiClient, value: str) -> None:
    body = an_order_body(await api.a_customer(), await api.a_product())
    head = await api.head()
    refused = await api.command(f"{WHOLE}?dry_run={value}", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")
    assert refused.json()["errors"][0]["parameter"] == "dry_run"
    assert await api.head() == head


async def test_without_it_or_with_false_the_command_is_carried_out(api: ApiClient) -> None:
    body = an_order_body(await api.a_customer(), await api.a_product())
    keyless = await api.http.post(f"{WHOLE}?dry_run=false", json=body, headers=AS_STAFF)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
    placed = await api.command(f"{WHOLE}?dry_run=false", body)
    assert placed.status_code == 201


async def test_a_command_that_cannot_be_tried_is_not_carried_out_instead(api: ApiClient) -> None:
    sku = await api.a_product()
    head = await api.head()
    wish = {
        "type": "discontinue-product",
        "idempotency_key": new_id(),
        "expected_version": 3,
        "payload": {"sku": sku, "reason": "x"},
    }
    for path, body in (
        (f"/v1/products/{sku}/discontinue{DRY}", {"reason": "x"}),
        (f"/v1/products/{sku}/discontinue?other=1", {"reason": "x"}),
        (f"/v1/commands/batch{DRY}", [wish]),
    ):
        refused = await api.command(path, body, if_match=3)
        assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")
        (fault,) = refused.json()["errors"]
        assert (fault["parameter"], fault["code"]) in {
            ("dry_run", "unknown_field"),
            ("other", "unknown_field"),
        }
    assert await api.head() == head


async def test_it_holds_a_command_to_the_version_that_it_was_decided_on(database_url: str) -> None:
    """Commands on what there is already, which routes may offer to try as well."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        wish = an_address_change(actor=STAFF)
        (moved,) = await store.dry_runner.dry_run(wish, an_envelope(expected_version=1))
        assert isinstance(moved, OrderShippingAddressChanged)
        with pytest.raises(VersionMismatch) as mismatch:
            await store.dry_runner.dry_run(wish, an_envelope(expected_version=2))
        assert mismatch.value.current_version == 1


async def test_a_return_is_tried(api: ApiClient, database_url: str) -> None:
    async with a_store(database_url) as store:
        fulfilment = Fulfilment(api, store)
        order = await fulfilment.confirmed()
        await fulfilment.delivered(order)
    body = {
        "return_id": new_id(),
        "order_id": order.order_id,
        "lines": [{"line_id": "1", "quantity": 2, "reason_code": "unwanted"}],
        "resolution": "refund",
    }
    himself = acting_as(f"customer:{order.customer_id}")
    head = await api.head()
    tried = await try_out(api, "/v1/returns", body, himself)
    assert tried.status_code == 200, tried.text
    requested, told = tried.json()["decided"]
    assert (requested["type"], told["type"]) == ("return-requested", "order-return-requested")
    assert requested["data"]["lines"] == [
        {"line_id": "1", "sku": order.sku, "quantity": 2, "reason_code": "unwanted"}
    ]
    too_many = {**body, "lines": [{"line_id": "1", "quantity": 9, "reason_code": "unwanted"}]}
    refused = await try_out(api, "/v1/returns", too_many, himself)
    assert (refused.status_code, refused.json()["code"]) == (409, "return_qty_exceeded")
    hidden = await try_out(api, "/v1/returns", body, acting_as(f"customer:{new_id()}"))
    assert (hidden.status_code, hidden.json()["code"]) == (404, "order_not_found")
    assert await api.head() == head

    real = await api.command("/v1/returns", body, headers=himself)
    assert real.status_code == 201, real.text
    feed = await api.http.get("/v1/events", params={"after_position": head}, headers=AS_STAFF)
    found = [event["data"] for event in feed.json()["events"]]
    assert found == [without(requested["data"], frozenset({"personal"})), told["data"]]
