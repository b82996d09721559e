"""How does the demo show what became of its orders, of the pieces and of the money?"""

from typing import Any, Final

from rich.console import Console

from cli.demo_catalogue import HOT_PRODUCT
from cli.demo_expected import Funnel, Money, Pieces
from cli.demo_orders import CURRENCY
from cli.demo_outcome import Outcome
from cli.output import bar, money, table

BAR: Final = 36


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Draw how far orders came, where the pieces are, and where the money is."""
    console.print()
    console.print(_orders(outcome.funnel))
    console.print()
    console.print(_stock(outcome.pieces, outcome.at_start))
    console.print(_hot_line(outcome))
    console.print()
    console.print(_money(outcome.money, outcome.books))


def _orders(funnel: Funnel) -> Any:  # noqa: ANN401 - something that rich can print
    unsent = funnel.confirmed - funnel.cancelled - funnel.shipped
    steps = (
        ("placed", funnel.placed, ""),
        ("stock kept", funnel.stock_kept, f"{funnel.out_of_stock:,} out of stock"),
        ("authorised", funnel.authorised, f"{funnel.payment_declined:,} declined"),
        ("confirmed", funnel.confirmed, f"{funnel.fraud:,} rejected as risky"),
        (
            "shipped",
            funnel.shipped,
            f"{funnel.cancelled:,} cancelled, {unsent:,} still in the house",
        ),
        ("completed", funnel.completed, f"{funnel.delivered_in_part:,} delivered in part"),
        ("returned", funnel.returned, ""),
    )
    return table(
        "How far the orders came",
        ("orders", "number", "", "no further"),
        [(name, f"{number:,}", _bar(number, funnel.placed), lost) for name, number, lost in steps],
        numbers="number",
    )


def _stock(pieces: Pieces, at_start: int) -> Any:  # noqa: ANN401 - something that rich can print
    now = at_start + pieces.on_hand
    steps = (
        ("on hand at the start", at_start, ""),
        ("shipped", pieces.shipped, f"in {pieces.parcels:,} parcels"),
        ("came back", pieces.returned, f"{pieces.restocked:,} of them on the shelf again"),
        ("on hand now", now, f"{pieces.kept:,} of them kept for orders"),
    )
    return table(
        "Where the pieces are",
        ("stock", "pieces", "", ""),
        [(name, f"{number:,}", _bar(number, at_start), more) for name, number, more in steps],
        numbers="pieces",
    )


def _hot_line(outcome: Outcome) -> str:
    sold, left = outcome.pieces.hot_sold, outcome.pieces.hot_left
    wanted = sold + outcome.funnel.out_of_stock
    return (
        f"[bold]{HOT_PRODUCT.name}[/]: wanted by {wanted:,}, sold {sold:,} times, {left:,} left, "
        f"{outcome.funnel.out_of_stock:,} sent away"
    )


def _money(ledger: Money, books: Money) -> Any:  # noqa: ANN401 - something that rich can print
    amounts = (
        ("authorised", ledger.authorised_minor, books.authorised_minor),
        ("given up", ledger.voided_minor, books.voided_minor),
        ("taken", ledger.captured_minor, books.captured_minor),
        ("still to take", ledger.open_minor, books.open_minor),
        ("given back", ledger.refunded_minor, books.refunded_minor),
    )
    columns = (f"ledger {CURRENCY}", f"provider {CURRENCY}")
    return table(
        "Where the money is",
        ("money", *columns, ""),
        [
            (name, money(ours), money(theirs), _bar(ours, ledger.authorised_minor))
            for name, ours, theirs in amounts
        ],
        numbers=", ".join(columns),
    )


def _bar(value: int, largest: int) -> str:
    return f"[cyan]{bar(value, largest, BAR)}[/]"
