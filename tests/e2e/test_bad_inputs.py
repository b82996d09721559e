"""Does the running system give every bad input its right answer, and append nothing?

One test for each HTTP line of reliability.md G that this version can meet; the number is in the
test's name. Every test compares the head of the log before and after.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import psutil
import pytest

from api.services import BATCH_COMMANDS_MAX, KIB
from tests.api_client import (
    AS_STAFF,
    ApiClient,
    Json,
    acting_as,
    an_address_body,
    an_order_body,
    new_id,
)
from tests.running_api import BODY_SECONDS_MAX, RunningSystem

JSON = {"Content-Type": "application/json"}
RACES_MAX = 50


@asynccontextmanager
async def nothing_appended(api: ApiClient) -> AsyncGenerator[None]:
    head = await api.head()
    yield
    assert await api.head() == head


def assert_problem(answer: httpx2.Response, status: int, code: str) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Json = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert "Traceback" not in answer.text
    return problem


async def post_raw(
    api: ApiClient, body: bytes, path: str = "/v1/orders", **headers: str
) -> httpx2.Response:
    sent = {**JSON, "Idempotency-Key": new_id(), **headers}
    return await api.http.post(path, content=body, headers=sent)


@pytest.fixture
async def order(api: ApiClient) -> Json:
    """The body of an order that would be taken."""
    return an_order_body(await api.a_customer(), await api.a_product())


def with_quantity(order: Json, quantity: str) -> bytes:
    return json.dumps(order).replace('"quantity": 3', f'"quantity": {quantity}').encode()


async def test_line_1_a_body_that_is_cut_off(api: ApiClient) -> None:
    async with nothing_appended(api):
        assert_problem(await post_raw(api, b'{"a":1,'), 400, "malformed_json")


@pytest.mark.parametrize(
    ("quantity", "status", "code"),
    [
        ("NaN", 400, "malformed_json"),
        ("Infinity", 400, "malformed_json"),
        ("1e400", 422, "validation_failed"),
    ],
)
async def test_line_2_numbers_that_are_none(
    api: ApiClient, order: Json, quantity: str, status: int, code: str
) -> None:
    async with nothing_appended(api):
        assert_problem(await post_raw(api, with_quantity(order, quantity)), status, code)


async def test_line_3_a_key_twice_in_one_object(api: ApiClient, order: Json) -> None:
    sku = order["lines"][0]["sku"]
    body = json.dumps(order).replace('"sku":', f'"sku": "{sku}", "sku":').encode()
    async with nothing_appended(api):
        assert_problem(await post_raw(api, body), 400, "malformed_json")


async def test_line_4_a_text_with_u0000(api: ApiClient, order: Json) -> None:
    async with nothing_appended(api):
        answer = await api.command("/v1/orders", {**order, "note": "a\0b"})
        problem = assert_problem(answer, 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "/note"


async def test_line_5_half_a_surrogate_pair(api: ApiClient, order: Json) -> None:
    body = json.dumps({**order, "note": "NOTE"}).replace("NOTE", r"\ud800").encode()
    async with nothing_appended(api):
        assert_problem(await post_raw(api, body), 400, "malformed_json")


@pytest.mark.parametrize("quantity", ["9223372036854775808", "0", "-1", "1.5", '"1"', "true"])
async def test_line_6_quantities_that_are_none(api: ApiClient, order: Json, quantity: str) -> None:
    async with nothing_appended(api):
        answer = await post_raw(api, with_quantity(order, quantity))
    expected = "quantity_invalid" if quantity in {"0", "-1"} else "validation_failed"
    problem = assert_problem(answer, 422, expected)
    assert problem["errors"]


@pytest.mark.parametrize("field", ["unit_price", "owner_id"])
async def test_line_7_an_unknown_field(api: ApiClient, order: Json, field: str) -> None:
    customer = acting_as(f"customer:{order['customer_id']}")
    async with nothing_appended(api):
        answer = await api.command("/v1/orders", {**order, field: 1}, headers=customer)
        problem = assert_problem(answer, 422, "validation_failed")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [
        (f"/{field}", "unknown_field")
    ]


@pytest.mark.parametrize(
    ("path", "body_bytes"),
    [
        ("/v1/customers", 64 * KIB + 1),
        ("/v1/orders", 1024 * KIB + 1),
        ("/v1/commands/batch", 4 * 1024 * KIB + 1),
    ],
)
async def test_line_8_a_body_that_is_too_large(api: ApiClient, path: str, body_bytes: int) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(0, body_bytes, 16 * KIB):
            yield b" " * (16 * KIB)

    async with nothing_appended(api):
        declared = await post_raw(api, b" " * body_bytes, path)
        assert_problem(declared, 413, "payload_too_large")
        sent = {**JSON, "Idempotency-Key": new_id()}
        chunked = await api.http.post(path, content=chunks(), headers=sent)
        assert_problem(chunked, 413, "payload_too_large")


async def test_line_8_a_batch_of_too_many_commands(api: ApiClient) -> None:
    note = {"order_id": new_id(), "note_id": new_id(), "text": "x"}
    item = {"type": "add-note", "idempotency_key": new_id(), "payload": note}
    async with nothing_appended(api):
        answer = await api.http.post("/v1/commands/batch", json=[item] * (BATCH_COMMANDS_MAX + 1))
        assert_problem(answer, 413, "payload_too_large")


async def test_line_8_a_chunked_body_without_end(
    api: ApiClient, system: RunningSystem, order: Json
) -> None:
    async with nothing_appended(api):
        reader, writer = await asyncio.open_connection(*system.address)
        lines = [
            "POST /v1/orders HTTP/1.1",
            "Host: ordertrail.test",
            "Content-Type: application/json",
            f"Idempotency-Key: {new_id()}",
            "Transfer-Encoding: chunked",
            "",
            "5",
            json.dumps(order)[:5],
            "",
        ]
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(BODY_SECONDS_MAX + 5):
            answer = await reader.read()  # to the end: the server closes the connection
        writer.close()
        await writer.wait_closed()
    head, _, problem = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(problem)["code"] == "request_timeout"


async def test_line_9_a_deeply_nested_array(
    api: ApiClient, system: RunningSystem, order: Json
) -> None:
    process = listener_on(system)
    body = json.dumps({**order, "note": "NOTE"}).replace('"NOTE"', "[" * 10_000 + "]" * 10_000)
    async with nothing_appended(api):
        assert_problem(await post_raw(api, body.encode()), 400, "malformed_json")
        before = process.memory_info().rss
        for _ in range(100):
            assert_problem(await post_raw(api, body.encode()), 400, "malformed_json")
        assert process.memory_info().rss - before < 16 * KIB * KIB


def listener_on(system: RunningSystem) -> psutil.Process:
    _, port = system.address
    found = [
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
    ]
    return psutil.Process(found[0])


@pytest.mark.parametrize("content_type", ["text/plain", None])
async def test_line_10_a_body_of_another_type(
    api: ApiClient, order: Json, content_type: str | None
) -> None:
    headers = {"Idempotency-Key": new_id()}
    if content_type is not None:
        headers["Content-Type"] = content_type
    async with nothing_appended(api):
        answer = await api.http.post(
            "/v1/orders", content=json.dumps(order).encode(), headers=headers
        )
        assert_problem(answer, 415, "unsupported_media_type")


async def test_line_10_an_answer_of_another_type(api: ApiClient, order: Json) -> None:
    async with nothing_appended(api):
        answer = await api.command("/v1/orders", order, headers={"Accept": "image/png"})
        assert_problem(answer, 406, "not_acceptable")
        query = await api.http.get("/v1/orders", headers={"Accept": "image/png"})
        assert_problem(query, 406, "not_acceptable")


async def test_line_11_a_command_without_a_key(api: ApiClient, order: Json) -> None:
    async with nothing_appended(api):
        answer = await api.http.post("/v1/orders", json=order)
        problem = assert_problem(answer, 400, "idempotency_key_missing")
        page = await api.http.get(problem["type"])
    assert page.status_code == 200
    assert "Idempotency-Key" in page.text


@pytest.mark.parametrize("key", ["k" * 256, "", '""', "a b", "tab\there"])
async def test_line_11_a_key_that_is_none(api: ApiClient, order: Json, key: str) -> None:
    async with nothing_appended(api):
        answer = await api.http.post("/v1/orders", json=order, headers={"Idempotency-Key": key})
        assert_problem(answer, 400, "idempotency_key_malformed")


async def test_line_11_a_key_with_control_bytes(api: ApiClient, system: RunningSystem) -> None:
    async with nothing_appended(api):
        reader, writer = await asyncio.open_connection(*system.address)
        writer.write(
            b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: a\x01b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_line_12_a_key_again_with_the_same_and_with_another_body(
    api: ApiClient, order: Json
) -> None:
    key = new_id()
    first = await api.command("/v1/orders", order, key=key)
    async with nothing_appended(api):
        again = await api.command("/v1/orders", order, key=key)
        other = await api.command("/v1/orders", {**order, "note": "more"}, key=key)
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert_problem(other, 422, "idempotency_key_reused")


async def test_line_12_the_same_key_at_the_same_time(api: ApiClient) -> None:
    customer_id, sku = await api.a_customer(), await api.a_product()
    waiting: list[httpx2.Response] = []
    for _ in range(RACES_MAX):
        head, order, key = await api.head(), an_order_body(customer_id, sku), new_id()
        answers = await asyncio.gather(
            *(api.command("/v1/orders", order, key=key) for _ in range(8))
        )
        assert await api.head() == head + 1
        waiting = [answer for answer in answers if answer.status_code != 201]
        if waiting:
            break
    assert waiting, "eight requests never met"
    for answer in waiting:
        assert_problem(answer, 409, "idempotency_in_progress")
        assert answer.headers["retry-after"] == "1"


async def test_line_13_the_same_key_from_another_user(api: ApiClient) -> None:
    first, second = await api.a_customer(), await api.a_customer()
    sku, key, head = await api.a_product(), new_id(), await api.head()
    for number, customer_id in enumerate((first, second), 1):
        answer = await api.command(
            "/v1/orders",
            an_order_body(customer_id, sku),
            key=key,
            headers=acting_as(f"customer:{customer_id}"),
        )
        assert answer.status_code == 201, answer.text
        assert "idempotent-replayed" not in answer.headers
        assert await api.head() == head + number


async def test_line_14_a_cancellation_of_another_version(api: ApiClient) -> None:
    placed = await api.an_order()
    path = f"/v1/orders/{placed['order_id']}"
    for city in ("Leeds", "York", "Bath", "Hull"):
        moved = await api.command(
            f"{path}/change-shipping-address",
            {"address": an_address_body(city=city)},
            if_match="*",
        )
        assert moved.is_success, moved.text
    wish = {"cancellation_id": new_id(), "reason_code": "other"}
    async with nothing_appended(api):
        for if_match, status, code in (
            (None, 428, "precondition_required"),
            ('"3"', 412, "version_mismatch"),
            ('W/"5"', 412, "version_mismatch"),
            ("garbage", 400, "if_match_malformed"),
        ):
            answer = await api.command(f"{path}/cancel", wish, if_match=if_match)
            problem = assert_problem(answer, status, code)
            assert problem.get("current_version", 5) == 5
            assert (status == 412) == ("current_version" in problem)
    right = await api.command(f"{path}/cancel", wish, if_match='"5"')
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/orders/not-a-uuid", "order_id"),
        ("/v1/orders?limit=-1", "limit"),
        ("/v1/orders?limit=0", "limit"),
        ("/v1/orders?limit=1000000000", "limit"),
        ("/v1/orders?limit=1.5", "limit"),
        ("/v1/orders?limit=ten", "limit"),
        ("/v1/orders?limit=1&limit=2", "limit"),
        ("/v1/orders?cursor=broken", "cursor"),
        ("/v1/products?cursor=bm9uZQ", "cursor"),
        ("/v1/reports/sales-daily?from=yesterday", "from"),
        ("/v1/events?after_position=-1", "after_position"),
        ("/v1/orders?color=blue", "color"),
        ("/v1/orders?channel=%00", "channel"),
    ],
)
async def test_line_17_parameters_that_are_none(api: ApiClient, path: str, parameter: str) -> None:
    async with nothing_appended(api):
        problem = assert_problem(await api.http.get(path), 422, "validation_failed")
    assert [fault["parameter"] for fault in problem["errors"]] == [parameter]


async def test_line_17_an_id_that_is_none_in_the_path_of_a_command(api: ApiClient) -> None:
    async with nothing_appended(api):
        answer = await api.command("/v1/orders/not-a-uuid/cancel", {}, if_match=1)
        assert_problem(answer, 422, "validation_failed")


async def test_line_18_what_the_state_of_an_order_forbids(api: ApiClient) -> None:
    placed = await api.an_order()
    path = f"/v1/orders/{placed['order_id']}"
    wish = {"cancellation_id": new_id(), "reason_code": "other"}
    assert (await api.command(f"{path}/cancel", wish, if_match=1)).status_code == 200
    forbidden: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("cancel", lambda: {**wish, "cancellation_id": new_id()}),
        ("change-shipping-address", lambda: {"address": an_address_body(city="Leeds")}),
    )
    async with nothing_appended(api):
        for verb, body in forbidden:
            answer = await api.command(f"{path}/{verb}", body(), if_match=2)
            problem = assert_problem(answer, 409, "order_state_conflict")
            assert problem["current_state"] == "cancelling"
            assert problem["allowed_commands"] == ["add-note"]


async def test_line_21_a_position_far_in_the_future(api: ApiClient) -> None:
    placed = await api.an_order()
    queries: list[Awaitable[httpx2.Response]] = [
        api.get(path, min_position=2**53 - 1)
        for path in (
            f"/v1/orders/{placed['order_id']}",
            "/v1/orders",
            "/v1/products",
            "/v1/reports/sales-daily",
            "/v1/reports/product-sales",
        )
    ]
    async with nothing_appended(api), asyncio.timeout(3.5):
        for answer in await asyncio.gather(*queries):
            assert_problem(answer, 503, "projection_behind")
            assert answer.headers["retry-after"] == "1"
            assert answer.elapsed.total_seconds() < 3


async def test_what_was_written_is_read_where_it_is_waited_for(api: ApiClient) -> None:
    placed = await api.an_order()
    position = placed["position"]
    order = await api.get(f"/v1/orders/{placed['order_id']}", min_position=position)
    listed = await api.get("/v1/orders", min_position=position, customer_id=placed["customer_id"])
    report = await api.http.get(
        "/v1/reports/sales-daily", params={"min_position": position}, headers=AS_STAFF
    )
    assert order.json()["grand_minor"] == 1500
    assert [entry["order_id"] for entry in listed.json()["orders"]] == [placed["order_id"]]
    assert report.json()["as_of_position"] >= position
