"""In which order do the orders of a retail file, their goods and their returns come about?"""

import json
from typing import Any

from cli.retail_commands import order_id_of
from cli.retail_credits import match_credits
from cli.retail_file import Invoice, Product, RetailFile, SaleLine, WriteOff
from cli.retail_history import months_of, return_id_of, steps_of

JUNE, JULY = "2010-06-30 23:45:00", "2010-07-01 00:30:00"
FILE = RetailFile(
    rows=6,
    orders=[
        Invoice("2", JULY, "17850", "EIRE", [SaleLine(2, "22041", 1, 29, JULY)]),
        Invoice(
            "1",
            JUNE,
            "17850",
            "EIRE",
            [SaleLine(1, "85123A", 6, 255, JUNE), SaleLine(3, "85123A", 2, 200, JUNE)],
        ),
    ],
    products={
        "22041": Product("22041", "FRAME", 29, JULY),
        "85123A": Product("85123A", "HEART", 255, JUNE),
    },
    rejected=[],
    credit_invoices=[
        Invoice("C4", JULY, "17850", "EIRE", credits=[SaleLine(4, "85123A", 5, 255, JULY)])
    ],
    write_offs=[WriteOff(5, "5", "85123A", 3, JULY, "damages")],
)


def steps() -> list[list[list[dict[str, Any]]]]:
    return [
        [[json.loads(item.body) for item in step.items] for step in steps_of(month, FILE)]
        for month in months_of(FILE, match_credits(FILE).returns)
    ]


def test_each_month_receives_what_it_needs_sells_and_takes_back() -> None:
    assert [[[one["type"] for one in step] for step in month] for month in steps()] == [
        [["receive-stock"], ["place-order"], ["record-past-fulfilment"], []],
        [
            ["receive-stock", "receive-stock"],
            ["place-order"],
            ["record-past-fulfilment", "adjust-stock"],
            ["record-past-return"],
        ],
    ]
    assert [month.commands for month in months_of(FILE, match_credits(FILE).returns)] == [3, 6]


def test_stock_comes_in_when_the_month_of_the_shop_begins() -> None:
    (june, *_), (july, *_) = steps()

    received = [one["payload"] for one in (*june, *july)]
    assert [(one["stock_item"], one["quantity"], one["occurred_at"]) for one in received] == [
        ("85123A@MAIN", 8, "2010-05-31T23:00:00Z"),
        ("22041@MAIN", 1, "2010-06-30T23:00:00Z"),
        ("85123A@MAIN", 3, "2010-06-30T23:00:00Z"),
    ]
    assert len({one["movement_id"] for one in received}) == 3


def test_orders_are_carried_out_and_goods_written_off_at_their_own_minute() -> None:
    _, (_, _, (fulfilled, written_off), _) = steps()

    assert fulfilled["payload"] == {
        "order_id": order_id_of("2"),
        "location": "MAIN",
        "occurred_at": "2010-06-30T23:30:00Z",
    }
    payload = written_off["payload"]
    assert payload.pop("movement_id")
    assert payload == {
        "stock_item": "85123A@MAIN",
        "delta": -3,
        "reason": "damages",
        "occurred_at": "2010-06-30T23:30:00Z",
    }


def test_a_credit_comes_back_from_its_order() -> None:
    (past,) = match_credits(FILE).returns
    ((returned,),) = [step for month in steps() for step in month[3:] if step]

    assert returned["payload"] == {
        "order_id": order_id_of("1"),
        "return_id": return_id_of(past),
        "lines": [{"line_id": "1", "quantity": 5}],
        "location": "MAIN",
        "occurred_at": "2010-06-30T23:30:00Z",
    }
    assert return_id_of(past) == "ca21c49b-35ff-5c29-bcc5-1ff0fc8760f8"


def test_a_rate_of_orders_is_about_placing_them() -> None:
    assert [[step.is_paced for step in steps_of(month, FILE)] for month in months_of(FILE, [])] == [
        [False, True, False, False]
    ] * 2


def test_the_same_file_is_the_same_set_of_requests() -> None:
    assert steps() == steps()
