"""Which commands does a retail file become?"""

import json
from dataclasses import replace
from typing import Any

import pytest

from cli.retail_commands import (
    BatchItem,
    catalogue_phases,
    in_batches,
    instant_of,
    order_id_of,
    place_order,
)
from cli.retail_file import Invoice, Product, RetailFile, SaleLine

AT = "2010-07-01 08:26:00"
ORDER = Invoice(
    "536365",
    AT,
    "17850",
    "EIRE",
    lines=[SaleLine(11, "85123A", 6, 255, AT), SaleLine(13, "85123A", 2, 200, AT)],
    carriage=[SaleLine(12, "POST", 1, 1800, AT)],
)
FILE = RetailFile(
    rows=13,
    orders=[ORDER],
    products={"85123A": Product("85123A", "HEART", 255, "2010-07-01 08:26:00")},
    rejected=[],
)


def decoded(item: BatchItem) -> dict[str, Any]:
    return json.loads(item.body)


def test_an_invoice_becomes_an_order_of_the_past() -> None:
    item = place_order(ORDER, FILE.products)

    command = decoded(item)
    assert command["type"] == "place-order"
    assert command["payload"] == {
        "order_id": "f0d40ddc-9f25-5dd8-a8df-47007e8cc85f",
        "customer_id": "22eb2603-2fac-5fde-b106-84c43fc844f8",
        "currency": "GBP",
        "price_list": "retail",
        "channel": "import",
        "country": "EIRE",
        "origin": {"kind": "import", "ref": "536365"},
        "lines": [
            {"line_id": "11", "sku": "85123A", "quantity": 6},
            {
                "line_id": "13",
                "sku": "85123A",
                "quantity": 2,
                "agreed_unit_price_minor": 200,
                "agreed_price_reason": "historical",
            },
        ],
        "occurred_at": "2010-07-01T07:26:00Z",
        "agreed_shipping_minor": 1800,
        "expected_total_minor": 6 * 255 + 2 * 200 + 1800,
    }


def test_an_order_without_carriage_agrees_on_none() -> None:
    bare = Invoice("1", ORDER.placed_at, "1", "EIRE", ORDER.lines)

    item = place_order(bare, FILE.products)

    assert "agreed_shipping_minor" not in decoded(item)["payload"]


def test_the_catalogue_is_made_in_phases_that_rest_on_each_other() -> None:
    file = replace(FILE, unsold={"22041": "FRAME"})
    registered, activated, priced, stocked, customers = (
        [decoded(item) for item in phase] for phase in catalogue_phases(file)
    )

    assert [one["type"] for one in (*registered, *activated, *priced, *stocked, *customers)] == [
        "register-product",
        "register-product",
        "activate-product",
        "set-price",
        "register-stock-item",
        "register-stock-item",
        "register-customer",
    ]
    assert [one["payload"]["name"] for one in registered] == ["HEART", "FRAME"]
    assert [one["payload"] for one in stocked] == [
        {"sku": "85123A", "location": "MAIN"},
        {"sku": "22041", "location": "MAIN"},
    ]
    assert registered[0]["payload"] == {
        "sku": "85123A",
        "name": "HEART",
        "tax_class": "zero",
        "requires_shipping": True,
        "returnable": True,
    }
    assert [activated[0]["expected_version"], priced[0]["expected_version"]] == [1, 2]
    assert priced[0]["payload"]["amount_minor"] == 255
    assert priced[0]["payload"]["valid_from"] == "2010-07-01T07:26:00Z"
    assert list(customers[0]["payload"]) == ["customer_id"]


def test_the_same_file_is_the_same_set_of_requests_and_another_content_another_key() -> None:
    def everything() -> list[bytes]:
        orders = [place_order(order, FILE.products) for order in FILE.orders]
        items = [*orders, *(item for phase in catalogue_phases(FILE) for item in phase)]
        return [item.body for item in items]

    assert everything() == everything()
    keys = {json.loads(body)["idempotency_key"] for body in everything()}
    assert len(keys) == 6

    dearer = Invoice(
        "536365", ORDER.placed_at, "17850", "EIRE", [SaleLine(11, "85123A", 7, 255, AT)]
    )
    changed = place_order(dearer, FILE.products)
    assert decoded(changed)["payload"]["order_id"] == order_id_of("536365")
    assert decoded(changed)["idempotency_key"] not in keys


@pytest.mark.parametrize(
    ("wall_clock", "instant"),
    [
        ("2010-01-04 09:30:00", "2010-01-04T09:30:00Z"),
        ("2010-03-28 00:59:00", "2010-03-28T00:59:00Z"),
        ("2010-03-28 02:00:00", "2010-03-28T01:00:00Z"),
        ("2010-07-01 00:30:00", "2010-06-30T23:30:00Z"),
        ("2010-10-31 00:30:00", "2010-10-30T23:30:00Z"),
        ("2010-10-31 01:30:00", "2010-10-31T00:30:00Z"),
        ("2010-10-31 02:30:00", "2010-10-31T02:30:00Z"),
    ],
)
def test_times_are_the_wall_clock_of_london(wall_clock: str, instant: str) -> None:
    assert instant_of(wall_clock) == instant


def test_batches_are_bounded_in_commands_and_in_bytes() -> None:
    items = [BatchItem("t", str(number), b"x" * 10) for number in range(7)]

    by_count = list(in_batches(items, commands_max=3, bytes_max=1_000))
    by_size = list(in_batches(items, commands_max=100, bytes_max=25))
    one_too_large = list(in_batches(items, commands_max=100, bytes_max=5))

    assert [len(batch) for batch in by_count] == [3, 3, 1]
    assert [len(batch) for batch in by_size] == [2, 2, 2, 1]
    assert [len(batch) for batch in one_too_large] == [1] * 7
    assert [item for batch in by_size for item in batch] == items
