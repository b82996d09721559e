"""Can an order be changed over HTTP, and does everybody read the same of it?"""

import json
from typing import Any

from commands.apply_edit import ApplyEdit
from commands.confirm_order import ConfirmOrder
from commands.order_rules import PartOfLine
from commands.record_shipped import RecordShipped
from domain.order_parts import LineQuantity
from sql.codec import encode_data
from tests.api_client import AS_STAFF, ApiClient, acting_as, new_id
from tests.catching_up import Projectors
from tests.checking import assert_checked
from tests.examples import NOW, STAFF
from tests.examples_log import a_store, an_envelope
from tests.running_workers import read_log

Json = dict[str, Any]
FEWER: Json = {"kind": "set_quantity", "line_id": "1", "quantity": 1}


async def propose(
    api: ApiClient, order_id: str, *operations: Json, **fields: object
) -> tuple[int, Json]:
    body = {"edit_id": new_id(), "base_version": 1, "operations": [*operations], **fields}
    answer = await api.command(f"/v1/orders/{order_id}/edits", body, headers=AS_STAFF)
    return answer.status_code, answer.json()


async def order_of(api: ApiClient, order_id: str, **parameters: str) -> Json:
    answer = await api.http.get(f"/v1/orders/{order_id}", params=parameters, headers=AS_STAFF)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def apply(database_url: str, order_id: str, edit_id: str) -> None:
    async with a_store(database_url) as store:
        wish = ApplyEdit(actor=STAFF, asked_at=NOW, order_id=order_id, edit_id=edit_id)
        await store.handler.handle(wish, an_envelope())


async def test_an_edit_is_seen_before_it_is_made_and_changes_the_order_then(
    api: ApiClient, projectors: Projectors, database_url: str
) -> None:
    order = await api.an_order()
    order_id, sku, edit_id = order["order_id"], await api.a_product(price_minor=250), new_id()
    more = {"kind": "add_line", "line_id": "2", "sku": sku, "quantity": 2}
    status, answer = await propose(api, order_id, FEWER, more, edit_id=edit_id)
    assert (status, answer["id"], answer["version"]) == (200, order_id, 2)
    strong = await order_of(api, order_id, consistency="strong")
    await projectors.catch_up()
    before = await order_of(api, order_id)
    for seen in (strong, before):
        assert seen["edit"]["edit_id"] == edit_id
        assert seen["edit"]["totals_after"]["grand_minor"] == 1_000
        assert seen["edit"]["delta_minor"] == -500
        assert [each["kind"] for each in seen["edit"]["operations"]] == [
            "set_quantity",
            "add_line",
        ]
        assert seen["grand_minor"] == 1_500
        assert {"reject-edit"} <= set(seen["allowed_commands"])
    await apply(database_url, order_id, edit_id)
    strong = await order_of(api, order_id, consistency="strong")
    await projectors.catch_up()
    after = await order_of(api, order_id)
    for seen in (strong, after):
        assert (seen["edit"], seen["grand_minor"], seen["units"]) == (None, 1_000, 3)
        assert [(line["sku"], line["quantity"]) for line in seen["lines"]] == [
            (order["lines"][0]["sku"], 1),
            (sku, 2),
        ]
        assert [line["ordered"] for line in seen["progress"]] == [1, 2]
    found = await api.http.get("/v1/orders", params={"sku": sku}, headers=AS_STAFF)
    assert [each["order_id"] for each in found.json()["orders"]] == [order_id]
    await assert_checked(database_url)


async def test_an_edit_can_be_tried_without_effect(api: ApiClient, database_url: str) -> None:
    order_id = (await api.an_order())["order_id"]
    before = await read_log(database_url)
    body = {"edit_id": new_id(), "base_version": 1, "operations": [FEWER]}
    path = f"/v1/orders/{order_id}/edits"
    tried = await api.command(f"{path}?dry_run=true", body, headers=AS_STAFF)
    assert tried.status_code == 200, tried.text
    (event,) = tried.json()["decided"]
    assert event["type"] == "order-edit-proposed"
    assert event["data"]["totals_after"]["grand_minor"] == 500
    stale = await api.command(f"{path}?dry_run=true", {**body, "base_version": 2}, headers=AS_STAFF)
    assert stale.json()["code"] == "edit_stale"
    assert await read_log(database_url) == before
    await api.command(path, body, headers=AS_STAFF)
    (appended,) = (await read_log(database_url))[len(before) :]
    assert json.loads(encode_data(appended.data)) == event["data"]


async def test_an_edit_is_withdrawn_by_the_customer(api: ApiClient, projectors: Projectors) -> None:
    order = await api.an_order()
    order_id, edit_id = order["order_id"], new_id()
    await propose(api, order_id, FEWER, edit_id=edit_id)
    path = f"/v1/orders/{order_id}/edits/{edit_id}/reject"
    customer = acting_as(f"customer:{order['customer_id']}")
    for _ in range(2):
        answer = await api.command(path, {"reason": "no"}, headers=customer)
        assert answer.status_code == 200, answer.text
    await projectors.catch_up()
    seen = await order_of(api, order_id)
    assert (seen["edit"], seen["grand_minor"], seen["version"]) == (None, 1_500, 3)


async def test_what_cannot_be_changed_is_refused_and_nothing_happens(
    api: ApiClient, database_url: str
) -> None:
    order_id = (await api.an_order())["order_id"]
    before = await read_log(database_url)
    adding: Json = {"kind": "add_line", "line_id": "2", "sku": "NONE", "quantity": 1}
    for operations, fields, expected in (
        ((FEWER,), {"base_version": 7}, (412, "edit_stale")),
        (({**FEWER, "quantity": 3},), {}, (422, "no_changes")),
        (({**FEWER, "quantity": 0},), {}, (422, "quantity_invalid")),
        (({**FEWER, "line_id": "9"},), {}, (422, "line_not_found")),
        ((adding,), {}, (422, "product_not_found")),
        (({"kind": "remove_line", "line_id": "1"},), {}, (422, "empty_order")),
        (({"kind": "set_shipping"},), {}, (422, "validation_failed")),
        (
            ({"kind": "set_shipping", "shipping_method": "x"},),
            {},
            (422, "shipping_method_not_applicable"),
        ),
        (({"kind": "add_coupon", "coupon_code": "X"},), {}, (422, "coupon_not_found")),
        (({"kind": "paint", "line_id": "1"},), {}, (422, "validation_failed")),
        (({**FEWER, "sku": "X"},), {}, (422, "validation_failed")),
        ((), {}, (422, "validation_failed")),
        (
            ({"kind": "adjust_price", "line_id": "1", "amount_minor": 1},),
            {},
            (422, "reason_required"),
        ),
    ):
        status, problem = await propose(api, order_id, *operations, **fields)
        assert (status, problem["code"]) == expected, problem
    _, stale = await propose(api, order_id, FEWER, base_version=7)
    assert stale["current_version"] == 1
    unknown = f"/v1/orders/{order_id}/edits/{new_id()}/reject"
    answer = await api.command(unknown, {"reason": "no"}, headers=AS_STAFF)
    assert (answer.status_code, answer.json()["code"]) == (404, "edit_not_found")
    assert (await propose(api, new_id(), FEWER))[0] == 404
    assert await read_log(database_url) == before


async def test_an_edit_that_waits_or_a_cancellation_forbids_another_one(
    api: ApiClient, database_url: str
) -> None:
    order_id, edit_id = (await api.an_order())["order_id"], new_id()
    await propose(api, order_id, FEWER, edit_id=edit_id)
    status, problem = await propose(api, order_id, FEWER, base_version=2)
    assert (status, problem["code"]) == (409, "edit_in_progress")
    fewer = {
        "cancellation_id": new_id(),
        "lines": [{"line_id": "1", "quantity": 1}],
        "reason_code": "other",
    }
    path = f"/v1/orders/{order_id}"
    answer = await api.command(f"{path}/cancel-lines", fewer, if_match=2, headers=AS_STAFF)
    assert (answer.status_code, answer.json()["code"]) == (409, "edit_in_progress")
    await apply(database_url, order_id, edit_id)
    answer = await api.command(f"{path}/edits/{edit_id}/reject", {"reason": "x"}, headers=AS_STAFF)
    assert (answer.status_code, answer.json()["code"]) == (409, "edit_already_decided")
    wish = {"cancellation_id": new_id(), "reason_code": "other"}
    await api.command(f"{path}/cancel", wish, if_match=3, headers=AS_STAFF)
    status, problem = await propose(api, order_id, FEWER, base_version=4)
    assert (status, problem["code"]) == (409, "cancel_in_progress")


async def test_what_has_left_the_house_stays_as_it_is(api: ApiClient, database_url: str) -> None:
    order = await api.an_order()
    order_id, sku = order["order_id"], order["lines"][0]["sku"]
    async with a_store(database_url) as store:
        there = LineQuantity(line_id="1", sku=sku, quantity=3)
        for wish in (
            ConfirmOrder(actor=STAFF, asked_at=NOW, order_id=order_id, allocations=(there,)),
            RecordShipped(
                actor=STAFF,
                asked_at=NOW,
                order_id=order_id,
                shipment_id="s1",
                lines=(PartOfLine(line_id="1", quantity=1),),
            ),
        ):
            await store.handler.handle(wish, an_envelope())
    status, problem = await propose(api, order_id, FEWER, base_version=3)
    assert (status, problem["code"]) == (409, "edit_not_allowed_after_shipment")


async def test_prices_are_agreed_by_the_shop_alone(api: ApiClient) -> None:
    order = await api.an_order()
    body = {
        "edit_id": new_id(),
        "base_version": 1,
        "operations": [
            {"kind": "adjust_price", "line_id": "1", "amount_minor": 1, "reason": "mine"}
        ],
    }
    path = f"/v1/orders/{order['order_id']}/edits"
    customer = acting_as(f"customer:{order['customer_id']}")
    answer = await api.command(path, body, headers=customer)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    other = acting_as(f"customer:{new_id()}")
    assert (await api.command(path, body, headers=other)).status_code == 404
