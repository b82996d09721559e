"""Do the reports add up, by either clock?"""

from collections.abc import AsyncGenerator

import pytest

from tests.api_client import AS_STAFF, IMPORTED, ApiClient, an_order_body, api_on, new_id
from tests.catching_up import Projectors

HALF_PAST_ELEVEN = "2026-06-30T23:30:00Z"
"""Half past midnight on the first of July for a shop in London."""


@pytest.fixture
async def api(database_url: str, projectors: Projectors) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        cheap, dear = await client.a_product(price_minor=100), await client.a_product()
        customer_id = await client.a_customer()
        orders = (
            (cheap, HALF_PAST_ELEVEN, "GB", 1),
            (dear, HALF_PAST_ELEVEN, "GB", 2),
            (dear, "2026-06-15T12:00:00Z", "DE", 4),
        )
        order_ids: list[str] = []
        for sku, occurred_at, country, quantity in orders:
            body = an_order_body(
                customer_id,
                sku,
                occurred_at=occurred_at,
                country=country,
                **IMPORTED,
                lines=[{"line_id": "1", "sku": sku, "quantity": quantity}],
            )
            answer = await client.command("/v1/orders", body, headers=AS_STAFF)
            assert answer.is_success, answer.text
            order_ids.append(answer.json()["id"])
        wish = {"cancellation_id": new_id(), "reason_code": "other"}
        cancelled = f"/v1/orders/{order_ids[-1]}/cancel"
        assert (await client.command(cancelled, wish, if_match=1)).is_success
        await projectors.catch_up()
        yield client


async def test_a_sale_is_booked_on_the_day_of_the_clock_asked_for(api: ApiClient) -> None:
    business = (await api.get("/v1/reports/sales-daily")).json()
    utc = (await api.get("/v1/reports/sales-daily", clock="utc")).json()
    assert [(row["day"], row["country"], row["gross_minor"]) for row in business["rows"]] == [
        ("2026-06-15", "DE", 2000),
        ("2026-07-01", "GB", 1100),
    ]
    assert [(row["day"], row["country"], row["gross_minor"]) for row in utc["rows"]] == [
        ("2026-06-15", "DE", 2000),
        ("2026-06-30", "GB", 1100),
    ]
    assert business["totals"] == utc["totals"]
    assert (business["clock"], business["business_time_zone"]) == ("business", "Europe/London")


async def test_totals_cover_all_pages(api: ApiClient) -> None:
    first = (await api.get("/v1/reports/sales-daily", limit=1)).json()
    cursor = first["next_cursor"]
    second = (await api.get("/v1/reports/sales-daily", limit=1, cursor=cursor)).json()
    assert second["next_cursor"] is None
    assert first["totals"] == second["totals"]
    (totals,) = first["totals"]
    assert totals["gross_minor"] == sum(
        row["gross_minor"] for row in first["rows"] + second["rows"]
    )
    assert (totals["orders_placed"], totals["orders_cancelled"]) == (3, 1)
    assert totals["cancelled_minor"] == 2000


async def test_months_are_asked_for_by_any_of_their_days(api: ApiClient) -> None:
    june = await api.get("/v1/reports/sales-monthly", **{"from": "2026-06-20", "to": "2026-06-20"})
    assert [(row["month"], row["gross_minor"]) for row in june.json()["rows"]] == [
        ("2026-06-01", 2000)
    ]
    backwards = await api.get(
        "/v1/reports/sales-monthly", **{"from": "2026-06-02", "to": "2026-06-01"}
    )
    assert (backwards.status_code, backwards.json()["errors"][0]["parameter"]) == (422, "to")


async def test_products_are_ranked_by_gross(api: ApiClient) -> None:
    report = (await api.get("/v1/reports/product-sales", limit=1)).json()
    (best,) = report["rows"]
    assert (best["units"], best["gross_minor"], best["cancelled_minor"]) == (6, 3000, 2000)
    assert report["as_of_position"] > 0
    one = await api.get("/v1/reports/product-sales", sku=best["sku"].lower(), clock="utc")
    assert [row["sku"] for row in one.json()["rows"]] == [best["sku"]]


async def test_reports_are_filtered(api: ApiClient) -> None:
    answer = await api.get("/v1/reports/sales-daily", country="DE", currency="GBP", channel="web")
    assert [row["country"] for row in answer.json()["rows"]] == ["DE"]
    nothing = (await api.get("/v1/reports/sales-daily", currency="USD")).json()
    assert (nothing["rows"], nothing["totals"]) == ([], [])
