"""Is what is read what was sent?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from rich.console import Console

from cli.demo_expected import Expected
from cli.demo_outcome import Outcome
from cli.output import money, table
from cli.sales_report import SalesReport

CHIEF: Final = 4
_MINOR: Final = "_minor"


@dataclass(frozen=True, slots=True)
class Check:
    """A figure as it was sent and as it is read."""

    name: str
    sent: int
    read: int
    is_money: bool = True

    @property
    def holds(self) -> bool:
        """Say whether the two are the same."""
        return self.sent == self.read


def checks_of_sales(expected: Expected, old: SalesReport, new: SalesReport) -> list[Check]:
    """Compare what was sold with what the reports have more than before."""
    return [
        Check("orders placed", expected.orders, new.orders - old.orders, is_money=False),
        Check(
            "cancellations",
            expected.funnel.cancelled,
            new.cancelled - old.cancelled,
            is_money=False,
        ),
        Check("gross sales", expected.gross_minor, new.gross_minor - old.gross_minor),
        Check("cancelled", expected.cancelled_minor, new.cancelled_minor - old.cancelled_minor),
        Check("returned", expected.returned_minor, new.returned_minor - old.returned_minor),
        *checks_of_gross("in", expected.by_month, old.by_month, new.by_month),
        *checks_of_gross("in", expected.by_country, old.by_country, new.by_country),
    ]


def checks_of_gross(
    what: str, sent: Mapping[str, int], old: Mapping[str, int], new: Mapping[str, int]
) -> list[Check]:
    """Compare amounts by name with what is read more than before."""
    return [
        Check(f"gross {what} {name}", sent.get(name, 0), new.get(name, 0) - old.get(name, 0))
        for name in sorted({*sent, *new})
    ]


def checks_of_outcome(expected: Expected, outcome: Outcome) -> list[Check]:
    """Compare what became of the orders, figure by figure; the money twice."""
    parts = (
        ("orders", expected.funnel, outcome.funnel),
        ("pieces", expected.pieces, outcome.pieces),
        ("ledger", expected.money, outcome.money),
        ("provider", expected.money, outcome.books),
    )
    return [
        Check(
            f"{what}: {name.removesuffix(_MINOR).replace('_', ' ')}",
            sent,
            asdict(read)[name],
            is_money=name.endswith(_MINOR),
        )
        for what, wanted, read in parts
        for name, sent in asdict(wanted).items()
    ]


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """Show the totals that were checked; of those that are right only the chief ones."""
    wrong = [check for check in checks if not check.holds]
    chief = [check for check in checks[:CHIEF] if check.holds]
    rows = [
        (
            "[green]✓[/]" if check.holds else "[red]✗[/]",
            check.name,
            _amount(check.sent, check),
            _amount(check.read, check),
        )
        for check in (*chief, *wrong)
    ]
    console.print()
    console.print(table(None, ("", "checked", "sent", "read"), rows, numbers="sent, read"))
    if wrong:
        console.print(f"[bold red]{len(wrong)} of {len(checks)} totals are wrong.[/]")
    else:
        console.print(
            f"[bold green]All {len(checks)} totals are right:[/] orders, cancellations, returns, "
            "gross, every month, every country, the best sellers; the funnel, every piece, the "
            "money and the provider's books."
        )


def _amount(value: int, check: Check) -> str:
    return money(value) if check.is_money else f"{value:,}"
