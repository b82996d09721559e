"""What stands in a file of UCI Online Retail II, line by line, and what becomes of each line?

Pure: bytes in, orders, credits, write-offs and rejected lines out. The rules are those of the data
set's description: a line has one class, by the first rule that holds, and a class decides. Sales
with a customer are order lines, one per line of the file; carriage on an invoice with such a line
is its shipping; credits of a customer are matched with sales in `retail_credits.py`; write-offs of
products are taken from stock; all else is rejected under its class. Money is exact: pence as
integers.

Source: Daqing Chen, UCI Machine Learning Repository (2019), doi:10.24432/C5CG6D, CC BY 4.0.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple

from cli.retail_classes import (
    CREDIT,
    SALE,
    SHIPPING,
    WRITE_OFF,
    Price,
    class_of,
    sku_and_kind,
)

COLUMNS: Final = (
    "Invoice",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "Price",
    "Customer ID",
    "Country",
)
FULL_ROWS: Final = 1_067_371
"""Lines of the whole file, which joins two sheets that both hold 1-9 December 2010."""
FIRST_SHEET_ROWS: Final = 525_461
OVERLAP_ENDS: Final = "2010-12-09 20:01:00"
PENCE_DECIMALS: Final = 2
NO_PENCE: Final = -1
NO_REASON: Final = "written off"
"""Why pieces were written off of which the file says nothing."""

TIMESTAMP: Final = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
WHOLE_NUMBER: Final = re.compile(r"^-?[0-9]{1,15}$")
OVERLAP: Final = "overlap"
"""The second copy of a line that both sheets hold; no class of the description."""
UNREADABLE: Final = "unreadable"
"""A line that does not have the columns, or not the numbers that belong into them."""

REASONS: Final = {
    "sale_no_customer": "no_customer",
    "credit_no_customer": "no_customer",
    "zero_price": "no_price",
    "sub_penny_price": "price_below_a_penny",
    "bad_debt": "no_sale",
    "credit_with_positive_quantity": "contradicts_itself",
    SHIPPING: "no_order_to_ship",
    OVERLAP: "second_copy",
    UNREADABLE: "unreadable",
}
NOT_A_PRODUCT: Final = "not_a_product"


class RetailFileMalformed(Exception):
    """The file is not a file of this data set."""


class SaleLine(NamedTuple):
    """A line that sells something, or gives it back.

    Units: `row` counts the lines of the file from 1, without the header; `quantity` is above zero;
    `price_minor` is below zero where the price has no pence. `at` is the line's own wall clock.
    """

    row: int
    sku: str
    quantity: int
    price_minor: int
    at: str


class WriteOff(NamedTuple):
    """Pieces of a product that were there no more, and why. Units: `quantity` is above zero."""

    row: int
    invoice: str
    sku: str
    quantity: int
    at: str
    reason: str


class RejectedLine(NamedTuple):
    """A line of the file that becomes nothing, with the class and the reason why."""

    row: int
    invoice: str
    stock_code: str
    line_class: str
    reason: str


@dataclass(slots=True)
class Invoice:
    """A sale or a credit as the file has it: `placed_at` is the wall clock of its first line."""

    number: str
    placed_at: str
    customer: str
    country: str
    lines: list[SaleLine] = field(default_factory=list[SaleLine])
    carriage: list[SaleLine] = field(default_factory=list[SaleLine])
    credits: list[SaleLine] = field(default_factory=list[SaleLine])

    def lines_of(self, line_class: str) -> list[SaleLine] | None:
        """Answer the lines of a class; None for a class that is no part of an invoice."""
        kept = {SALE: self.lines, SHIPPING: self.carriage, CREDIT: self.credits}
        return kept.get(line_class)

    @property
    def gross_minor(self) -> int:
        """Sum the product lines."""
        return sum(line.quantity * line.price_minor for line in self.lines)

    @property
    def carriage_minor(self) -> int:
        """Sum the carriage lines."""
        return sum(line.quantity * line.price_minor for line in self.carriage)


@dataclass(slots=True)
class Product:
    """A sku that was sold: its first description, the first price it was sold at, and when."""

    sku: str
    name: str
    price_minor: int
    sold_from: str


@dataclass(slots=True)
class RetailFile:
    """A whole file.

    Shape: `orders` and `credit_invoices` in the order of their first lines, each with at least one
    line; `products` and `customers` those of the orders; `unsold`: sku -> name of what was only
    ever written off; `rejected` in file order. Every row is a line of an order, its carriage, a
    credit, a write-off, or rejected.
    """

    rows: int
    orders: list[Invoice]
    products: dict[str, Product]
    rejected: list[RejectedLine]
    credit_invoices: list[Invoice] = field(default_factory=list[Invoice])
    write_offs: list[WriteOff] = field(default_factory=list[WriteOff])
    unsold: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def customers(self) -> list[str]:
        """List who ordered, in the order of their first orders."""
        return list(dict.fromkeys(order.customer for order in self.orders))

    @property
    def order_lines(self) -> int:
        """Count the lines that were sold."""
        return sum(len(order.lines) for order in self.orders)

    @property
    def carriage_lines(self) -> int:
        """Count the lines that became shipping."""
        return sum(len(order.carriage) for order in self.orders)

    def rejected_by_class(self) -> dict[str, int]:
        """Count the rejected lines of each class; those that are in the file twice are no class."""
        counts = Counter(line.line_class for line in self.rejected)
        counts.pop(OVERLAP, None)
        return dict(counts.most_common())


def count_rows(text: Iterable[str]) -> int:
    """Count the lines of a file without its header.

    Raises:
        RetailFileMalformed: the header is not that of the data set.
    """
    return sum(1 for _ in _rows(text))


def read_retail(text: Iterable[str], *, rows: int) -> RetailFile:
    """Read a file of `rows` lines, as `count_rows` counted them.

    Raises:
        RetailFileMalformed: the header is not that of the data set.
    """
    reading = _Reading(is_full=rows == FULL_ROWS)
    for number, row in enumerate(_rows(text), 1):
        reading.take(number, row)
    return reading.finish(rows)


def _rows(text: Iterable[str]) -> Iterator[list[str]]:
    reader = csv.reader(text)
    header = next(reader, list[str]())
    if tuple(header) != COLUMNS:
        raise RetailFileMalformed(
            f"the first line must be {','.join(COLUMNS)}, and is {','.join(header)[:120]!r}"
        )
    return reader


@dataclass(slots=True)
class _Reading:
    """What was read so far. An invoice is kept from its first line on, whatever that line is."""

    is_full: bool
    invoices: dict[str, Invoice] = field(default_factory=dict[str, Invoice])
    names: dict[str, str] = field(default_factory=dict[str, str])
    write_offs: list[WriteOff] = field(default_factory=list[WriteOff])
    rejected: list[RejectedLine] = field(default_factory=list[RejectedLine])

    def take(self, number: int, row: list[str]) -> None:
        """Take the next line of the file."""
        if len(row) != len(COLUMNS) or not row[0] or not _is_timestamp(row[4]):
            self._reject(number, row, UNREADABLE)
            return
        if self.is_full and number > FIRST_SHEET_ROWS and row[4] <= OVERLAP_ENDS:
            self._reject(number, row, OVERLAP)
            return
        price, quantity = _price(row[5]), _quantity(row[3])
        if price is None or quantity is None:
            self._reject(number, row, UNREADABLE)
            return
        sku, kind = sku_and_kind(row[1])
        name = row[2].strip()
        if name and kind == "product":
            self.names.setdefault(sku, name)
        minor = price.minor if price.is_exact else NO_PENCE
        line = SaleLine(number, sku, abs(quantity), minor, intern(row[4]))
        invoice = self._invoice(row)
        line_class = class_of(invoice.number, kind, quantity, price, row[6])
        kept = invoice.lines_of(line_class)
        if kept is not None:
            kept.append(line)
        elif line_class == WRITE_OFF and kind == "product":
            self._write_off(line, row)
        else:
            self._reject(number, row, line_class)

    def _write_off(self, line: SaleLine, row: list[str]) -> None:
        reason = row[2].strip() or NO_REASON
        self.write_offs.append(WriteOff(line.row, row[0], line.sku, line.quantity, line.at, reason))

    def _invoice(self, row: list[str]) -> Invoice:
        invoice = self.invoices.get(row[0])
        if invoice is None:
            invoice = Invoice(row[0], placed_at=row[4], customer=row[6], country=row[7])
            self.invoices[row[0]] = invoice
        return invoice

    def _reject(self, number: int, row: list[str], line_class: str) -> None:
        invoice, code = (*row, "", "")[:2]
        reason = REASONS.get(line_class, NOT_A_PRODUCT)
        self.rejected.append(RejectedLine(number, invoice, code.strip(), line_class, reason))

    def finish(self, rows: int) -> RetailFile:
        """Part the invoices that are orders from those that are not."""
        orders: list[Invoice] = []
        for invoice in self.invoices.values():
            if invoice.lines:
                orders.append(invoice)
            else:
                self.rejected += (
                    RejectedLine(line.row, invoice.number, line.sku, SHIPPING, REASONS[SHIPPING])
                    for line in invoice.carriage
                )
        self.rejected.sort()
        products = self._products(orders)
        return RetailFile(
            rows,
            orders,
            products,
            self.rejected,
            [invoice for invoice in self.invoices.values() if invoice.credits],
            self.write_offs,
            {
                each.sku: self.names.get(each.sku, each.sku)
                for each in self.write_offs
                if each.sku not in products
            },
        )

    def _products(self, orders: list[Invoice]) -> dict[str, Product]:
        """Give every sku that was sold its first price in file order, and its earliest sale."""
        first_rows: dict[str, int] = {}
        products: dict[str, Product] = {}
        for order in orders:
            for line in order.lines:
                product = products.get(line.sku)
                if product is None:
                    name = self.names.get(line.sku, line.sku)
                    product = Product(line.sku, name, line.price_minor, order.placed_at)
                    products[line.sku] = product
                    first_rows[line.sku] = line.row
                elif line.row < first_rows[line.sku]:
                    product.price_minor = line.price_minor
                    first_rows[line.sku] = line.row
                product.sold_from = min(product.sold_from, order.placed_at)
        return products


@lru_cache(maxsize=65_536)
def _price(text: str) -> Price | None:
    try:
        price = Decimal(text)
        exponent = price.as_tuple().exponent
    except InvalidOperation:
        return None
    if not isinstance(exponent, int):  # NaN, Infinity
        return None
    is_exact = -exponent <= PENCE_DECIMALS or price == 0
    return Price(int(price.scaleb(PENCE_DECIMALS)), is_exact)


@lru_cache(maxsize=65_536)
def _quantity(text: str) -> int | None:
    return int(text) if WHOLE_NUMBER.match(text) else None


@lru_cache(maxsize=65_536)
def _is_timestamp(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return TIMESTAMP.match(text) is not None
