"""Does the query side answer what the log says, and say how fresh the answer is?"""

import asyncio

from tests.api_client import (
    AS_STAFF,
    IMPORTED,
    ApiClient,
    Json,
    acting_as,
    an_address_body,
    an_order_body,
    api_on,
    new_id,
)
from tests.catching_up import Projectors


async def an_order_with_history(api: ApiClient) -> Json:
    order = await api.an_order(note="leave it at the door", **IMPORTED)
    path = f"/v1/orders/{order['order_id']}"
    steps = (
        ("change-shipping-address", {"address": an_address_body(city="Leeds")}, 1),
        ("notes", {"note_id": new_id(), "text": "for us", "visibility": "internal"}, None),
        ("notes", {"note_id": new_id(), "text": "for you", "visibility": "customer"}, None),
        ("cancel", {"cancellation_id": new_id(), "reason_code": "other", "note": "sorry"}, 4),
    )
    for verb, body, version in steps:
        answer = await api.command(f"{path}/{verb}", body, if_match=version)
        assert answer.is_success, answer.text
    return order


async def test_an_order_reads_the_same_from_its_table_and_from_the_log(
    api: ApiClient, projectors: Projectors
) -> None:
    order = await an_order_with_history(api)
    path = f"/v1/orders/{order['order_id']}"
    not_yet_in_table = await api.get(path)
    position = await projectors.catch_up()
    from_table = await api.get(path)
    strong = await api.get(path, consistency="strong")
    by_number = await api.get(
        f"/v1/orders/by-number/{order['order_number'].lower().replace('-', '')}"
    )
    assert from_table.status_code == 200, from_table.text
    assert from_table.json() == strong.json() == not_yet_in_table.json() == by_number.json()
    assert from_table.json()["as_of_position"] == position
    assert from_table.headers["etag"] == '"6"'
    assert from_table.json()["lifecycle"] == "cancelled"
    assert from_table.json()["shipping_address"]["city"] == "Leeds"


async def test_an_order_that_the_caller_has_is_not_sent_again(
    api: ApiClient, projectors: Projectors
) -> None:
    order = await api.an_order()
    await projectors.catch_up()
    path = f"/v1/orders/{order['order_id']}"
    known = await api.http.get(path, headers={"If-None-Match": 'W/"0", "1"'})
    changed = await api.http.get(path, headers={"If-None-Match": '"0"'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", '"1"')
    assert changed.status_code == 200


async def test_a_query_waits_for_the_position_it_is_given(
    api: ApiClient, projectors: Projectors
) -> None:
    order = await api.an_order()
    path = f"/v1/orders/{order['order_id']}"
    waiting = asyncio.create_task(api.get(path, min_position=order["position"]))
    done, _ = await asyncio.wait((waiting,), timeout=0.3)
    assert not done
    await projectors.catch_up()
    answer = await waiting
    assert answer.status_code == 200
    assert answer.json()["as_of_position"] >= order["position"]


async def test_a_query_does_not_wait_for_ever(api: ApiClient, projectors: Projectors) -> None:
    await api.a_product()
    await projectors.catch_up()
    paths = ("/v1/orders", "/v1/products", "/v1/reports/sales-daily")
    for answer in await asyncio.gather(*(api.get(path, min_position=10**9) for path in paths)):
        assert (answer.status_code, answer.json()["code"]) == (503, "projection_behind")
        assert answer.headers["retry-after"] == "1"


async def test_orders_are_listed_newest_first_page_by_page(
    api: ApiClient, projectors: Projectors
) -> None:
    sku, customer_id = await api.a_product(), await api.a_customer()
    for hour in range(5):
        body = an_order_body(customer_id, sku, occurred_at=f"2026-05-04T{hour:02}:00:00Z")
        answer = await api.command("/v1/orders", body, headers=AS_STAFF)
        assert answer.is_success, answer.text
    await api.an_order(channel="staff")
    position = await projectors.catch_up()
    for path, filters in (
        ("/v1/orders", {"sku": sku}),
        ("/v1/orders", {"customer_id": customer_id, "channel": "web", "state": "pending"}),
        (f"/v1/customers/{customer_id}/orders", {}),
    ):
        hours: list[str] = []
        cursor: str | None = None
        while True:
            parameters = {**filters, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await api.get(path, **parameters)).json()
            assert page["as_of_position"] == position
            hours += [order["placed_at"][11:13] for order in page["orders"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert hours == ["04", "03", "02", "01", "00"], path


async def test_orders_are_filtered_by_their_time(api: ApiClient, projectors: Projectors) -> None:
    sku, customer_id = await api.a_product(), await api.a_customer()
    for hour in range(3):
        body = an_order_body(customer_id, sku, occurred_at=f"2026-05-04T{hour:02}:00:00Z")
        await api.command("/v1/orders", body, headers=AS_STAFF)
    await projectors.catch_up()
    page = await api.get(
        "/v1/orders",
        placed_from="2026-05-04T01:00:00Z",
        placed_to="2026-05-04T04:00:00+02:00",
    )
    assert [order["placed_at"] for order in page.json()["orders"]] == ["2026-05-04T01:00:00Z"]


async def test_a_cursor_is_refused_with_other_filters(
    api: ApiClient, projectors: Projectors
) -> None:
    for _ in range(2):
        await api.an_order()
    await projectors.catch_up()
    cursor = (await api.get("/v1/orders", limit=1)).json()["next_cursor"]
    assert (await api.get("/v1/orders", limit=2, cursor=cursor)).status_code == 200
    for parameters in ({"channel": "web"}, {"state": "pending"}):
        refused = await api.get("/v1/orders", cursor=cursor, **parameters)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "cursor"


async def test_a_customer_sees_his_own_orders_and_nothing_else(
    api: ApiClient, projectors: Projectors
) -> None:
    order = await an_order_with_history(api)
    other = await api.an_order()
    await projectors.catch_up()
    own = acting_as(f"customer:{order['customer_id']}")
    path = f"/v1/orders/{order['order_id']}"

    detail = (await api.http.get(path, headers=own)).json()
    assert [note["text"] for note in detail["notes"]] == ["for you"]
    history = (await api.http.get(f"{path}/events", headers=own)).json()["events"]
    assert "for us" not in str(history)
    listed = (await api.http.get("/v1/orders", headers=own)).json()["orders"]
    assert [entry["order_id"] for entry in listed] == [order["order_id"]]

    foreign = await api.http.get(f"/v1/orders/{other['order_id']}", headers=own)
    unknown = await api.http.get(f"/v1/orders/{new_id()}", headers=own)
    foreign_history = await api.http.get(f"/v1/orders/{other['order_id']}/events", headers=own)
    assert foreign.status_code == unknown.status_code == foreign_history.status_code == 404
    assert foreign.json()["code"] == unknown.json()["code"] == "order_not_found"
    for closed in (
        f"/v1/customers/{other['customer_id']}/orders",
        f"/v1/orders?customer_id={other['customer_id']}",
        "/v1/events",
        "/v1/projections",
        "/v1/reports/sales-daily",
    ):
        assert (await api.http.get(closed, headers=own)).status_code == 403, closed


async def test_an_order_number_that_was_mistyped_is_refused_without_a_lookup(
    api: ApiClient,
) -> None:
    mistyped = await api.get("/v1/orders/by-number/W26-0004711-A")
    unknown = await api.get("/v1/orders/by-number/w26 0004711 t")
    assert (mistyped.status_code, mistyped.json()["code"]) == (422, "order_number_malformed")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "order_not_found")


async def test_a_customer_is_read_from_the_log(api: ApiClient) -> None:
    customer_id = new_id()
    body = {"customer_id": customer_id, "email": "ada@example.com", "locale": "en-GB"}
    position = (await api.command("/v1/customers", body)).json()["position"]
    answer = await api.get(f"/v1/customers/{customer_id}")
    registered_at = answer.json().pop("registered_at")
    assert answer.json() == {
        **body,
        "name": None,
        "status": "active",
        "blocked_reason": None,
        "addresses": [],
        "registered_at": registered_at,
        "version": 1,
        "as_of_position": position,
    }
    assert (await api.get(f"/v1/customers/{new_id()}")).json()["code"] == "customer_not_found"


async def test_a_product_shows_the_price_that_holds(api: ApiClient, projectors: Projectors) -> None:
    sku = await api.a_product(price_minor=500)
    later = {
        "price_id": new_id(),
        "price_list": "retail",
        "currency": "GBP",
        "amount_minor": 700,
        "tax_included": True,
        "valid_from": "2999-01-01T00:00:00Z",
    }
    new = await api.get(f"/v1/products/{sku}", price_list="retail", currency="GBP")
    await api.command(f"/v1/products/{sku}/prices", later, if_match=3)
    await projectors.catch_up()
    listed = await api.get("/v1/products", state="active", price_list="retail", currency="GBP")
    future = await api.get(
        f"/v1/products/{sku}", price_list="retail", currency="GBP", at="2999-01-01T00:00:00Z"
    )
    other = await api.get(f"/v1/products/{sku}", price_list="retail", currency="EUR")
    assert new.json()["current_price"]["amount_minor"] == 500
    assert [row["current_price"]["amount_minor"] for row in listed.json()["products"]] == [500]
    assert future.json()["current_price"]["amount_minor"] == 700
    assert other.json()["current_price"] is None
    half = await api.get(f"/v1/products/{sku}", price_list="retail")
    assert (half.status_code, half.json()["errors"][0]["parameter"]) == (422, "currency")


async def test_products_are_listed_by_sku_page_by_page(
    api: ApiClient, projectors: Projectors
) -> None:
    skus = sorted([await api.a_product() for _ in range(3)])
    await projectors.catch_up()
    first = (await api.get("/v1/products", limit=2)).json()
    second = (await api.get("/v1/products", limit=2, cursor=first["next_cursor"])).json()
    assert [row["sku"] for row in first["products"] + second["products"]] == skus
    assert second["next_cursor"] is None


async def test_the_log_is_followed_to_its_end(api: ApiClient) -> None:
    order = await an_order_with_history(api)
    seen: list[Json] = []
    after = 0
    while True:
        piece = (await api.get("/v1/events", after_position=after, limit=3)).json()
        seen += piece["events"]
        after = piece["next_after_position"]
        if after == piece["head_position"] and not piece["events"]:
            break
    assert [event["position"] for event in seen] == list(range(1, after + 1))
    assert all("personal" not in event["data"] for event in seen)
    only = (await api.get("/v1/events", category="order", type="order-cancelled")).json()
    assert [event["stream"] for event in only["events"]] == [f"order-{order['order_id']}"]
    assert only["next_after_position"] == only["head_position"] == after


async def test_the_history_of_an_order_is_read_page_by_page(api: ApiClient) -> None:
    order = await an_order_with_history(api)
    path = f"/v1/orders/{order['order_id']}/events"
    first = (await api.get(path, limit=4)).json()
    second = (await api.get(path, limit=4, after_version=first["next_after_version"])).json()
    types = [event["type"] for event in first["events"] + second["events"]]
    assert types == [
        "order-placed",
        "order-shipping-address-changed",
        "order-note-added",
        "order-note-added",
        "order-cancellation-requested",
        "order-cancelled",
    ]
    assert second["next_after_version"] is None
    assert first["events"][0]["data"]["personal"]["note"] == "leave it at the door"
    assert (await api.get(f"/v1/orders/{new_id()}/events")).status_code == 404


async def test_readiness_follows_the_read_tables(api: ApiClient, projectors: Projectors) -> None:
    await api.a_product()
    await projectors.catch_up()
    ready = await api.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    listed = (await api.get("/v1/projections")).json()["projections"]
    assert {row["name"]: row["lag_events"] for row in listed} == {
        "customer_orders": 0,
        "fulfilment_queue": 0,
        "holds_worklist": 0,
        "order_detail": 0,
        "order_list": 0,
        "payment_ledger": 0,
        "process_status": 0,
        "product_list": 0,
        "product_sales": 0,
        "reservations_open": 0,
        "returns_worklist": 0,
        "sales_daily": 0,
        "stock_availability": 0,
        "timers": 0,
    }


async def test_without_read_tables_commands_work_and_lists_say_that_they_cannot(
    database_url: str,
) -> None:
    async with api_on(database_url) as api:
        order = await api.an_order()
        listed = await api.get("/v1/orders")
        strong = await api.get(f"/v1/orders/{order['order_id']}", consistency="strong")
        ready = await api.get("/readyz")
        alive = await api.get("/livez")
    assert (listed.status_code, listed.json()["code"]) == (503, "unavailable")
    assert listed.headers["retry-after"] == "1"
    assert (strong.status_code, ready.status_code, alive.status_code) == (200, 503, 200)
