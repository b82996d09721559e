"""Can parcels be sent over HTTP, and does everybody see his own?"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest

from tests.api_client import AS_STAFF, ApiClient, Json, acting_as, api_on, new_id
from tests.catching_up import Projectors, projectors_on
from tests.examples_log import a_store
from tests.fulfilled import Fulfilment

PARCELS: Json = {"parcels": [{"parcel_id": "1", "weight_grams": 1900}]}
SENT: Json = {"tracking_number": "SB4711", "carrier": "fast"}


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The API, what fulfils its orders, and what fills its tables."""

    api: ApiClient
    fulfilment: Fulfilment
    projectors: Projectors

    async def do(self, shipment_id: str, verb: str, body: Json, **sent: int) -> Json:
        """Send a command as staff."""
        answer = await self.api.command(
            f"/v1/shipments/{shipment_id}/{verb}",
            body,
            headers=AS_STAFF,
            if_match=sent.get("if_match"),
        )
        found: Json = answer.json()
        return {"status_code": answer.status_code, **found}

    async def read(self, path: str, actor: str = "staff:jo", **parameters: str | int) -> Json:
        """Ask a query."""
        answer = await self.api.http.get(
            f"/v1/shipments{path}", params=parameters, headers=acting_as(actor)
        )
        found: Json = answer.json()
        return {"status_code": answer.status_code, **found}


@pytest.fixture
async def warehouse(database_url: str) -> AsyncGenerator[Warehouse]:
    async with (
        projectors_on(database_url) as projectors,
        api_on(database_url) as api,
        a_store(database_url) as store,
    ):
        yield Warehouse(api, Fulfilment(api, store), projectors)


async def test_a_shipment_is_picked_packed_sent_and_read(warehouse: Warehouse) -> None:
    order = await warehouse.fulfilment.confirmed(allow_split=True)
    shipment_id = await warehouse.fulfilment.planned(order)
    new_shipment_id = new_id()
    part = {"line_id": "1", "quantity": 1}
    steps: tuple[tuple[str, Json], ...] = (
        ("start-picking", {}),
        ("report-short", {"short_id": new_id(), **part}),
        ("split", {"new_shipment_id": new_shipment_id, "lines": [part]}),
        ("pack", PARCELS),
        ("dispatch", SENT),
        (
            "record-tracking",
            {
                "tracking_id": "1",
                "status": "in_transit",
                "seen_at": "2026-11-21T09:00:00Z",
                "place": "Leeds",
            },
        ),
        ("record-delivery-failed", {"attempt_id": "1", "reason": "nobody_home"}),
        ("record-delivered", {"delivered_at": "2026-11-22T09:00:00Z"}),
    )
    position = 0
    for version, (verb, body) in enumerate(steps, start=2):
        answer = await warehouse.do(shipment_id, verb, body, if_match=version - 1)
        assert (answer["status_code"], answer.get("version")) == (200, version), answer
        position = answer["position"]
    not_yet_in_table = await warehouse.read(f"/{shipment_id}")
    await warehouse.projectors.catch_up()
    found = await warehouse.read(f"/{shipment_id}", min_position=position)
    assert {**found, "placed_at": None, "recorded_at": None} == {
        "status_code": 200,
        "shipment_id": shipment_id,
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "currency": "GBP",
        "channel": "web",
        "country": "GB",
        "placed_at": None,
        "location": "MAIN",
        "status": "delivered",
        "carrier": "fast",
        "service": "standard",
        "ship_by": "2026-12-01T12:00:00Z",
        "lines": [
            {
                "line_id": "1",
                "sku": order.sku,
                "quantity": 1,
                "reservation_id": "reservation-1",
            }
        ],
        "tracking_number": "SB4711",
        "version": 9,
        "recorded_at": None,
        "as_of_position": position,
        "parked_since_position": None,
    }
    assert not_yet_in_table == found
    new = await warehouse.read(f"/{new_shipment_id}")
    assert (new["status"], new["lines"][0]["quantity"]) == ("planned", 1)


async def test_a_shipment_can_be_stopped_lost_and_brought_back(warehouse: Warehouse) -> None:
    order = await warehouse.fulfilment.confirmed(allow_split=True)
    ends: tuple[tuple[str, Json, str], ...] = (
        ("cancel", {"reason": "customer_request"}, "cancelled"),
        ("record-lost", {}, "lost"),
        ("record-returned-to-sender", {}, "returned_to_sender"),
    )
    for verb, body, status in ends:
        shipment_id = await warehouse.fulfilment.planned(order, quantity=1)
        if verb != "cancel":
            await warehouse.do(shipment_id, "pack", PARCELS)
            await warehouse.do(shipment_id, "dispatch", SENT)
        assert (await warehouse.do(shipment_id, verb, body))["status_code"] == 200
        assert (await warehouse.read(f"/{shipment_id}"))["status"] == status


async def test_a_shipment_moves_to_where_its_pieces_are(warehouse: Warehouse) -> None:
    order = await warehouse.fulfilment.confirmed()
    for location in ("MAIN", "EAST"):
        await warehouse.fulfilment.stocked(order.sku, location, 5)
    await warehouse.fulfilment.kept(order, "MAIN")
    shipment_id = await warehouse.fulfilment.planned(order)
    await warehouse.do(shipment_id, "pack", PARCELS)
    head = await warehouse.api.head()
    for location, status, code in (
        ("west", 404, "stock_item_not_found"),
        ("NORTH", 409, "insufficient_stock"),
        ("no place", 422, "validation_failed"),
    ):
        if code == "insufficient_stock":
            await warehouse.fulfilment.stocked(order.sku, location, 2)
            head = await warehouse.api.head()
        refused = await warehouse.do(shipment_id, "move", {"location": location})
        assert (refused["status_code"], refused["code"]) == (status, code), refused
        assert await warehouse.api.head() == head
    himself = acting_as(f"customer:{order.customer_id}")
    forbidden = await warehouse.api.command(
        f"/v1/shipments/{shipment_id}/move", {"location": "EAST"}, headers=himself
    )
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")

    moved = await warehouse.do(shipment_id, "move", {"location": "east"}, if_match=2)
    assert (moved["status_code"], moved["version"]) == (200, 3), moved
    again = await warehouse.do(shipment_id, "move", {"location": "EAST"})
    assert (again["status_code"], again["version"]) == (200, 3)
    for _ in range(2):  # first from the log, then from the table
        found = await warehouse.read(f"/{shipment_id}")
        assert (found["location"], found["status"]) == ("EAST", "planned")
        assert found["lines"][0]["reservation_id"] != "reservation-1"
        for location, allocated, available in (("MAIN", 0, 5), ("EAST", 3, 2)):
            stock = (await warehouse.api.get(f"/v1/stock/{order.sku}@{location}")).json()
            assert (stock["allocated"], stock["available"]) == (allocated, available)
        await warehouse.projectors.catch_up()
    await warehouse.do(shipment_id, "pack", PARCELS)
    await warehouse.do(shipment_id, "dispatch", SENT)
    late = await warehouse.do(shipment_id, "move", {"location": "MAIN"})
    assert (late["status_code"], late["code"]) == (409, "shipment_already_dispatched")


async def test_customers_see_their_own_shipments_and_do_nothing_with_them(
    warehouse: Warehouse,
) -> None:
    order = await warehouse.fulfilment.confirmed()
    other = await warehouse.fulfilment.confirmed()
    shipment_id = await warehouse.fulfilment.planned(order)
    await warehouse.fulfilment.planned(other)
    himself = f"customer:{order.customer_id}"
    somebody = f"customer:{new_id()}"
    for _ in range(2):  # first from the log, then from the table
        assert (await warehouse.read(f"/{shipment_id}", himself))["status_code"] == 200
        hidden = await warehouse.read(f"/{shipment_id}", somebody)
        assert (hidden["status_code"], hidden["code"]) == (404, "shipment_not_found")
        await warehouse.projectors.catch_up()
    page = await warehouse.read("", himself)
    assert [row["shipment_id"] for row in page["shipments"]] == [shipment_id]
    assert (await warehouse.read("", somebody))["shipments"] == []
    assert (await warehouse.read("", himself, order_id=other.order_id))["shipments"] == []
    assert (await warehouse.read("", "carrier:fast"))["code"] == "forbidden"
    refused = await warehouse.api.command(
        f"/v1/shipments/{shipment_id}/cancel", {"reason": "no"}, headers=acting_as(himself)
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_shipments_are_listed_in_pages_by_when_they_are_to_leave(
    warehouse: Warehouse,
) -> None:
    order = await warehouse.fulfilment.confirmed(allow_split=True)
    other = await warehouse.fulfilment.confirmed(allow_split=True)
    last = await warehouse.fulfilment.planned(order, quantity=1, days=9)
    first = await warehouse.fulfilment.planned(order, quantity=1)
    twins = sorted(
        [await warehouse.fulfilment.planned(other, quantity=1, days=3) for _ in range(2)]
    )
    east = await warehouse.fulfilment.planned(order, quantity=1, location="EAST", days=5)
    await warehouse.do(east, "pack", PARCELS)
    await warehouse.projectors.catch_up()

    async def listed(**parameters: str | int) -> list[str]:
        page = await warehouse.read("", "staff:jo", **parameters)
        ids = [row["shipment_id"] for row in page["shipments"]]
        if page["next_cursor"] is None:
            return ids
        return ids + await listed(**{**parameters, "cursor": page["next_cursor"]})

    everything = [first, *twins, east, last]
    for limit in (1, 2, 50):
        assert await listed(limit=limit) == everything
    assert await listed(location="east") == [east]
    assert await listed(status="planned", limit=1) == [first, *twins, last]
    assert await listed(status="packed", location="MAIN") == []
    assert await listed(order_id=other.order_id) == twins
    assert (await warehouse.read("", status="gone"))["status_code"] == 422
    cursor = (await warehouse.read("", limit=1))["next_cursor"]
    stolen = await warehouse.read("", limit=1, cursor=cursor, status="planned")
    assert (stolen["status_code"], stolen["code"]) == (422, "validation_failed")


async def test_every_refusal_has_its_code_and_changes_nothing(warehouse: Warehouse) -> None:
    order = await warehouse.fulfilment.confirmed()
    shipment_id = await warehouse.fulfilment.planned(order)
    await warehouse.do(shipment_id, "pack", PARCELS)
    head = await warehouse.api.head()
    part = {"line_id": "1", "quantity": 1}
    nowhere = new_id()
    short = {"short_id": nowhere, **part}
    refusals: tuple[tuple[str, str, Json, int, str], ...] = (
        (nowhere, "start-picking", {}, 404, "shipment_not_found"),
        (shipment_id, "record-delivered", {}, 409, "shipment_state_conflict"),
        (shipment_id, "report-short", {**short, "quantity": 0}, 422, "quantity_invalid"),
        (shipment_id, "report-short", {**short, "line_id": "9"}, 422, "line_not_found"),
        (shipment_id, "report-short", {**short, "quantity": 9}, 409, "fulfillment_qty_exceeded"),
        (shipment_id, "dispatch", {**SENT, "tracking_number": ""}, 422, "tracking_required"),
        (shipment_id, "split", {"new_shipment_id": nowhere, "lines": []}, 422, "shipment_empty"),
        (
            shipment_id,
            "split",
            {"new_shipment_id": nowhere, "lines": [part]},
            409,
            "split_not_allowed",
        ),
        (shipment_id, "cancel", {"reason": "He changed his mind"}, 422, "validation_failed"),
        ("no-uuid", "cancel", {"reason": "no"}, 422, "validation_failed"),
    )
    for target, verb, body, status, code in refusals:
        answer = await warehouse.do(target, verb, body)
        assert (answer["status_code"], answer["code"]) == (status, code), answer
    stale = await warehouse.do(shipment_id, "cancel", {"reason": "no"}, if_match=1)
    assert (stale["status_code"], stale["code"]) == (412, "version_mismatch")
    assert (await warehouse.read(f"/{nowhere}"))["code"] == "shipment_not_found"
    assert await warehouse.api.head() == head


async def test_nothing_leaves_that_is_held_or_not_paid(warehouse: Warehouse) -> None:
    held = await warehouse.fulfilment.confirmed()
    dearer = await warehouse.fulfilment.confirmed(shipping_method="standard")
    hold = {"hold_id": new_id(), "kind": "fraud", "reason": "odd address"}
    path = f"/v1/orders/{held.order_id}/holds"
    for order, status, code in (
        (held, 409, "order_on_hold"),
        (dearer, 409, "payment_required"),
    ):
        shipment_id = await warehouse.fulfilment.planned(order)
        await warehouse.do(shipment_id, "pack", PARCELS)
        if order is held:
            assert (await warehouse.api.command(path, hold, headers=AS_STAFF)).is_success
        head = await warehouse.api.head()
        refused = await warehouse.do(shipment_id, "dispatch", SENT)
        assert (refused["status_code"], refused["code"]) == (status, code), refused
        assert await warehouse.api.head() == head


async def test_what_has_left_is_neither_cancelled_nor_held(warehouse: Warehouse) -> None:
    order = await warehouse.fulfilment.confirmed()
    shipment_id = await warehouse.fulfilment.planned(order)
    await warehouse.do(shipment_id, "pack", PARCELS)
    await warehouse.do(shipment_id, "dispatch", SENT)
    head = await warehouse.api.head()
    for verb, body in (
        ("cancel", {"cancellation_id": new_id(), "reason_code": "other"}),
        ("holds", {"hold_id": new_id(), "kind": "fraud", "reason": "odd address"}),
    ):
        refused = await warehouse.api.command(
            f"/v1/orders/{order.order_id}/{verb}", body, if_match="*", headers=AS_STAFF
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "already_shipped")
    assert await warehouse.api.head() == head
