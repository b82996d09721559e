"""ordertrail events tail: what was appended to the log last, and what is appended now?"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import Console

from api.event_bodies import event_body
from cli.database import needing_database, require_database
from cli.failures import Exit
from cli.interrupts import Interrupted
from cli.options import Shared, examples
from cli.output import printable, screen, write_json
from cli.running import as_running, database_of
from cli.signals import run_async
from domain.errors import Unavailable
from sql.log_listener import LogListener
from sql.migrate import role_name
from sql.queries.events import EventPage, FeedFilter, read_feed
from sql.queries.reader import Reader
from sql.store import make_pool

LAST_EVENTS: Final = 20
PAGE_EVENTS: Final = 500
LOOK_SECONDS: Final = 1.0
END_OF_LOG: Final = 2**53
COLOURS: Final = {"order": "cyan", "product": "magenta", "customer": "green"}

app = App(
    name="events",
    help="Look at the log.",
    help_epilogue=examples(
        "ordertrail events tail",
        "ordertrail events tail --follow --type order-placed",
        "ordertrail events tail --after 0 --json > log.jsonl",
    ),
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class TailOptions:
    """Which events to show."""

    after: Annotated[
        int | None,
        Parameter(validator=Number(gte=0), help="Begin after this position, 0 for all."),
    ] = None
    lines: Annotated[
        int,
        Parameter(
            alias="-n",
            validator=Number(gte=0),
            help="Without --after: begin so many positions before the end.",
        ),
    ] = LAST_EVENTS
    follow: Annotated[
        bool, Parameter(alias="-f", negative="", help="Go on as events are appended, until Ctrl-C.")
    ] = False
    event_type: Annotated[
        str | None, Parameter(name="--type", help="Only events of this type: `order-placed`.")
    ] = None
    category: Annotated[
        str | None, Parameter(help="Only events of streams of this kind: `order`, `product` …")
    ] = None


@app.command
def tail(*, options: TailOptions | None = None, shared: Shared | None = None) -> int:
    """Show the events at the end of the log, one per line, without personal data.

    Of an event whose payload or metadata cannot be read the line says so, and why. With --json
    every line is the event as GET /v1/events answers it.
    """
    options, shared = options or TailOptions(), shared or Shared()
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def work() -> int:
        await require_database(url, settings.role_prefix)
        with needing_database(url):
            await _tail(url, role_name(settings.role_prefix, "query"), options, shared)
        return Exit.OK

    try:
        return run_async(work)
    except Interrupted as stop:
        if options.follow and stop.exit_code is Exit.INTERRUPTED:
            return Exit.OK  # the way to end --follow
        raise


async def _tail(url: str, role: str, options: TailOptions, shared: Shared) -> None:
    wanted = FeedFilter(category=options.category, type=options.event_type)
    grown = asyncio.Event()
    pool = make_pool(url, role=role, application="ordertrail events", connections_max=1)
    console = screen()
    async with pool, LogListener(url, role, grown.set):
        reader = Reader(pool)
        after = options.after
        if after is None:
            end = await read_feed(reader, FeedFilter(), END_OF_LOG, 1)
            after = max(0, end.head_position - options.lines)
        while True:
            grown.clear()
            page = await _read(reader, wanted, after, patient=options.follow)
            if page is not None:
                for event in page.events:
                    _write(console, event, as_json=shared.as_json)
                after = page.looked_up_to
                if after < page.head_position:
                    continue
            if not options.follow:
                return
            await _growth(grown)


async def _read(
    reader: Reader, wanted: FeedFilter, after: int, *, patient: bool
) -> EventPage | None:
    """Read the next events; one who follows waits out a database that is away."""
    try:
        return await read_feed(reader, wanted, after, PAGE_EVENTS)
    except Unavailable:
        if not patient:
            raise
        return None


async def _growth(grown: asyncio.Event) -> None:
    """Wait until the log may have grown, and look now and then anyway."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await grown.wait()
    except TimeoutError:
        return


def _write(console: Console, event: Mapping[str, Any], *, as_json: bool) -> None:
    body = event_body(dict(event), with_personal=False)
    if as_json:
        write_json(body)
        return
    recorded: datetime = body["recorded_at"]
    category = str(body["stream"]).partition("-")[0]
    actor = body["actor"]
    who = "-" if actor is None else f"{printable(actor['kind'])}:{printable(actor['id'])}"
    unreadable = f"  [red]unreadable: {body['unreadable']}[/]" if body["unreadable"] else ""
    console.print(
        f"[dim]{body['position']:>9}  {recorded:%Y-%m-%d %H:%M:%S}[/]  "
        f"[{COLOURS.get(category, 'white')}]{printable(body['type']):<28}[/]  "
        f"{printable(body['stream'])} [dim]v{body['version']}  {who}[/]{unreadable}",
        soft_wrap=True,
    )
