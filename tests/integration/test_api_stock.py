"""Can stock be kept over HTTP, and does everybody see what he may?"""

import asyncio

from tests.api_client import AS_STAFF, ApiClient, acting_as, new_id
from tests.catching_up import Projectors


async def do(api: ApiClient, path: str, status: int = 200, **body: object) -> int:
    """Send a command as staff and answer the position, 0 when it was refused."""
    answer = await api.command(f"/v1/stock{path}", body, headers=AS_STAFF)
    assert answer.status_code == status, answer.text
    position: int = answer.json().get("position", 0)
    return position


async def kept(api: ApiClient, quantity: int, location: str = "MAIN") -> str:
    """Keep so many pieces of a new product and name the stock."""
    sku = await api.a_product()
    await do(api, "", 201, sku=sku, location=location)
    name = f"{sku}@{location}"
    await do(api, f"/{name}/receive", movement_id=new_id(), quantity=quantity, reference="PO-1")
    return name


async def test_stock_is_received_adjusted_counted_and_read(
    api: ApiClient, projectors: Projectors
) -> None:
    name = await kept(api, 240)
    sku, _, location = name.partition("@")
    await do(api, f"/{name}/adjust", movement_id=new_id(), delta=-2, reason="broken")
    await do(api, f"/{name}/count", movement_id=new_id(), counted=237)
    await do(api, f"/{name}/safety-stock", quantity=12)
    expected_at = "2026-12-01T00:00:00Z"
    position = await do(api, f"/{name}/backorder-policy", limit=5, expected_at=expected_at)
    not_yet_in_table = await api.get(f"/v1/stock/{name.lower()}")
    await projectors.catch_up()
    found = await api.http.get(
        f"/v1/stock/{name}", params={"min_position": position}, headers=AS_STAFF
    )
    body = found.json()
    assert found.headers["etag"] == '"6"'
    assert {**body, "recorded_at": None} == {
        "sku": sku,
        "location": location,
        "on_hand": 237,
        "quarantined": 0,
        "safety_stock": 12,
        "reserved": 0,
        "allocated": 0,
        "backordered": 0,
        "available": 225,
        "backorder_limit": 5,
        "next_expected_at": expected_at,
        "version": 6,
        "recorded_at": None,
        "as_of_position": position,
        "parked_since_position": None,
    }
    assert not_yet_in_table.json()["available"] == 225


async def test_customers_see_what_can_be_sold_and_nothing_else(
    api: ApiClient, projectors: Projectors
) -> None:
    name = await kept(api, 7)
    await projectors.catch_up()
    body = (
        await api.http.get(f"/v1/stock/{name}", headers=acting_as(f"customer:{new_id()}"))
    ).json()
    assert (body["available"], body["on_hand"], body["safety_stock"]) == (7, None, None)
    for path in ("", f"/{name}/receive", f"/{name}/count"):
        sent = {
            "": {"sku": name.partition("@")[0], "location": "EAST"},
            f"/{name}/receive": {"movement_id": new_id(), "quantity": 1},
            f"/{name}/count": {"movement_id": new_id(), "counted": 0},
        }[path]
        refused = await api.command(
            f"/v1/stock{path}", sent, headers=acting_as(f"customer:{new_id()}")
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_stock_is_listed_in_pages_by_product_place_and_level(
    api: ApiClient, projectors: Projectors
) -> None:
    plenty, low, out = sorted([await kept(api, 50) for _ in range(3)])
    await do(api, f"/{low}/safety-stock", quantity=30)
    await do(api, f"/{out}/count", movement_id=new_id(), counted=0)
    await projectors.catch_up()

    async def listed(**parameters: str | int) -> list[str]:
        page = (await api.get("/v1/stock", **parameters)).json()
        names = [f"{row['sku']}@{row['location']}" for row in page["stock"]]
        if page["next_cursor"] is None:
            return names
        return names + await listed(**{**parameters, "cursor": page["next_cursor"]})

    assert await listed(limit=2) == [plenty, low, out]
    assert await listed(level="low", limit=1) == [low, out]
    assert await listed(level="out") == [out]
    assert await listed(location="EAST") == []
    skus = ",".join(name.partition("@")[0] for name in (plenty, out))
    assert await listed(skus=skus) == [plenty, out]
    assert (await api.get("/v1/stock", skus="A,,B")).status_code == 422
    assert (await api.get("/v1/stock", level="high")).status_code == 422


async def test_every_refusal_has_its_code_and_changes_nothing(api: ApiClient) -> None:
    name = await kept(api, 3)
    movement_id = new_id()
    await do(api, f"/{name}/adjust", movement_id=movement_id, delta=1, reason="found")
    head = await api.head()
    refusals = (
        ("", {"sku": "NOBODY-KNOWS", "location": "MAIN"}, 422, "product_not_found"),
        (f"/{name}/receive", {"movement_id": new_id(), "quantity": 0}, 422, "quantity_invalid"),
        (
            "/NOBODY@MAIN/receive",
            {"movement_id": new_id(), "quantity": 1},
            404,
            "stock_item_not_found",
        ),
        (
            f"/{name}/adjust",
            {"movement_id": new_id(), "delta": -5, "reason": "gone"},
            409,
            "stock_negative",
        ),
        (
            f"/{name}/adjust",
            {"movement_id": movement_id, "delta": 2, "reason": "found"},
            409,
            "operation_conflict",
        ),
        (f"/{name}/count", {"movement_id": new_id(), "counted": -1}, 422, "quantity_invalid"),
        (f"/{name}/safety-stock", {"quantity": 10**9 + 1}, 422, "quantity_invalid"),
        (f"/{name}/safety-stock", {"quantity": 1.5}, 422, "validation_failed"),
        ("/no-place/safety-stock", {"quantity": 1}, 422, "validation_failed"),
    )
    for path, body, status, code in refusals:
        answer = await api.command(f"/v1/stock{path}", body, headers=AS_STAFF)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await api.get("/v1/stock/NOBODY@MAIN")).json()["code"] == "stock_item_not_found"
    assert await api.head() == head


async def test_a_movement_that_is_sent_twice_under_new_keys_counts_once(api: ApiClient) -> None:
    name = await kept(api, 1)
    body = {"movement_id": new_id(), "quantity": 4}
    answers = [
        await api.command(f"/v1/stock/{name}/receive", body, headers=AS_STAFF) for _ in range(3)
    ]
    assert [answer.json()["version"] for answer in answers] == [3, 3, 3]
    assert (await api.get(f"/v1/stock/{name}")).json()["available"] == 5


async def test_many_who_move_the_same_stock_at_once_all_count(api: ApiClient) -> None:
    name = await kept(api, 100)
    sent = [
        api.command(
            f"/v1/stock/{name}/adjust",
            {"movement_id": new_id(), "delta": -1, "reason": "taken"},
            headers=AS_STAFF,
        )
        for _ in range(120)
    ]
    answers = await asyncio.gather(*sent)
    codes = [answer.json().get("code") for answer in answers]
    assert (codes.count(None), codes.count("stock_negative")) == (100, 20)
    assert (await api.get(f"/v1/stock/{name}")).json()["available"] == 0
