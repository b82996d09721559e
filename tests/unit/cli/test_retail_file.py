"""What becomes of each line of a retail file?"""

import csv
import io
from collections.abc import Iterable

import pytest

from cli import retail_file
from cli.retail_file import (
    COLUMNS,
    NO_PENCE,
    Invoice,
    Product,
    RejectedLine,
    RetailFileMalformed,
    SaleLine,
    WriteOff,
    count_rows,
    read_retail,
)

Row = tuple[str, str, str, str, str, str, str, str]


def a_row(
    invoice: str = "500001",
    *,
    code: str = "85123A",
    description: str = "HEART HOLDER",
    quantity: str = "6",
    at: str = "2010-01-04 09:30:00",
    price: str = "2.55",
    customer: str = "13085",
    country: str = "United Kingdom",
) -> Row:
    return (invoice, code, description, quantity, at, price, customer, country)


def text_of(rows: Iterable[Iterable[str]]) -> list[str]:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([COLUMNS, *rows])
    return buffer.getvalue().splitlines(keepends=True)


def read(*rows: Iterable[str]) -> retail_file.RetailFile:
    text = text_of(rows)
    return read_retail(text, rows=count_rows(text))


def test_makes_an_order_line_of_every_sale_line_equal_ones_included() -> None:
    file = read(a_row(), a_row())

    line = SaleLine(1, "85123A", 6, 255, "2010-01-04 09:30:00")
    assert file.orders == [
        Invoice(
            "500001",
            "2010-01-04 09:30:00",
            "13085",
            "United Kingdom",
            lines=[line, line._replace(row=2)],
        )
    ]
    assert file.rejected == []
    assert file.orders[0].gross_minor == 2 * 6 * 255


def test_groups_lines_of_an_invoice_over_the_whole_file_in_the_order_of_first_lines() -> None:
    file = read(
        a_row("500002", at="2010-01-04 10:00:00"),
        a_row("500001", at="2010-01-04 09:00:00"),
        a_row("500002", at="2010-01-04 09:59:00", quantity="1"),
    )

    assert [(order.number, order.placed_at) for order in file.orders] == [
        ("500002", "2010-01-04 10:00:00"),
        ("500001", "2010-01-04 09:00:00"),
    ]
    assert [line.row for line in file.orders[0].lines] == [1, 3]


def test_an_invoice_begins_with_its_first_line_even_if_that_is_no_sale() -> None:
    file = read(
        a_row("500002", code="POST", price="1.00", quantity="1", at="2010-01-01 08:00:00"),
        a_row("500001", at="2010-01-01 09:00:00"),
        a_row("500002", at="2010-01-01 10:00:00"),
    )

    assert [(order.number, order.placed_at) for order in file.orders] == [
        ("500002", "2010-01-01 08:00:00"),
        ("500001", "2010-01-01 09:00:00"),
    ]


def test_a_customer_may_order_from_two_countries() -> None:
    file = read(a_row("500001", country="EIRE"), a_row("500002", country="Channel Islands"))

    assert [order.country for order in file.orders] == ["EIRE", "Channel Islands"]
    assert file.customers == ["13085"]


def test_carriage_belongs_to_an_invoice_that_sells_something() -> None:
    file = read(
        a_row("500001", code="POST", description="POSTAGE", quantity="2", price="18.00"),
        a_row("500001"),
        a_row("500002", code="dot ", description="DOTCOM", quantity="1", price="5.50"),
    )

    assert file.orders[0].carriage == [SaleLine(1, "POST", 2, 1800, "2010-01-04 09:30:00")]
    assert file.orders[0].carriage_minor == 3600
    assert file.carriage_lines == 1
    assert file.rejected == [
        RejectedLine(3, "500002", "DOT", "charge_carriage", "no_order_to_ship")
    ]


@pytest.mark.parametrize(
    ("row", "line_class", "reason"),
    [
        (a_row("A506401", code="B", price="-53594.36", quantity="1"), "bad_debt", "no_sale"),
        (a_row("A506401", quantity="-1", price="0"), "bad_debt", "no_sale"),
        (a_row("C500001", quantity="-6", customer=""), "credit_no_customer", "no_customer"),
        (a_row("C500001", quantity="1"), "credit_with_positive_quantity", "contradicts_itself"),
        (a_row("C500001", code="M", quantity="-1"), "credit_manual", "not_a_product"),
        (a_row("C500001", code="POST", quantity="-1"), "credit_carriage", "not_a_product"),
        (a_row("C500001", code="D", quantity="-1"), "credit_discount", "not_a_product"),
        (
            a_row("C500001", code="CRUK", quantity="-1"),
            "credit_charity_commission",
            "not_a_product",
        ),
        (a_row(quantity="-6", code="M"), "stock_writeoff", "not_a_product"),
        (a_row(price="0.00"), "zero_price", "no_price"),
        (a_row(price="0.000"), "zero_price", "no_price"),
        (a_row(price="0.001"), "sub_penny_price", "price_below_a_penny"),
        (a_row(price="2.550"), "sub_penny_price", "price_below_a_penny"),
        (a_row(code="BANK CHARGES"), "charge_bank_charges", "not_a_product"),
        (a_row(code="AMAZONFEE"), "charge_amazon_fee", "not_a_product"),
        (a_row(code="ADJUST2"), "charge_adjust", "not_a_product"),
        (a_row(code="gift_0001_20"), "charge_voucher", "not_a_product"),
        (a_row(code="TEST001"), "charge_test", "not_a_product"),
        (a_row(code="S"), "charge_samples", "not_a_product"),
        (a_row(code="15056BLX"), "charge_other", "not_a_product"),
        (a_row(customer=""), "sale_no_customer", "no_customer"),
        (a_row(quantity="six"), "unreadable", "unreadable"),
        (a_row(quantity="1.5"), "unreadable", "unreadable"),
        (a_row(price="NaN"), "unreadable", "unreadable"),
        (a_row(price="2,55"), "unreadable", "unreadable"),
        (a_row(at="2010-02-30 09:00:00"), "unreadable", "unreadable"),
        (a_row(at="2010-01-04"), "unreadable", "unreadable"),
        (a_row(invoice=""), "unreadable", "unreadable"),
        (("500001", "85123A"), "unreadable", "unreadable"),
    ],
)
def test_rejects_what_is_no_sale_under_its_class(
    row: tuple[str, ...], line_class: str, reason: str
) -> None:
    file = read(row)

    code = row[1].strip()
    rejected = RejectedLine(1, row[0], code, line_class, reason)
    assert file.rejected == [rejected]
    assert file.orders == []
    assert file.rejected_by_class() == {line_class: 1}


@pytest.mark.parametrize("code", ["85123", "85123A", "85123ab", "DCGS0076", "SP1002", " pads "])
def test_knows_products_by_their_codes(code: str) -> None:
    assert read(a_row(code=code)).orders[0].lines[0].sku == code.strip().upper()


def test_a_product_has_its_first_description_and_the_first_price_it_was_sold_at() -> None:
    file = read(
        a_row("500001", code="85123a", description="", price="0", quantity="-3", customer=""),
        a_row("500002", code="85123A", description="  ", price="2.95", at="2010-01-05 09:00:00"),
        a_row("500003", code="85123a ", description=" HEART ", price="2.55"),
        a_row("500003", code="85123A", description="HEARTS", price="1.00"),
        a_row("500004", code="22041", description="", price="0.29"),
    )

    assert file.products == {
        "85123A": Product("85123A", "HEART", 295, "2010-01-04 09:30:00"),
        "22041": Product("22041", "22041", 29, "2010-01-04 09:30:00"),
    }


def test_the_first_price_is_that_of_the_first_line_although_orders_interleave() -> None:
    file = read(
        a_row("500001", code="22041", price="1.00"),
        a_row("500002", code="85123A", price="3.00"),
        a_row("500001", code="85123A", price="2.00"),
    )

    assert file.products["85123A"].price_minor == 300


def test_keeps_credits_of_a_customer_by_their_invoices() -> None:
    file = read(
        a_row("C500001", quantity="-6"),
        a_row("C500002", quantity="-1", code="22041", at="2010-01-05 10:00:00"),
        a_row("C500001", quantity="-2", price="2.555", at="2010-01-04 09:31:00"),
    )

    assert file.credit_invoices == [
        Invoice(
            "C500001",
            "2010-01-04 09:30:00",
            "13085",
            "United Kingdom",
            credits=[
                SaleLine(1, "85123A", 6, 255, "2010-01-04 09:30:00"),
                SaleLine(3, "85123A", 2, NO_PENCE, "2010-01-04 09:31:00"),
            ],
        ),
        Invoice(
            "C500002",
            "2010-01-05 10:00:00",
            "13085",
            "United Kingdom",
            credits=[SaleLine(2, "22041", 1, 255, "2010-01-05 10:00:00")],
        ),
    ]
    assert file.orders == []
    assert file.rejected == []


def test_keeps_write_offs_of_products_and_the_names_of_those_that_were_never_sold() -> None:
    file = read(
        a_row(quantity="-6", price="0", customer="", description=" damages "),
        a_row("500002", code="22041", quantity="-3", price="0", customer="", description=""),
        a_row("500003", quantity="1"),
    )

    at = "2010-01-04 09:30:00"
    assert file.write_offs == [
        WriteOff(1, "500001", "85123A", 6, at, "damages"),
        WriteOff(2, "500002", "22041", 3, at, "written off"),
    ]
    assert file.unsold == {"22041": "22041"}
    assert list(file.products) == ["85123A"]
    assert file.rejected == []


def test_money_is_exact() -> None:
    file = read(*[a_row(quantity="1", price="0.1")] * 3, a_row(quantity="80995", price="2.08"))

    assert file.orders[0].gross_minor == 3 * 10 + 80_995 * 208


def test_leaves_the_second_copy_out_of_the_full_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    first = a_row("500001", at="2010-12-05 10:00:00")
    copy = a_row("500001", at="2010-12-05 10:00:00")
    last_copy = a_row("500002", at="2010-12-09 20:01:00")
    later = a_row("500003", at="2010-12-09 20:02:00")
    monkeypatch.setattr(retail_file, "FIRST_SHEET_ROWS", 1)

    in_another_file = read(first, copy, last_copy, later)
    assert in_another_file.order_lines == 4
    assert in_another_file.rejected == []

    monkeypatch.setattr(retail_file, "FULL_ROWS", 4)
    in_the_full_file = read(first, copy, last_copy, later)
    assert [order.number for order in in_the_full_file.orders] == ["500001", "500003"]
    assert in_the_full_file.rejected == [
        RejectedLine(2, "500001", "85123A", "overlap", "second_copy"),
        RejectedLine(3, "500002", "85123A", "overlap", "second_copy"),
    ]
    assert in_the_full_file.rejected_by_class() == {}


def test_accounts_for_every_line() -> None:
    file = read(
        a_row("C500001", quantity="-1"),
        a_row("500002"),
        a_row("500003", code="POST", quantity="1"),
        a_row("500002", code="POST", quantity="1"),
        a_row("500004", customer=""),
        ("broken",),
        a_row("500005", quantity="-1"),
    )

    taken = [line.row for order in file.orders for line in (*order.lines, *order.carriage)]
    taken += [line.row for invoice in file.credit_invoices for line in invoice.credits]
    taken += [line.row for line in file.write_offs]
    rejected = [line.row for line in file.rejected]
    assert sorted([*taken, *rejected]) == [1, 2, 3, 4, 5, 6, 7]
    assert rejected == sorted(rejected)


@pytest.mark.parametrize("header", ["", "Invoice,StockCode\n", ",".join(COLUMNS).lower() + "\n"])
def test_refuses_a_file_with_another_header(header: str) -> None:
    with pytest.raises(RetailFileMalformed, match="first line must be Invoice,StockCode"):
        count_rows(header.splitlines(keepends=True))


def test_reads_quoted_descriptions_over_two_lines() -> None:
    file = read(a_row(description='SET OF 3,\n"RED" BOXES'), a_row("500002"))

    assert file.rows == 2
    assert file.products["85123A"].name == 'SET OF 3,\n"RED" BOXES'
