"""What is told about an import: what the query API says, and what became of every line?"""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.batch_sender import Sent
from cli.output import bar, money, screen, table
from cli.retail_commands import CURRENCY, PLACE_ORDER
from cli.retail_file import OVERLAP, SALE, SHIPPING, Invoice, RejectedLine, RetailFile
from cli.sales_report import SalesReport

REJECT_COLUMNS: Final = ("row", "invoice", "stock_code", "class", "reason")
COUNTRIES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, and what the read side says afterwards."""

    file: RetailFile
    sent: Sent
    sales: SalesReport
    rejected: list[RejectedLine]
    seconds: float

    @property
    def refused_invoices(self) -> set[str]:
        """Name the invoices that the API refused."""
        return {item.subject for item, _ in self.sent.refused if item.type == PLACE_ORDER}

    @property
    def order_lines(self) -> int:
        """Count the lines that are in orders."""
        return sum(len(order.lines) for order in self._placed())

    @property
    def carriage_lines(self) -> int:
        """Count the lines that are shipping of orders."""
        return sum(len(order.carriage) for order in self._placed())

    def _placed(self) -> Iterable[Invoice]:
        refused = self.refused_invoices
        return (order for order in self.file.orders if order.number not in refused)

    def rejected_by_class(self) -> dict[str, int]:
        """Count the rejected lines of each class, the largest first."""
        counts = Counter(line.line_class for line in self.rejected)
        counts.pop(OVERLAP, None)
        return dict(counts.most_common())


def refused_lines(file: RetailFile, sent: Sent) -> list[RejectedLine]:
    """List the lines of orders that the API refused, with its code as the reason."""
    codes = {item.subject: result.code for item, result in sent.refused if item.type == PLACE_ORDER}
    if not codes:
        return []
    return [
        RejectedLine(line.row, order.number, line.sku, line_class, codes[order.number])
        for order in file.orders
        if order.number in codes
        for line_class, lines in ((SALE, order.lines), (SHIPPING, order.carriage))
        for line in lines
    ]


def write_rejects(path: Path, rejected: Iterable[RejectedLine]) -> None:
    """Write the report of rejected lines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECT_COLUMNS)
        writer.writerows(rejected)


def document(imported: Imported) -> dict[str, Any]:
    """Write what the query API says as one object."""
    sales = imported.sales
    return {
        "orders": sales.orders,
        "gross_minor": sales.gross_minor,
        "by_month": dict(sorted(sales.by_month.items())),
        "by_country": dict(sales.largest_countries()),
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
    console.print()
    console.print(_accounts(imported))
    console.print()
    console.print(
        f"[bold]{sales.orders:,} orders, {money(sales.gross_minor)} {CURRENCY}[/] gross and "
        f"{money(sales.shipping_minor)} carriage; {sent.accepted:,} commands were new and "
        f"{sent.replayed:,} known already, in {imported.seconds:.1f} s."
    )
    if rejects is not None:
        console.print(f"Rejected lines are in {rejects}.")


def _accounts(imported: Imported) -> Any:  # noqa: ANN401 - something that rich can print
    """Account for every line of the file."""
    reasons = {line.line_class: line.reason for line in imported.rejected}
    rejected = Counter(line.line_class for line in imported.rejected)
    rows = [
        ("order line", "", f"{imported.order_lines:,}"),
        ("shipping of an order", "", f"{imported.carriage_lines:,}"),
        *(
            (f"rejected: {line_class}", reasons[line_class], f"{count:,}")
            for line_class, count in rejected.most_common()
        ),
    ]
    accounted = imported.order_lines + imported.carriage_lines + len(imported.rejected)
    assert accounted == imported.file.rows, "a line of the file is in none of the columns"
    rows.append(("[bold]all lines of the file[/]", "", f"[bold]{accounted:,}[/]"))
    return table("What became of the lines", ("lines", "because", "count"), rows, numbers="count")
