"""Can what happened to an order elsewhere be recorded over HTTP, and only to such an order?"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import psycopg
import pytest

from domain.fulfilment_events import FulfilmentAdvanced, Stage
from domain.fulfilment_policy import FulfilmentPolicy
from tests.api_client import AS_STAFF, IMPORTED, ApiClient, Json, acting_as, api_on, new_id
from tests.catching_up import Projectors, projectors_on
from tests.examples_log import a_store
from tests.running_workers import read_log
from workers.fulfilment import PRINCIPAL, FulfilmentProcess

THEN = "2025-12-01T08:26:00Z"
LATER = "2025-12-08T10:00:00Z"


@dataclass(frozen=True, slots=True)
class Archive:
    """The API, and what fills its tables."""

    api: ApiClient
    projectors: Projectors

    async def imported(self, pieces: int = 10, **changes: object) -> tuple[str, str]:
        """Place an order of three pieces elsewhere, and put pieces on the shelf."""
        body = await self.api.an_order(**{**IMPORTED, "occurred_at": THEN, **changes})
        (line,) = body["lines"]
        sku = line["sku"]
        item = {"sku": sku, "location": "MAIN"}
        receipt = {"movement_id": new_id(), "quantity": pieces, "occurred_at": THEN}
        for path, sent in (("/v1/stock", item), (f"/v1/stock/{sku}@MAIN/receive", receipt)):
            answer = await self.api.command(path, sent, headers=AS_STAFF)
            assert answer.is_success, answer.text
        return body["order_id"], sku

    async def fulfil(self, order_id: str, actor: str = "staff:jo", **changes: object) -> Json:
        """Record that the order was carried out."""
        return await self._do(
            f"/v1/orders/{order_id}/record-past-fulfilment",
            {"location": "MAIN", "occurred_at": THEN, **changes},
            actor,
        )

    async def take_back(self, order_id: str, actor: str = "staff:jo", **changes: object) -> Json:
        """Record that two pieces came back."""
        body = {
            "return_id": new_id(),
            "lines": [{"line_id": "1", "quantity": 2}],
            "location": "MAIN",
            "occurred_at": LATER,
            **changes,
        }
        return await self._do(f"/v1/orders/{order_id}/record-past-return", body, actor)

    async def _do(self, path: str, body: Json, actor: str) -> Json:
        answer = await self.api.command(path, body, headers=acting_as(actor))
        return {"status_code": answer.status_code, **answer.json()}

    async def read(self, path: str, **parameters: str | int) -> Json:
        """Ask a query of a read side that has caught up."""
        await self.projectors.catch_up()
        answer = await self.api.http.get(path, params=parameters, headers=AS_STAFF)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found


@pytest.fixture
async def archive(database_url: str) -> AsyncGenerator[Archive]:
    async with projectors_on(database_url) as projectors, api_on(database_url) as api:
        yield Archive(api, projectors)


async def test_an_order_is_carried_out_and_comes_back_in_the_past(archive: Archive) -> None:
    order_id, sku = await archive.imported()
    done = await archive.fulfil(order_id)
    back = await archive.take_back(order_id)
    assert (done["status_code"], back["status_code"]) == (200, 201), (done, back)

    order = await archive.read(f"/v1/orders/{order_id}")
    states = [order[name] for name in ("lifecycle", "payment_state", "fulfilment_state")]
    assert [*states, order["return_state"]] == [
        "completed",
        "partially_refunded",
        "delivered",
        "partially_returned",
    ]
    stock = await archive.read(f"/v1/stock/{sku}@MAIN")
    assert (stock["on_hand"], stock["available"], stock["reserved"]) == (9, 9, 0)
    returned = await archive.read(f"/v1/returns/{back['id']}")
    assert (returned["status"], returned["requested_at"]) == ("closed", LATER)


async def test_the_same_again_changes_nothing(archive: Archive) -> None:
    order_id, _ = await archive.imported()
    return_id = new_id()
    first = await archive.fulfil(order_id), await archive.take_back(order_id, return_id=return_id)
    head = await archive.api.head()
    again = await archive.fulfil(order_id), await archive.take_back(order_id, return_id=return_id)
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert await archive.api.head() == head


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422, "occurred_at_in_future"),
        ({"location": "EAST"}, 409, "insufficient_stock"),
        ({"location": ""}, 422, "validation_failed"),
    ],
)
async def test_refuses_what_cannot_have_happened(
    archive: Archive, changes: Json, status: int, code: str
) -> None:
    order_id, _ = await archive.imported()
    refused = await archive.fulfil(order_id, **changes)
    assert (refused["status_code"], refused["code"]) == (status, code)


async def test_refuses_more_than_was_delivered_and_more_than_is_there(archive: Archive) -> None:
    order_id, _ = await archive.imported(pieces=2)
    short = await archive.fulfil(order_id)
    assert (short["status_code"], short["code"]) == (409, "insufficient_stock")
    assert [item["available"] for item in short["errors"]] == [2]
    too_much = await archive.take_back(order_id)
    assert (too_much["status_code"], too_much["code"]) == (409, "return_qty_exceeded")


@pytest.mark.parametrize(
    ("product", "status", "code"),
    [
        ({"returnable": False}, 422, "item_not_returnable"),
        ({"return_window_days": 7}, 409, "return_window_closed"),
    ],
)
async def test_refuses_what_the_shop_would_not_have_taken_back(
    archive: Archive, product: Json, status: int, code: str
) -> None:
    sku = await archive.api.a_product(**product)
    line = {"line_id": "1", "sku": sku, "quantity": 3}
    order_id, _ = await archive.imported(lines=[line])
    assert (await archive.fulfil(order_id))["status_code"] == 200
    refused = await archive.take_back(order_id)
    assert (refused["status_code"], refused["code"]) == (status, code), refused


async def test_refuses_orders_that_are_carried_out_here_and_customers(archive: Archive) -> None:
    order_id, _ = await archive.imported(origin={"kind": "staff"})
    for refused in (await archive.fulfil(order_id), await archive.take_back(order_id)):
        assert (refused["status_code"], refused["code"]) == (409, "order_not_imported")
    imported, _ = await archive.imported()
    himself = f"customer:{new_id()}"
    for refused in (
        await archive.fulfil(imported, himself),
        await archive.take_back(imported, himself),
    ):
        assert (refused["status_code"], refused["code"]) == (403, "forbidden")
    for refused in (await archive.fulfil(new_id()), await archive.take_back(new_id())):
        assert (refused["status_code"], refused["code"]) == (404, "order_not_found")


async def test_refuses_what_was_recorded_otherwise(archive: Archive) -> None:
    order_id, _ = await archive.imported()
    assert (await archive.fulfil(order_id))["status_code"] == 200
    other = await archive.fulfil(order_id, occurred_at=LATER)
    assert (other["status_code"], other["code"]) == (409, "operation_conflict")


async def test_the_process_notes_the_order_and_passes_over_what_became_of_it(
    archive: Archive, database_url: str
) -> None:
    order_id, _ = await archive.imported()
    await archive.fulfil(order_id)
    await archive.take_back(order_id)
    log = await read_log(database_url)
    async with a_store(database_url) as store:
        process = FulfilmentProcess(store.handler, store.loader, FulfilmentPolicy())
        await process.react(log)
        await process.react(log)
    reactions = (await read_log(database_url))[len(log) :]
    assert [event.type for event in reactions] == ["fulfilment-advanced"]
    (advanced,) = reactions
    assert isinstance(advanced.data, FulfilmentAdvanced)
    assert (advanced.data.order_id, advanced.data.stage) == (order_id, Stage.RECORDED)
    assert await records_of_the_process(database_url) == 1


async def records_of_the_process(database_url: str) -> int:
    """Count what the process decided."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "SELECT count(*) FROM event_store.commands WHERE principal = %s", (PRINCIPAL,)
        )
        (count,) = await cursor.fetchone() or (0,)
        return int(count)
