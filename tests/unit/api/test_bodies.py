"""Is a body refused for the right reason, before it can do harm?"""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive

from api.bodies import (
    IGNORED_BYTES_MAX,
    JSON_DEPTH_MAX,
    Disconnected,
    parse_json,
    read_body,
    validate,
)
from api.order_bodies import PlaceOrderBody
from api.problems import ERRORS_SHOWN_MAX, RequestRefused
from tests.api_client import an_order_body, new_id


def pieces(*parts: bytes, ends: bool = True) -> Receive:
    messages: Iterator[Message] = iter(
        [
            {
                "type": "http.request",
                "body": part,
                "more_body": number < len(parts) or not ends,
            }
            for number, part in enumerate(parts, 1)
        ]
    )

    async def receive() -> Message:
        message = next(messages, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    return receive


async def read(receive: Receive, bytes_max: int = 10, **headers: bytes) -> bytes:
    given = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return await read_body(given, receive, bytes_max, 0.05)


async def test_a_body_is_read_whole_however_it_comes() -> None:
    assert await read(pieces(b"abc")) == b"abc"
    assert await read(pieces(b"ab", b"", b"c")) == b"abc"
    assert await read(pieces(b"0123456789")) == b"0123456789"


@pytest.mark.parametrize(
    "parts", [(b"0123456789x",), (b"01234", b"567890"), (b"0123456789x", b"", b"y")]
)
async def test_a_body_that_is_too_large_is_refused(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(RequestRefused) as refused:
        await read(pieces(*parts))
    assert refused.value.problem_code == "payload_too_large"


async def test_a_caller_who_asks_before_he_sends_too_much_is_refused_at_once() -> None:
    with pytest.raises(RequestRefused) as refused:
        await read(pieces(ends=False), content_length=b"11", expect=b"100-continue")
    assert refused.value.problem_code == "payload_too_large"


async def test_not_even_what_is_thrown_away_has_no_end() -> None:
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b"x" * 1024 * 1024, "more_body": True}

    with pytest.raises(RequestRefused) as refused:
        await read(receive)
    assert refused.value.problem_code == "payload_too_large"
    assert sent <= IGNORED_BYTES_MAX / 1024 / 1024 + 2


async def test_a_body_without_end_is_refused_at_the_deadline() -> None:
    with pytest.raises(RequestRefused) as refused:
        await read(pieces(b"ab", ends=False))
    assert refused.value.problem_code == "request_timeout"


async def test_a_caller_who_left_is_not_answered() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(Disconnected):
        await read(gone)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"a":1,',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"sku":"A","sku":"B"}',
        b'{"sku":"A","\\u0073ku":"B"}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00x"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\x00"}',
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"{'a':1}",
        b"[01]",
        b"1" * 5_000,
        b"[" * 10_000,
        b'{"a":' * 10_000,
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_json(body)
    assert refused.value.problem_code == "malformed_json"


@pytest.mark.parametrize("depth", [JSON_DEPTH_MAX + 1, 199])
def test_a_body_nested_deeper_than_any_schema_is_refused(depth: int) -> None:
    nested: object = 1
    for _ in range(depth):
        nested = [nested]
    body = an_order_body(new_id(), "SKU", lines=nested)
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, body)
    assert refused.value.problem_code == "validation_failed"


def test_a_number_beyond_all_bounds_gets_past_the_parser_and_not_past_the_schema() -> None:
    value = parse_json(b'{"quantity":1e400}')
    assert value == {"quantity": float("inf")}
    line = {"line_id": "1", "sku": "A", **value}
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, an_order_body(new_id(), "A", lines=[line]))
    assert [item["pointer"] for item in refused.value.items] == ["/lines/0/quantity"]


def test_a_text_with_u0000_is_invalid_and_an_escaped_backslash_is_not() -> None:
    with pytest.raises(RequestRefused) as refused:
        parse_json(b'{"a":["x",{"b~/":"\\u0000"}],"\\u0000":1}')
    assert refused.value.problem_code == "validation_failed"
    assert [item["pointer"] for item in refused.value.items] == ["/a/1/b~0~1", ""]
    assert parse_json(rb'{"a":"\\u0000"}') == {"a": r"\u0000"}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"unit_price": 1}, "/unit_price", "unknown_field"),
        ({"owner_id": "x"}, "/owner_id", "unknown_field"),
        ({"order_id": "no-uuid"}, "/order_id", "wrong_form"),
        ({"order_id": None}, "/order_id", "wrong_type"),
        ({"currency": "gbp"}, "/currency", "wrong_form"),
        ({"country": ""}, "/country", "too_short"),
        ({"country": "x" * 61}, "/country", "too_long"),
        ({"allow_split": 1}, "/allow_split", "wrong_type"),
        ({"allow_split": "true"}, "/allow_split", "wrong_type"),
        ({"expected_total_minor": 2**63}, "/expected_total_minor", "out_of_range"),
        ({"origin": {"kind": "moon"}}, "/origin/kind", "not_allowed"),
        ({"occurred_at": 1}, "/occurred_at", "wrong_form"),
        ({"occurred_at": "2026-02-30T00:00:00Z"}, "/occurred_at", "wrong_form"),
        ({"occurred_at": "2026-02-01T00:00:00"}, "/occurred_at", "wrong_form"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at", "wrong_form"),
        ({"coupon_codes": ["A"] * 21}, "/coupon_codes", "too_many"),
        ({"shipping_address": {"city": "x"}}, "/shipping_address/recipient", "required"),
    ],
)
def test_a_field_that_is_wrong_is_pointed_at(
    change: dict[str, object], pointer: str, code: str
) -> None:
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, an_order_body(new_id(), "SKU", **change))
    first = refused.value.items[0]
    assert (first["pointer"], first["code"]) == (pointer, code)


@pytest.mark.parametrize("quantity", [1.5, 1.0, "1", True, None, [], 2**63])
def test_a_quantity_is_a_whole_number_and_nothing_like_one(quantity: object) -> None:
    line = {"line_id": "1", "sku": "A", "quantity": quantity}
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, an_order_body(new_id(), "A", lines=[line]))
    assert [item["pointer"] for item in refused.value.items] == ["/lines/0/quantity"]


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_a_body_that_is_no_object_is_invalid(value: object) -> None:
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, value)
    assert [item["pointer"] for item in refused.value.items] == [""]


def test_ids_and_skus_are_read_in_their_normal_form() -> None:
    given = an_order_body(new_id().upper(), " mug-blue ")
    body = validate(PlaceOrderBody, given)
    assert (body.customer_id, body.lines[0].sku) == (given["customer_id"].lower(), "MUG-BLUE")


def test_only_the_first_faults_are_listed() -> None:
    lines = [{"line_id": str(number), "sku": "A", "quantity": "x"} for number in range(100)]
    with pytest.raises(RequestRefused) as refused:
        validate(PlaceOrderBody, an_order_body(new_id(), "A", lines=lines))
    assert len(refused.value.items) == ERRORS_SHOWN_MAX
