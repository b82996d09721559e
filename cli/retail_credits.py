"""Which sale does each credit of a retail file undo?

A credit gives back pieces that the same customer bought at the same unit price: of the newest
earlier line that still has all of them, else of the newest lines together. A credit that cannot be
matched whole is refused and changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from cli.retail_file import Invoice, RejectedLine, RetailFile, SaleLine

ONLY_PARTLY: Final = "only_partly"
ANOTHER_PRICE: Final = "sold_at_another_price"
TOO_FEW_LEFT: Final = "sold_but_too_few_left"
NEVER_SOLD: Final = "never_sold_to_this_customer"
NO_SALE: Final = "no_sale_to_undo"
"""Why a credit of any of these classes is rejected."""


class Wanted(NamedTuple):
    """Who gives back what."""

    customer: str
    sku: str


@dataclass(slots=True)
class Sold:
    """A sale line, and how many of its pieces have not come back."""

    invoice: str
    line: SaleLine
    left: int


class Part(NamedTuple):
    """So many pieces of a sale line that came back."""

    sold: Sold
    quantity: int


@dataclass(slots=True)
class PastReturn:
    """What came back of one order under one credit invoice.

    Shape: `quantities`: row of the sale line -> pieces; `credit_rows` are the lines of the credit
    that are (also) about this order.
    """

    credit_invoice: str
    order: str
    at: str
    quantities: dict[int, int] = field(default_factory=dict[int, int])
    credit_rows: list[int] = field(default_factory=list[int])
    amount_minor: int = 0


@dataclass(slots=True)
class Credits:
    """What became of the credits of a file.

    Shape: `returns` in the order in which they happened; `matched` are the lines that are accepted,
    by row; of them `on_several` undo more than one sale line; `refused` the others.
    """

    returns: list[PastReturn] = field(default_factory=list[PastReturn])
    matched: dict[int, SaleLine] = field(default_factory=dict[int, SaleLine])
    on_several: int = 0
    refused: list[RejectedLine] = field(default_factory=list[RejectedLine])


def match_credits(file: RetailFile) -> Credits:
    """Match the credits of a file with its sales, in the order of their times."""
    credited = {
        Wanted(invoice.customer, line.sku)
        for invoice in file.credit_invoices
        for line in invoice.credits
    }
    found, returns = Credits(), dict[tuple[str, str], PastReturn]()
    shelves: dict[Wanted, list[Sold]] = {key: [] for key in credited}
    for invoice, line, is_credit in _in_time(file, credited):
        sold = shelves[Wanted(invoice.customer, line.sku)]
        if not is_credit:
            sold.append(Sold(invoice.number, line, line.quantity))
            continue
        parts = _match(line, sold)
        if isinstance(parts, str):
            found.refused.append(RejectedLine(line.row, invoice.number, line.sku, parts, NO_SALE))
            continue
        found.matched[line.row] = line
        found.on_several += len(parts) > 1
        _take_back(returns, invoice, line, parts)
    found.returns = sorted(returns.values(), key=lambda each: (each.at, each.credit_rows))
    return found


def _in_time(file: RetailFile, credited: set[Wanted]) -> Iterator[tuple[Invoice, SaleLine, bool]]:
    """Go through the credits, and the sales that they can be about, by their times."""
    sales = (
        (line.at, line.row, invoice, line, False)
        for invoice in file.orders
        for line in invoice.lines
        if (invoice.customer, line.sku) in credited
    )
    undone = (
        (line.at, line.row, invoice, line, True)
        for invoice in file.credit_invoices
        for line in invoice.credits
    )
    for _, _, invoice, line, is_credit in sorted(chain(sales, undone), key=lambda each: each[:2]):
        yield invoice, line, is_credit


def _match(credit: SaleLine, sold: Sequence[Sold]) -> list[Part] | str:
    """Find the pieces that a credit gives back, or name the class of its refusal."""
    at_the_price = [each for each in sold if each.line.price_minor == credit.price_minor]
    for each in reversed(at_the_price):
        if each.left >= credit.quantity:
            return [Part(each, credit.quantity)]
    needed, parts = credit.quantity, list[Part]()
    for each in reversed(at_the_price):
        taken = min(each.left, needed)
        if taken:
            parts.append(Part(each, taken))
            needed -= taken
    if not needed:
        return parts
    if parts:
        return ONLY_PARTLY
    if any(each.left >= credit.quantity for each in sold):
        return ANOTHER_PRICE
    return TOO_FEW_LEFT if sold else NEVER_SOLD


def _take_back(
    returns: dict[tuple[str, str], PastReturn],
    invoice: Invoice,
    credit: SaleLine,
    parts: Sequence[Part],
) -> None:
    per_order: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        part.sold.left -= part.quantity
        per_order[part.sold.invoice].append(part)
    for order, own in per_order.items():
        name = (invoice.number, order)
        past = returns.setdefault(name, PastReturn(invoice.number, order, invoice.placed_at))
        past.credit_rows.append(credit.row)
        for part in own:
            row = part.sold.line.row
            past.quantities[row] = past.quantities.get(row, 0) + part.quantity
            past.amount_minor += part.quantity * credit.price_minor
