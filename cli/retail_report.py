"""What is told about an import: what the query API says, and what became of every line?"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cli.batch_sender import Sent
from cli.output import bar, money, screen, table
from cli.retail_classes import CREDIT, SALE, SHIPPING, WRITE_OFF
from cli.retail_commands import CURRENCY, PLACE_ORDER
from cli.retail_credits import Credits, PastReturn
from cli.retail_file import OVERLAP, Invoice, RejectedLine, RetailFile
from cli.retail_history import ADJUST, FULFIL, RETURN, return_id_of
from cli.sales_report import SalesReport

REJECT_COLUMNS: Final = ("row", "invoice", "stock_code", "class", "reason")
COUNTRIES_SHOWN: Final = 10


@dataclass(frozen=True)
class Imported:
    """What an import did, and what the read side says afterwards."""

    file: RetailFile
    credited: Credits
    sent: Sent
    sales: SalesReport
    rejected: list[RejectedLine]
    seconds: float

    @cached_property
    def orders(self) -> list[Invoice]:
        """List the invoices whose orders were taken."""
        refused = refused_subjects(self.sent, PLACE_ORDER)
        return [order for order in self.file.orders if order.number not in refused]

    @cached_property
    def parcels(self) -> list[Invoice]:
        """List the invoices whose orders were paid, sent and delivered."""
        refused = refused_subjects(self.sent, FULFIL)
        return [order for order in self.file.orders if order.number not in refused]

    @cached_property
    def returns(self) -> list[PastReturn]:
        """List what came back and was paid back."""
        refused = refused_subjects(self.sent, RETURN)
        return [past for past in self.credited.returns if return_id_of(past) not in refused]

    @property
    def lines(self) -> dict[str, int]:
        """Count the lines that became something, by what they are."""
        refused = {line.row for line in self.rejected}
        return {
            SALE: sum(len(order.lines) for order in self.orders),
            SHIPPING: sum(len(order.carriage) for order in self.orders),
            CREDIT: len(self.credited.matched.keys() - refused),
            WRITE_OFF: sum(each.row not in refused for each in self.file.write_offs),
        }

    @property
    def units_sold(self) -> int:
        """Count the pieces that left in parcels."""
        return sum(line.quantity for order in self.parcels for line in order.lines)

    @property
    def units_written_off(self) -> int:
        """Count the pieces that were written off."""
        refused = {line.row for line in self.rejected}
        return sum(each.quantity for each in self.file.write_offs if each.row not in refused)

    @property
    def units_returned(self) -> int:
        """Count the pieces that came back."""
        return sum(sum(past.quantities.values()) for past in self.returns)

    @property
    def captured_minor(self) -> int:
        """Add up what was paid, carriage included."""
        return sum(order.gross_minor + order.carriage_minor for order in self.parcels)

    @property
    def refunded_minor(self) -> int:
        """Add up what was paid back."""
        return sum(past.amount_minor for past in self.returns)

    def rejected_by_class(self) -> dict[str, int]:
        """Count the rejected lines of each class, the largest first."""
        counts = Counter(line.line_class for line in self.rejected)
        counts.pop(OVERLAP, None)
        return dict(counts.most_common())


def refused_subjects(sent: Sent, command_type: str) -> dict[str, str]:
    """Tell what commands of a type were about that the API refused, with its codes."""
    return {item.subject: result.code for item, result in sent.refused if item.type == command_type}


def refused_lines(file: RetailFile, credited: Credits, sent: Sent) -> list[RejectedLine]:
    """List the lines of what the API refused, with its code as the reason; each line once."""
    return [
        *_lines_of_orders(file, refused_subjects(sent, PLACE_ORDER)),
        *_lines_of_write_offs(file, refused_subjects(sent, ADJUST)),
        *_lines_of_returns(credited, refused_subjects(sent, RETURN)),
    ]


def _lines_of_orders(file: RetailFile, codes: dict[str, str]) -> Iterator[RejectedLine]:
    for order in file.orders if codes else ():
        if order.number in codes:
            for line_class, lines in ((SALE, order.lines), (SHIPPING, order.carriage)):
                for line in lines:
                    code = codes[order.number]
                    yield RejectedLine(line.row, order.number, line.sku, line_class, code)


def _lines_of_write_offs(file: RetailFile, codes: dict[str, str]) -> Iterator[RejectedLine]:
    for each in file.write_offs if codes else ():
        code = codes.get(str(each.row))
        if code is not None:
            yield RejectedLine(each.row, each.invoice, each.sku, WRITE_OFF, code)


def _lines_of_returns(credited: Credits, codes: dict[str, str]) -> Iterable[RejectedLine]:
    found = {
        row: RejectedLine(row, past.credit_invoice, credited.matched[row].sku, CREDIT, code)
        for past in (credited.returns if codes else ())
        if (code := codes.get(return_id_of(past))) is not None
        for row in past.credit_rows
    }
    return found.values()


def write_rejects(path: Path, rejected: Iterable[RejectedLine]) -> None:
    """Write the report of rejected lines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECT_COLUMNS)
        writer.writerows(rejected)


def document(imported: Imported) -> dict[str, Any]:
    """Write what the query API says, and what became of the lines, as one object."""
    sales, accepted = imported.sales, imported.lines
    return {
        "orders": sales.orders,
        "gross_minor": sales.gross_minor,
        "returned_minor": sales.returned_minor,
        "net_minor": sales.gross_minor - sales.returned_minor,
        "by_month": dict(sorted(sales.by_month.items())),
        "by_country": dict(sales.largest_countries()),
        "stock": {
            "received_units": imported.units_sold + imported.units_written_off,
            "sold_units": imported.units_sold,
            "written_off_units": imported.units_written_off,
            "returned_units": imported.units_returned,
        },
        "captured_minor": imported.captured_minor,
        "refunded_minor": imported.refunded_minor,
        "parcels": len(imported.parcels),
        "returns": len(imported.returns),
        "credit_invoices": len({past.credit_invoice for past in imported.returns}),
        "accepted": {name: count for name, count in accepted.items() if count},
        "rejected": imported.rejected_by_class(),
    }


def show(imported: Imported, rejects: Path | None) -> None:
    """Show it to a person."""
    console = screen()
    sales, sent = imported.sales, imported.sent
    largest = max(sales.by_month.values(), default=0)
    console.print(
        table(
            "Sales by month, as the query API reports them",
            ("month", f"gross {CURRENCY}", ""),
            [
                (month, money(gross_minor), f"[cyan]{bar(gross_minor, largest)}[/]")
                for month, gross_minor in sorted(sales.by_month.items())
            ],
            numbers=f"gross {CURRENCY}",
        )
    )
    countries = sales.largest_countries()
    shown = [(name, money(amount)) for name, amount in countries[:COUNTRIES_SHOWN]]
    if others := countries[COUNTRIES_SHOWN:]:
        shown.append((f"{len(others)} more", money(sum(amount for _, amount in others))))
    console.print()
    console.print(
        table("By country", ("country", f"gross {CURRENCY}"), shown, numbers=f"gross {CURRENCY}")
    )
    for accounts in (_history(imported), _accounts(imported)):
        console.print()
        console.print(accounts)
    console.print()
    console.print(
        f"[bold]{sales.orders:,} orders, {money(sales.gross_minor)} {CURRENCY}[/] gross and "
        f"{money(sales.shipping_minor)} carriage; {money(sales.returned_minor)} came back, "
        f"[bold]{money(sales.gross_minor - sales.returned_minor)} {CURRENCY} net[/]."
    )
    console.print(
        f"{sent.accepted:,} commands were new and {sent.replayed:,} known already, in "
        f"{imported.seconds:.1f} s."
    )
    if rejects is not None:
        console.print(f"Rejected lines are in {rejects}.")


def _history(imported: Imported) -> Any:  # noqa: ANN401 - something that rich can print
    """Tell what happened to the orders, their goods and their money."""
    sold, written_off = imported.units_sold, imported.units_written_off
    several, names = imported.credited.on_several, {past.order for past in imported.returns}
    rows = [
        ("orders", "placed", f"{len(imported.orders):,}"),
        ("", "completed", f"{len(imported.parcels):,}"),
        ("stock, pieces", "received", f"{sold + written_off:,}"),
        ("", "sold", f"{sold:,}"),
        ("", "written off", f"{written_off:,}"),
        ("", "returned to the shelf", f"{imported.units_returned:,}"),
        (f"money, {CURRENCY}", "taken", money(imported.captured_minor)),
        ("", "given back", money(imported.refunded_minor)),
        ("parcels", "delivered, synthetic", f"{len(imported.parcels):,}"),
        ("returns", f"of {len(names):,} orders", f"{len(imported.returns):,}"),
        ("", "credit lines on several sale lines", f"{several:,}"),
    ]
    return table("What happened", ("", "what", "how many"), rows, numbers="how many")


def _accounts(imported: Imported) -> Any:  # noqa: ANN401 - something that rich can print
    """Account for every line of the file."""
    reasons = {line.line_class: line.reason for line in imported.rejected}
    rejected = Counter(line.line_class for line in imported.rejected)
    accepted = imported.lines
    rows = [
        *((_BECAME[line_class], "", f"{count:,}") for line_class, count in accepted.items()),
        *(
            (f"rejected: {line_class}", reasons[line_class], f"{count:,}")
            for line_class, count in rejected.most_common()
        ),
    ]
    accounted = sum(accepted.values()) + len(imported.rejected)
    assert accounted == imported.file.rows, "a line of the file is in none of the columns"
    rows.append(("[bold]all lines of the file[/]", "", f"[bold]{accounted:,}[/]"))
    return table("What became of the lines", ("lines", "because", "count"), rows, numbers="count")


_BECAME: Final = {
    SALE: "order line",
    SHIPPING: "shipping of an order",
    CREDIT: "credit: returned and refunded",
    WRITE_OFF: "taken from stock",
}
"""The class of a line -> what it became."""
