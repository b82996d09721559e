"""Does every answer say what it lacks when something is parked, and refuse to wait for it?"""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from domain.events import order_stream
from tests.api_client import AS_STAFF, IMPORTED, ApiClient, Json, api_on, new_id
from tests.parking import append_strange, refuse_cancelled, refusing_new, until_parked
from tests.running_workers import caught_up, make_read_tables, projecting

AT_ONCE_SECONDS = 1.5
"""Less than the two seconds for which a query would wait for a table that is behind."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop whose worker runs, with an order that is fine and one that gives trouble."""

    api: ApiClient
    database_url: str
    good: Json
    bad: Json

    async def cancel_bad(self) -> int:
        """Cancel the order that gives trouble; answers the position of the event at fault."""
        path = f"/v1/orders/{self.bad['order_id']}/cancel"
        wish = {"cancellation_id": new_id(), "reason_code": "other"}
        answer = await self.api.command(path, wish, if_match=1)
        assert answer.is_success, answer.text
        position: int = answer.json()["position"]
        return position


@pytest.fixture
async def shop(database_url: str) -> AsyncGenerator[Shop]:
    await make_read_tables(database_url)
    async with projecting(database_url), api_on(database_url) as api:
        good, bad = await api.an_order(), await api.an_order(**IMPORTED)
        await caught_up(database_url)
        yield Shop(api, database_url, good, bad)


async def parked_since(shop: Shop) -> int:
    """Park the row of the bad order in order_detail, and tell since which position."""
    await refuse_cancelled(shop.database_url, "order_detail", shop.bad["order_id"])
    since = await shop.cancel_bad()
    await until_parked(shop.database_url, "order_detail")
    await caught_up(shop.database_url)
    return since


async def test_an_answer_about_a_parked_row_says_since_when_and_others_do_not(shop: Shop) -> None:
    since = await parked_since(shop)

    bad = (await shop.api.get(f"/v1/orders/{shop.bad['order_id']}")).json()
    good = (await shop.api.get(f"/v1/orders/{shop.good['order_id']}")).json()
    by_number = f"/v1/orders/by-number/{shop.bad['order_number']}"
    good_by_number = f"/v1/orders/by-number/{shop.good['order_number']}"
    orders = (await shop.api.get("/v1/orders")).json()

    assert (bad["lifecycle"], bad["parked_since_position"]) == ("cancelling", since)
    assert bad["as_of_position"] == since
    assert good["parked_since_position"] is None
    assert (await shop.api.get(by_number)).json() == bad
    assert (await shop.api.get(good_by_number)).json() == good
    assert orders["parked_since_position"] is None, "order_list took the cancellation"
    strong = await shop.api.get(f"/v1/orders/{shop.bad['order_id']}", consistency="strong")
    assert (strong.json()["lifecycle"], strong.json()["parked_since_position"]) == (
        "cancelled",
        None,
    )


async def test_who_wants_to_see_what_is_parked_is_told_so_at_once(shop: Shop) -> None:
    since = await parked_since(shop)
    paths = (
        f"/v1/orders/{shop.bad['order_id']}",
        f"/v1/orders/by-number/{shop.bad['order_number']}",
    )
    for path in paths:
        for position in (since, 10**9):
            began = time.monotonic()
            refused = await shop.api.get(path, min_position=position)
            assert time.monotonic() - began < AT_ONCE_SECONDS
            assert (refused.status_code, refused.json()["code"]) == (503, "projection_parked")
            assert refused.headers["retry-after"] == "30"
        assert (await shop.api.get(path, min_position=since - 1)).status_code == 200
    good = await shop.api.get(f"/v1/orders/{shop.good['order_id']}", min_position=since)
    assert good.status_code == 200


async def test_a_list_says_since_when_anything_of_it_is_parked(shop: Shop) -> None:
    for projection in ("order_list", "customer_orders"):
        await refuse_cancelled(shop.database_url, projection, shop.bad["order_id"])
    since = await shop.cancel_bad()
    await until_parked(shop.database_url, "order_list", "customer_orders")

    own = f"/v1/customers/{shop.good['customer_id']}/orders"
    for path in ("/v1/orders", own):
        page = (await shop.api.http.get(path, headers=AS_STAFF)).json()
        assert page["parked_since_position"] == since
        refused = await shop.api.get(path, min_position=since)
        assert refused.json()["code"] == "projection_parked"
    report = await shop.api.get("/v1/reports/sales-daily")
    assert report.json()["parked_since_position"] is None


async def test_an_event_that_nobody_can_read_parks_its_stream(shop: Shop) -> None:
    since = await append_strange(shop.database_url, order_stream(shop.bad["order_id"]), 1)
    await until_parked(shop.database_url, "order_detail", "order_list", "sales_daily")

    bad = (await shop.api.get(f"/v1/orders/{shop.bad['order_id']}")).json()
    good = (await shop.api.get(f"/v1/orders/{shop.good['order_id']}")).json()
    product = (await shop.api.get(f"/v1/products/{shop.bad['lines'][0]['sku']}")).json()
    assert bad["parked_since_position"] == since
    assert good["parked_since_position"] is product["parked_since_position"] is None
    for path in ("/v1/orders", "/v1/reports/sales-monthly", "/v1/reports/product-sales"):
        assert (await shop.api.get(path)).json()["parked_since_position"] == since
    assert (await shop.api.get("/v1/products")).json()["parked_since_position"] is None


async def test_a_new_order_whose_row_is_parked_is_read_from_the_log(shop: Shop) -> None:
    async with refusing_new(shop.database_url, "order_detail"):
        order = await shop.api.an_order()
        await until_parked(shop.database_url, "order_detail")
        path = f"/v1/orders/{order['order_id']}"

        folded = await shop.api.get(path)
        refused = await shop.api.get(path, min_position=order["position"])
        by_number = f"/v1/orders/by-number/{order['order_number']}"
        not_found = await shop.api.get(by_number)
        waits = await shop.api.get(by_number, min_position=order["position"])

    assert (folded.status_code, folded.json()["version"]) == (200, 1)
    assert folded.json()["parked_since_position"] is None, "the answer does not rest on the table"
    assert refused.json()["code"] == waits.json()["code"] == "projection_parked"
    assert not_found.status_code == 404


async def test_the_state_of_the_read_tables_shows_what_is_parked_and_discarded(shop: Shop) -> None:
    since = await parked_since(shop)
    listed = await shop.api.http.get("/v1/projections", headers=AS_STAFF)
    detail = next(
        table for table in listed.json()["projections"] if table["name"] == "order_detail"
    )
    ready = await shop.api.get("/readyz")
    checks = {check["name"]: check for check in ready.json()["checks"]}

    figures = ("parked_keys", "parked_since_position", "discarded_events")
    assert {figure: detail[figure] for figure in figures} == {
        "parked_keys": 1,
        "parked_since_position": since,
        "discarded_events": 0,
    }
    assert ready.status_code == 200, "what is parked does not make the process unready"
    assert checks["order_detail"]["ready"]
    assert f"1 parked since position {since}" in checks["order_detail"]["detail"]
    assert "parked" not in checks["order_list"]["detail"]
