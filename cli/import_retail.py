"""ordertrail import retail: replays the history of UCI Online Retail II through the HTTP API.

Twice is once: ids come from the file and keys from the content, so a run that was interrupted, or
that is repeated, sends the same requests and changes nothing that is there. Every line of the file
becomes part of an order, of a return or of a stock's history, or stands in the report of rejected
lines with its class and the reason.
"""

import csv
import gzip
import io
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import httpx2
from cyclopts import App, Parameter
from cyclopts.types import ExistingFile, ResolvedPath
from cyclopts.validators import Number

from cli.batch_sender import Pace, Sent, api_client, send_all
from cli.failures import CommandFailed, ConfigurationFailed, Exit, UsageFailed
from cli.options import Shared, examples
from cli.output import is_watched, note, side_screen, write_json
from cli.progress import progress
from cli.retail_commands import CHANNEL, PLACE_ORDER, SHOP_ZONE, catalogue_phases
from cli.retail_credits import Credits, match_credits
from cli.retail_file import RetailFile, RetailFileMalformed, count_rows, read_retail
from cli.retail_history import months_of, steps_of
from cli.retail_report import Imported, document, refused_lines, show, write_rejects
from cli.running import find_running
from cli.sales_report import read_sales
from cli.settings import Settings
from cli.signals import run_async
from cli.status import open_status
from cli.system import running_system
from cli.upkeep import with_remembered_zone

CONCURRENCY: Final = 4
CONCURRENCY_MAX: Final = 64
FRESH_SECONDS_MAX: Final = 600.0
ANSWER_SECONDS_MAX: Final = 10.0
ALREADY_THERE: Final = frozenset({"sku_already_exists", "version_mismatch"})
"""What products answer that another file, or somebody, has registered; the orders then decide."""

app = App(
    name="import",
    help="Replay orders of the past over the API.",
    help_epilogue=examples(
        "ordertrail import retail online_retail_II.csv.gz",
        "ordertrail import retail sample.csv.gz --rejects rejected.csv",
        "ordertrail import retail sample.csv.gz --url http://shop.example:8080 --json",
        "ordertrail import retail online_retail_II.csv.gz --rate 100",
    ),
)


@app.command
def retail(
    file: Annotated[ExistingFile, Parameter(help="The CSV file, plain or gzipped.")],
    *,
    url: Annotated[
        str | None,
        Parameter(help="The API [default: what runs on the data folder, else one for this run]."),
    ] = None,
    concurrency: Annotated[
        int,
        Parameter(
            validator=Number(gte=1, lte=CONCURRENCY_MAX), help="Batches under way at a time."
        ),
    ] = CONCURRENCY,
    rate: Annotated[
        float | None,
        Parameter(
            validator=Number(gt=0),
            help="Orders sent per second [default: as many as the API takes].",
        ),
    ] = None,
    rejects: Annotated[
        ResolvedPath | None, Parameter(help="Write the rejected lines here, as CSV.")
    ] = None,
    shared: Shared | None = None,
) -> int:
    """Replay UCI Online Retail II through the HTTP API.

    Sales with a customer become orders, one per invoice, that were paid, sent and delivered at its
    minute; credits become returns of what the customer bought at that price, and refunds; goods
    come in before the month that needs them, and write-offs take some away. The rest is rejected
    under its class. The import may be interrupted and run again: nothing happens twice.
    The business time zone of the system has to be Europe/London.
    """
    shared = shared or Shared()
    settings = shared.settings()
    content = load(file)

    async def work() -> int:
        async with target(settings, url) as address:
            imported = await import_file(address, content, concurrency, Pace(rate))
        if not is_watched():
            sent = imported.sent
            note("imported", new=sent.accepted, replayed=sent.replayed, repeated=sent.repeated)
        if rejects is not None:
            write_rejects(rejects, imported.rejected)
        if shared.as_json:
            write_json(document(imported))
        else:
            show(imported, rejects)
        return Exit.FAILED if tell_refused(imported) else Exit.OK

    return run_async(work)


def load(path: Path) -> RetailFile:
    """Read the file, telling how it goes.

    Raises:
        UsageFailed: it is no file of the data set.
    """
    console = side_screen()
    try:
        with console.status(f"Reading {path.name} …"):
            with opened(path) as text:
                rows = count_rows(text)
            with opened(path) as text:
                return read_retail(text, rows=rows)
    except (
        RetailFileMalformed,
        UnicodeDecodeError,
        gzip.BadGzipFile,
        csv.Error,
        EOFError,
    ) as error:
        raise UsageFailed(f"{path} is no file of Online Retail II: {error}.") from error
    except OSError as error:
        raise UsageFailed(f"{path} cannot be read: {error.strerror}.") from error


@contextmanager
def opened(path: Path) -> Generator[io.TextIOWrapper]:
    """Open a file as text, unpacking it when it is packed."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        plain: Any = gzip.GzipFile(fileobj=raw) if is_packed else raw
        with io.TextIOWrapper(plain, encoding="utf-8", newline="") as text:
            yield text


@asynccontextmanager
async def target(settings: Settings, url: str | None) -> AsyncGenerator[str]:
    """Find the API to import into: the one named, the one that runs here, or one for this run."""
    if url is not None:
        if not url.startswith(("http://", "https://")):
            raise UsageFailed(f"--url {url!r} must begin with http:// or https://.")
        yield url.rstrip("/")
        return
    running = find_running(settings.data_dir)
    if running is not None:
        yield running.url
        return
    own = with_remembered_zone(settings.model_copy(update={"port": 0}), fallback=SHOP_ZONE)
    async with running_system(own, open_status()) as system:
        yield system.url


async def import_file(
    url: str, file: RetailFile, concurrency: int, pace: Pace | None = None
) -> Imported:
    """Send everything, wait until the read side has seen it, and ask what it says.

    `pace` is that of the orders; all else goes out as fast as the API takes it.

    Raises:
        CommandFailed, ConfigurationFailed: it could not be done.
    """
    began = time.monotonic()
    sent, credited = Sent(), match_credits(file)
    async with api_client(url, connections=concurrency + 1) as client:
        await require_shop_zone(client)
        await send_catalogue(client, file, concurrency, sent)
        await send_history(client, file, credited, Sending(concurrency, sent, pace))
        with open_status().step("Waiting for the read side", "read side is up to date"):
            sales = await read_sales(
                client, min_position=sent.position, channel=CHANNEL, seconds_max=FRESH_SECONDS_MAX
            )
    rejected = sorted([*file.rejected, *credited.refused, *refused_lines(file, credited, sent)])
    return Imported(file, credited, sent, sales, rejected, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class Sending:
    """How commands are sent, and what came of them."""

    concurrency: int
    sent: Sent
    pace: Pace | None


async def send_history(
    client: httpx2.AsyncClient, file: RetailFile, credited: Credits, sending: Sending
) -> None:
    """Send what happened, month by month, each step when the one before it is done.

    Raises:
        CommandFailed: the API does not answer any more.
    """
    months = months_of(file, credited.returns)
    total = sum(month.commands for month in months)
    with progress("Placing orders and carrying them out", total, "commands") as advance:
        for month in months:
            for step in steps_of(month, file):
                await send_all(
                    client,
                    step.items,
                    concurrency=sending.concurrency,
                    sent=sending.sent,
                    progress=advance,
                    pace=sending.pace if step.is_paced else Pace(commands_max=step.commands_max),
                )


async def require_shop_zone(client: httpx2.AsyncClient) -> None:
    """See to it that the system counts days as the shop did.

    Raises:
        ConfigurationFailed: it does not: sales would be booked into other days and months.
    """
    sales = await read_sales(client, min_position=0, seconds_max=ANSWER_SECONDS_MAX)
    if sales.business_time_zone != SHOP_ZONE:
        raise ConfigurationFailed(
            f"The system at {client.base_url} counts its days in {sales.business_time_zone}, and "
            f"the file is from {SHOP_ZONE}: orders near midnight would fall into other days and "
            f"months. Start it with ORDERTRAIL_BUSINESS_TIME_ZONE={SHOP_ZONE}, which an empty "
            "system takes at once and one with orders by a rebuild of its reports."
        )


async def send_catalogue(
    client: httpx2.AsyncClient, file: RetailFile, concurrency: int, sent: Sent
) -> None:
    """Register products, prices, stock and customers, before any order needs them.

    Raises:
        CommandFailed: the API refuses one of them.
    """
    phases = catalogue_phases(file)
    with progress("Registering products and customers", sum(map(len, phases)), "commands") as done:
        for phase in phases:
            await send_all(client, phase, concurrency=concurrency, sent=sent, progress=done)
            _require_accepted(sent)


def _require_accepted(sent: Sent) -> None:
    for item, result in sent.refused:
        if result.code not in ALREADY_THERE:
            raise CommandFailed(
                f"The API refuses {item.type} of {item.subject}: {result.code}. "
                f"{(result.problem or {}).get('detail', '')}"
            )


def tell_refused(imported: Imported) -> bool:
    """Tell what was refused, if anything was that is not there already."""
    refused = [
        (item, result) for item, result in imported.sent.refused if result.code not in ALREADY_THERE
    ]
    for command_type in dict.fromkeys(item.type for item, _ in refused):
        codes = Counter(result.code for item, result in refused if item.type == command_type)
        reasons = ", ".join(f"{count} {code}" for code, count in codes.most_common())
        what = "of the orders" if command_type == PLACE_ORDER else f"{command_type} commands"
        side_screen().print(f"[red]✗[/] {codes.total()} {what} were refused: {reasons}.")
    return bool(refused)
