"""ordertrail dead: what could no worker use, and how is it thrown away?"""

from dataclasses import asdict
from typing import Annotated, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number

from cli.broker import broker_of, needing_broker
from cli.failures import Exit, UsageFailed
from cli.options import Shared, examples
from cli.output import printable, screen, table, write_json
from cli.signals import run_async
from workers.dead_letter_queue import (
    DeadLetter,
    DeadLetterPage,
    drop_all_dead_letters,
    drop_oldest_dead_letters,
    look_at_dead_letters,
)
from workers.topology import DEAD_LETTERS

LETTERS_SHOWN: Final = 20
LETTERS_SHOWN_MAX: Final = 1_000

app = App(
    name="dead",
    help="Look at dead letters, drop them.",
    help_epilogue=examples(
        "ordertrail dead list",
        "ordertrail dead list --limit 100 --json",
        "ordertrail dead drop 3",
        "ordertrail dead drop --all",
    ),
)


@app.command(name="list")
def list_(
    *,
    limit: Annotated[
        int,
        Parameter(
            validator=Number(gte=1, lte=LETTERS_SHOWN_MAX), help="Show so many of the oldest."
        ),
    ] = LETTERS_SHOWN,
    shared: Shared | None = None,
) -> int:
    """Show the oldest messages that no worker could use; they stay where they are.

    Nothing is lost with them: a worker that gave a message up has read its events from the log.
    """
    shared = shared or Shared()
    url = broker_of(shared.settings())

    async def work() -> int:
        with needing_broker(url):
            page = await look_at_dead_letters(url, limit)
        if shared.as_json:
            letters = [asdict(letter) for letter in page.letters]
            write_json({"queue": DEAD_LETTERS, "waiting": page.waiting, "letters": letters})
        else:
            _show(page)
        return Exit.OK

    return run_async(work)


@app.command
def drop(
    count: Annotated[
        int | None, Parameter(validator=Number(gte=1), help="Drop so many of the oldest.")
    ] = None,
    /,
    *,
    every: Annotated[bool, Parameter(name="--all", negative="", help="Drop all of them.")] = False,
    shared: Shared | None = None,
) -> int:
    """Delete dead letters for good: so many of the oldest, or all.

    Asks nothing. The log has all their events; what is dropped is the evidence of what was wrong.
    """
    shared = shared or Shared()
    if (count is None) != every:
        raise UsageFailed("Say how many of the oldest to drop, or --all.")
    url = broker_of(shared.settings())

    async def work() -> int:
        with needing_broker(url):
            if count is None:
                dropped = await drop_all_dead_letters(url)
            else:
                dropped = await drop_oldest_dead_letters(url, count)
        if shared.as_json:
            write_json({"queue": DEAD_LETTERS, "dropped": dropped})
        else:
            screen().print(f"[green]✓[/] {dropped:,} dropped from {DEAD_LETTERS}.")
        return Exit.OK

    return run_async(work)


def _show(page: DeadLetterPage) -> None:
    if not page.letters:
        screen().print("[green]✓[/] No dead letters.")
        return
    columns = ("rejected (UTC)", "reason", "from", "positions", "bytes", "detail")
    rows = [_row(letter) for letter in page.letters]
    screen().print(table(None, columns, rows, numbers="positions, bytes"))
    if page.waiting > len(page.letters):
        screen().print(f"[dim]… and {page.waiting - len(page.letters):,} newer ones.[/]")


def _row(letter: DeadLetter) -> tuple[str, ...]:
    first, last = letter.first_position, letter.last_position
    positions = "" if first is None or last is None else f"{first}-{last}"
    return (
        printable((letter.rejected_at or "")[:19].replace("T", " ")),
        printable(letter.reason),
        printable(letter.origin),
        printable(positions),
        f"{letter.body_bytes:,}",
        printable(letter.detail),
    )
