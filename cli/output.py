"""How does the program speak: to a person on a terminal, or to another program?

Results go to standard output: tables for people, one JSON document (or one per line) with
`--json`. All else, progress included, goes to standard error: lines for people, JSON lines when
nobody watches. `NO_COLOR` and the width of the terminal are heeded by rich.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

MINOR_UNITS: Final = 100
BLOCKS: Final = " ▏▎▍▌▋▊▉█"
FILE_COLUMNS: Final = 160
"""How wide lines are where there is no terminal."""


class Screen(Console):
    """A console that leaves a closed pipe to the program, which ends quietly."""

    def on_broken_pipe(self) -> None:
        """Raise what rich has caught."""
        self.quiet = True
        raise BrokenPipeError


def screen() -> Console:
    """Open the console of results: standard output."""
    if sys.stdout.isatty():
        return Screen(highlight=False)
    return Screen(highlight=False, soft_wrap=True, width=FILE_COLUMNS)


def side_screen() -> Console:
    """Open the console of everything that is no result: standard error."""
    if sys.stderr.isatty():
        return Console(stderr=True, highlight=False)
    return Console(stderr=True, highlight=False, soft_wrap=True, width=FILE_COLUMNS)


def is_watched() -> bool:
    """Say whether a person sees what goes to standard error."""
    return sys.stderr.isatty()


def write_json(document: object, *, indent: int | None = None) -> None:
    """Write one JSON document as a result."""
    text = json.dumps(document, default=_plain, ensure_ascii=False, indent=indent)
    print(text, flush=True)  # noqa: T201


def note(event: str, **fields: object) -> None:
    """Tell, as a JSON line on standard error, how the work goes."""
    line = json.dumps({"event": event, **fields}, default=_plain, ensure_ascii=False)
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def _plain(value: object) -> str:
    """Write what JSON has no form for; instants as RFC 3339 in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def printable(text: str | None) -> str:
    """Write what others wrote on one line of a table: without markup, and without control codes."""
    shown = "".join(character if character.isprintable() else " " for character in text or "")
    return escape(shown) or "[dim]-[/]"


def table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: str = ""
) -> Table:
    """Draw a table; `numbers` names the columns that are set to the right, divided by commas."""
    right = {name.strip() for name in numbers.split(",")}
    drawn = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in columns:
        drawn.add_column(
            name,
            justify="right" if name in right else "left",
            header_style="dim",
            overflow="fold",
            no_wrap=name == columns[0],
        )
    for row in rows:
        drawn.add_row(*row)
    return drawn


def money(amount_minor: int, currency: str = "") -> str:
    """Write an amount of a currency with two decimals, for people."""
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), MINOR_UNITS)
    return f"{sign}{whole:,}.{part:02}{' ' if currency else ''}{currency}"


def bar(value: float, largest: float, width: int = 24) -> str:
    """Draw a value as a bar, an eighth of a character fine."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(width * 8 * value / largest))
    whole, rest = divmod(eighths, 8)
    return BLOCKS[8] * whole + (BLOCKS[rest] if rest else "")


def as_document(fields: Mapping[str, Any], *, as_json: bool) -> None:
    """Show named values: as one JSON object, or as two columns."""
    if as_json:
        write_json(fields)
        return
    rows = [(name, "" if value is None else str(value)) for name, value in fields.items()]
    screen().print(table(None, ("", ""), rows))
