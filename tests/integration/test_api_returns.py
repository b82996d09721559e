"""Can pieces be sent back over HTTP, and does everybody see his own returns?"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

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
from tests.catching_up import Projectors, projectors_on
from tests.examples_log import a_store
from tests.fulfilled import PIECES, ConfirmedOrder, Fulfilment

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
SHELF: Json = {"line_id": "1", "accepted": 2, "disposition": "shelf"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The API, what fulfils its orders, and what fills its tables."""

    api: ApiClient
    fulfilment: Fulfilment
    projectors: Projectors

    async def delivered(self) -> ConfirmedOrder:
        """Let a customer get three pieces for 15 pounds."""
        order = await self.fulfilment.confirmed()
        await self.fulfilment.delivered(order)
        return order

    async def ask(self, order: ConfirmedOrder, quantity: int = 2, **changes: object) -> Json:
        """Ask for a return as the customer."""
        body = {
            "return_id": new_id(),
            "order_id": order.order_id,
            "lines": [{"line_id": "1", "quantity": quantity, "reason_code": "unwanted"}],
            **changes,
        }
        himself = acting_as(f"customer:{order.customer_id}")
        answer = await self.api.command("/v1/returns", body, headers=himself)
        found: Json = answer.json()
        return {"status_code": answer.status_code, **found}

    async def do(
        self,
        return_id: str,
        verb: str,
        body: Json,
        version: int | None,
        headers: dict[str, str] = AS_STAFF,
    ) -> Json:
        """Send a command on a version of the return."""
        answer = await self.api.command(
            f"/v1/returns/{return_id}/{verb}", body, if_match=version, headers=headers
        )
        found: Json = answer.json()
        return {"status_code": answer.status_code, **found}

    async def read(self, path: str, actor: str = "staff:jo", **parameters: str | int) -> Json:
        """Ask a query."""
        answer = await self.api.http.get(
            f"/v1/returns{path}", params=parameters, headers=acting_as(actor)
        )
        found: Json = answer.json()
        return {"status_code": answer.status_code, **found}


def received(quantity: int = 2) -> Json:
    line = {"line_id": "1", "quantity": quantity, "condition": "opened"}
    return {"receipt_id": new_id(), "lines": [line]}


async def a_credit(desk: Desk) -> tuple[ConfirmedOrder, str]:
    """Let a customer send two of three pieces back for an exchange: ten pounds of credit."""
    order = await desk.delivered()
    return_id = (await desk.ask(order, resolution="exchange"))["id"]
    for version, (verb, body) in enumerate(
        (("approve", {}), ("receive", received()), ("inspect", {"lines": [SHELF]})), start=1
    ):
        answer = await desk.do(return_id, verb, body, version)
        assert answer["status_code"] == 200, answer
    return order, return_id


async def exchange(
    desk: Desk, order: ConfirmedOrder, return_id: str | None, pieces: int = 2, **changes: object
) -> Json:
    """Place an order for the credit of a return as staff."""
    body = {
        "origin": {"kind": "exchange", "ref": return_id},
        "lines": [{"line_id": "1", "sku": order.sku, "quantity": pieces}],
        **changes,
    }
    answer = await desk.api.command(
        "/v1/orders", an_order_body(order.customer_id, order.sku, **body), headers=AS_STAFF
    )
    found: Json = answer.json()
    return {"status_code": answer.status_code, **found}


@pytest.fixture
async def desk(database_url: str) -> AsyncGenerator[Desk]:
    async with (
        projectors_on(database_url) as projectors,
        api_on(database_url) as api,
        a_store(database_url) as store,
    ):
        yield Desk(api, Fulfilment(api, store), projectors)


async def test_a_return_is_asked_for_received_inspected_closed_and_read(desk: Desk) -> None:
    order = await desk.delivered()
    asked = await desk.ask(order, note="too blue")
    assert (asked["status_code"], asked["version"]) == (201, 1), asked
    return_id = asked["id"]
    steps: tuple[tuple[str, Json], ...] = (
        ("approve", {"send_by": "2026-12-24T00:00:00Z", "restocking_fee_minor": 100}),
        ("receive", received(1)),
        ("receive", received(1)),
        ("inspect", {"lines": [{**SHELF, "accepted": 1, "rejected": 1}]}),
        ("close", {}),
    )
    position = 0
    for version, (verb, body) in enumerate(steps, start=2):
        answer = await desk.do(return_id, verb, body, version - 1)
        assert (answer["status_code"], answer.get("version")) == (200, version), answer
        position = answer["position"]
    not_yet_in_table = await desk.read(f"/{return_id}")
    await desk.projectors.catch_up()
    found = await desk.read(f"/{return_id}", min_position=position)
    unknown = dict.fromkeys(("placed_at", "requested_at", "recorded_at"))
    assert {**found, **unknown} == {
        "status_code": 200,
        "return_id": return_id,
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "currency": "GBP",
        "channel": "web",
        "country": "GB",
        **unknown,
        "status": "closed",
        "send_by": "2026-12-24T00:00:00Z",
        "resolution": "refund",
        "lines": [
            {
                "line_id": "1",
                "sku": order.sku,
                "quantity": 2,
                "reason_code": "unwanted",
                "received": 2,
                "accepted": 1,
                "rejected": 1,
            }
        ],
        "refund_due_minor": 400,
        "credit_minor": 0,
        "credit_used_by": None,
        "version": 6,
        "as_of_position": found["as_of_position"],
        "parked_since_position": None,
    }
    assert {**not_yet_in_table, "as_of_position": None} == {**found, "as_of_position": None}


async def test_two_requests_never_count_on_the_same_pieces(desk: Desk) -> None:
    order = await desk.delivered()
    answers = await asyncio.gather(*(desk.ask(order, 1) for _ in range(8)))
    codes = [answer.get("code") for answer in answers]
    assert (codes.count(None), codes.count("return_qty_exceeded")) == (3, 5)
    first = next(answer["id"] for answer in answers if "code" not in answer)
    himself = acting_as(f"customer:{order.customer_id}")
    assert (await desk.do(first, "cancel", {}, 1, himself))["status_code"] == 200
    assert (await desk.ask(order, 1))["status_code"] == 201


async def test_customers_see_their_own_returns_and_may_only_ask_and_cancel(desk: Desk) -> None:
    order, other = await desk.delivered(), await desk.delivered()
    return_id = (await desk.ask(order))["id"]
    await desk.ask(other)
    himself, somebody = f"customer:{order.customer_id}", f"customer:{new_id()}"
    for _ in range(2):  # first from the log, then from the table
        assert (await desk.read(f"/{return_id}", himself))["status_code"] == 200
        hidden = await desk.read(f"/{return_id}", somebody)
        assert (hidden["status_code"], hidden["code"]) == (404, "return_not_found")
        await desk.projectors.catch_up()
    page = await desk.read("", himself)
    assert [row["return_id"] for row in page["returns"]] == [return_id]
    assert (await desk.read("", somebody))["returns"] == []
    assert (await desk.read("", "carrier:fast"))["code"] == "forbidden"
    for actor, verb, body, code in (
        (himself, "approve", {}, "forbidden"),
        (himself, "close", {}, "forbidden"),
        (somebody, "cancel", {}, "return_not_found"),
    ):
        refused = await desk.do(return_id, verb, body, 1, acting_as(actor))
        assert refused["code"] == code, refused
    stolen = await desk.ask(ConfirmedOrder(order.order_id, other.customer_id, order.sku))
    assert (stolen["status_code"], stolen["code"]) == (404, "order_not_found")


async def test_returns_are_listed_in_pages_oldest_first(desk: Desk) -> None:
    order, other = await desk.delivered(), await desk.delivered()
    ids = [(await desk.ask(each, 1))["id"] for each in (order, other, order)]
    await desk.do(ids[2], "decline", {"reason": "used"}, 1)
    await desk.projectors.catch_up()

    async def listed(**parameters: str | int) -> list[str]:
        page = await desk.read("", "staff:jo", **parameters)
        found = [row["return_id"] for row in page["returns"]]
        if page["next_cursor"] is None:
            return found
        return found + await listed(**{**parameters, "cursor": page["next_cursor"]})

    for limit in (1, 2, 50):
        assert await listed(limit=limit) == ids
    assert await listed(status="requested", limit=1) == ids[:2]
    assert await listed(status="declined") == ids[2:]
    assert await listed(order_id=order.order_id) == [ids[0], ids[2]]
    assert (await desk.read("", status="gone"))["status_code"] == 422
    cursor = (await desk.read("", limit=1))["next_cursor"]
    stolen = await desk.read("", limit=1, cursor=cursor, status="requested")
    assert (stolen["status_code"], stolen["code"]) == (422, "validation_failed")


async def test_every_refusal_has_its_code_and_changes_nothing(desk: Desk) -> None:
    order = await desk.delivered()
    return_id = (await desk.ask(order))["id"]
    await desk.do(return_id, "approve", {}, 1)
    head = await desk.api.head()
    nowhere = new_id()
    refusals: tuple[tuple[str, str, Json, int | None, int, str], ...] = (
        (nowhere, "close", {}, 1, 404, "return_not_found"),
        (return_id, "close", {}, None, 428, "precondition_required"),
        (return_id, "close", {}, 1, 412, "version_mismatch"),
        (return_id, "close", {}, 2, 409, "return_state_conflict"),
        (return_id, "decline", {"reason": "no"}, 2, 409, "return_state_conflict"),
        (return_id, "approve", {"restocking_fee_minor": -1}, 2, 422, "amount_invalid"),
        (return_id, "receive", {**received(), "lines": []}, 2, 422, "empty_order"),
        (return_id, "receive", received(0), 2, 422, "quantity_invalid"),
        (return_id, "receive", received(3), 2, 409, "received_qty_exceeded"),
        (return_id, "inspect", {"lines": [SHELF]}, 2, 409, "return_state_conflict"),
        (return_id, "inspect", {"lines": [{"line_id": "1"}]}, 2, 422, "validation_failed"),
    )
    for target, verb, body, version, status, code in refusals:
        answer = await desk.do(target, verb, body, version)
        assert (answer["status_code"], answer["code"]) == (status, code), answer
    for changes, status, code in (
        ((2, {}), 409, "return_qty_exceeded"),
        ((0, {}), 422, "quantity_invalid"),
        ((1, {"occurred_at": "2026-11-21T00:00:00Z"}), 403, "forbidden"),
        ((1, {"resolution": "money"}), 422, "validation_failed"),
    ):
        quantity, more = changes
        answer = await desk.ask(order, quantity, **more)
        assert (answer["status_code"], answer["code"]) == (status, code), answer
    assert (await desk.read(f"/{nowhere}"))["code"] == "return_not_found"
    assert await desk.api.head() == head


async def test_every_piece_that_came_back_is_accepted_or_rejected(desk: Desk) -> None:
    return_id = (await desk.ask(await desk.delivered()))["id"]
    await desk.do(return_id, "approve", {}, 1)
    await desk.do(return_id, "receive", received(), 2)
    head = await desk.api.head()
    one = {**SHELF, "accepted": 1}
    for lines, status, code in (
        ([one], 422, "disposition_incomplete"),
        ([one, one], 422, "duplicate_line_id"),
        ([{**one, "line_id": "9"}], 422, "line_not_found"),
        ([{**one, "accepted": 3}], 409, "received_qty_exceeded"),
    ):
        refused = await desk.do(return_id, "inspect", {"lines": lines}, 3)
        assert (refused["status_code"], refused["code"]) == (status, code), refused
    assert await desk.api.head() == head


@pytest.mark.parametrize(
    ("product", "status", "code"),
    [
        ({"returnable": False}, 422, "item_not_returnable"),
        ({"return_window_days": 30}, 409, "return_window_closed"),
    ],
)
async def test_what_may_not_come_back_any_more_or_never_is_refused(
    desk: Desk, product: Json, status: int, code: str
) -> None:
    sku = await desk.api.a_product(**product)
    line = {"line_id": "1", "sku": sku, "quantity": PIECES}
    order = await desk.fulfilment.confirmed(lines=[line])
    await desk.fulfilment.delivered(order, at=LONG_AGO)
    head = await desk.api.head()
    refused = await desk.ask(order)
    assert (refused["status_code"], refused["code"]) == (status, code), refused
    assert [(item["line_id"], item["sku"]) for item in refused["errors"]] == [("1", sku)]
    assert await desk.api.head() == head


async def test_an_order_is_paid_with_the_credit_of_a_return(desk: Desk) -> None:
    order, return_id = await a_credit(desk)
    assert (await desk.read(f"/{return_id}"))["credit_minor"] == 1_000
    placed = await exchange(desk, order, return_id, pieces=3)
    assert placed["status_code"] == 201, placed
    for _ in range(2):  # first from the log, then from the table
        found = await desk.read(f"/{return_id}")
        assert (found["credit_minor"], found["credit_used_by"]) == (0, placed["id"])
        answer = await desk.api.http.get(f"/v1/orders/{placed['id']}", headers=AS_STAFF)
        (paid,) = answer.json()["payments"]
        assert (paid["payment_id"], paid["is_credit"]) == (return_id, True)
        assert (paid["captured_minor"], answer.json()["grand_minor"]) == (1_000, 1_500)
        assert answer.json()["payment_state"] == "partially_captured"
        await desk.projectors.catch_up()
    first = await desk.api.http.get(f"/v1/orders/{order.order_id}", headers=AS_STAFF)
    assert first.json()["payment_state"] == "partially_refunded"


async def test_an_exchange_without_a_credit_is_refused(desk: Desk) -> None:
    order, return_id = await a_credit(desk)
    other, _ = await a_credit(desk)
    plain = (await desk.ask(order, 1))["id"]
    assert (await exchange(desk, order, return_id))["status_code"] == 201
    head = await desk.api.head()
    for answer, status, code in (
        (await exchange(desk, order, None), 404, "return_not_found"),
        (await exchange(desk, order, "R-4711"), 404, "return_not_found"),
        (await exchange(desk, order, new_id()), 404, "return_not_found"),
        (await exchange(desk, other, return_id), 404, "return_not_found"),
        (await exchange(desk, order, return_id, currency="EUR"), 422, "currency_mismatch"),
        (await exchange(desk, order, plain), 409, "return_state_conflict"),
        (await exchange(desk, order, return_id), 409, "return_credit_spent"),
    ):
        assert (answer["status_code"], answer["code"]) == (status, code), answer
    assert await desk.api.head() == head


async def test_of_many_orders_at_once_one_gets_the_credit(desk: Desk) -> None:
    order, return_id = await a_credit(desk)
    answers = await asyncio.gather(*(exchange(desk, order, return_id) for _ in range(8)))
    codes = [answer.get("code") for answer in answers]
    assert (codes.count(None), codes.count("return_credit_spent")) == (1, 7), codes


async def test_staff_give_a_credit_back(desk: Desk) -> None:
    order, return_id = await a_credit(desk)
    himself = acting_as(f"customer:{order.customer_id}")
    refused = await desk.do(return_id, "close", {}, 4)
    assert (refused["status_code"], refused["code"]) == (409, "return_state_conflict"), refused
    refused = await desk.do(return_id, "release-credit", {}, 4, himself)
    assert (refused["status_code"], refused["code"]) == (403, "forbidden"), refused
    refused = await desk.do((await desk.ask(order, 1))["id"], "release-credit", {}, 1)
    assert (refused["status_code"], refused["code"]) == (409, "return_state_conflict"), refused
    assert (await desk.do(return_id, "release-credit", {}, 4))["status_code"] == 200
    assert (await desk.read(f"/{return_id}"))["credit_minor"] == 0
    assert (await exchange(desk, order, return_id))["code"] == "return_credit_spent"
    assert (await desk.do(return_id, "close", {}, 5))["status_code"] == 200
