"""ordertrail parked: which events could a read model not apply, and how does it go on?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from cli.database import needing_database, require_database
from cli.failures import CommandFailed, Exit, UsageFailed
from cli.options import Shared, examples, user_name
from cli.output import printable, screen, table, write_json
from cli.running import as_running, database_of
from cli.settings import Settings
from cli.signals import run_async
from projections.registry import projections
from sql.checkpoints import StaleProjection
from sql.connection import Connection, connect
from sql.migrate import role_name
from sql.parked import (
    ParkedKey,
    ParkedKeyUnknown,
    RetryResult,
    discard_parked,
    list_parked,
    retry_parked,
)

app = App(
    name="parked",
    help="See what read models could not apply, retry or discard it.",
    help_epilogue=examples(
        "ordertrail parked list",
        "ordertrail parked retry 17",
        "ordertrail parked retry --all",
        'ordertrail parked discard 17 --reason "placed by a broken test, ticket 4711"',
    ),
)

ParkedId = Annotated[int, Parameter(validator=Number(gte=1), help="As `parked list` names it.")]


@app.command(name="list")
def list_(*, shared: Shared | None = None) -> int:
    """List the rows and streams whose events wait, and why.

    The first event of each could not be applied; those behind it wait so that they are applied in
    their order. Everything else goes on.
    """
    shared = shared or Shared()

    async def work(connection: Connection, _: Settings) -> int:
        found = await list_parked(connection)
        if shared.as_json:
            write_json([asdict(parked) for parked in found])
        else:
            _show(found)
        return Exit.OK

    return _connected(shared, "query", work)


@app.command
def retry(
    parked_id: ParkedId | None = None,
    /,
    *,
    every: Annotated[bool, Parameter(name="--all", negative="", help="Retry all of them.")] = False,
    shared: Shared | None = None,
) -> int:
    """Apply what waits, all of it in its order or nothing, after the cause was removed.

    Exit code 1 when something stays parked, or when there is nothing under this id.
    """
    shared = shared or Shared()
    if (parked_id is None) != every:
        raise UsageFailed("Name what to retry by its id, or say --all.")

    async def work(connection: Connection, settings: Settings) -> int:
        known = projections(settings.business_time_zone)
        if parked_id is not None:
            results = [await _known(parked_id, retry_parked(connection, known, parked_id))]
        else:
            results: list[RetryResult] = []
            for parked in await list_parked(connection):
                try:
                    results.append(await retry_parked(connection, known, parked.id))
                except ParkedKeyUnknown:
                    continue  # went with one before it, or somebody else was faster
        return _tell(results, as_json=shared.as_json)

    return _connected(shared, "worker", work)


@app.command
def discard(
    parked_id: ParkedId,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why this event may be skipped, for those who ask.")],
    by: Annotated[
        str | None, Parameter(help="Who decided it [default: the user who runs this].")
    ] = None,
    shared: Shared | None = None,
) -> int:
    """Skip the event at fault for good, and apply what waits behind it.

    The log keeps the event; only this row or stream of this read model does without it, in every
    rebuild too. Asks nothing. Exit code 1 when an event behind it cannot be applied either.
    """
    shared = shared or Shared()
    if not reason.strip():
        raise UsageFailed("Say with --reason why the event may be skipped.")

    async def work(connection: Connection, settings: Settings) -> int:
        known = projections(settings.business_time_zone)
        skipped = discard_parked(
            connection, known, parked_id, reason=reason.strip(), by=by or user_name()
        )
        return _tell([await _known(parked_id, skipped)], as_json=shared.as_json)

    return _connected(shared, "worker", work)


def _connected(
    shared: Shared, role: str, work: Callable[[Connection, Settings], Awaitable[int]]
) -> int:
    """Work on a connection to the database of the system that is meant."""
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def connected() -> int:
        await require_database(url, settings.role_prefix)
        with needing_database(url):
            async with await connect(
                url,
                role=role_name(settings.role_prefix, role),
                application="ordertrail parked",
            ) as connection:
                try:
                    return await work(connection, settings)
                except StaleProjection as error:
                    raise CommandFailed(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error

    return run_async(connected)


async def _known(parked_id: int, result: Awaitable[RetryResult]) -> RetryResult:
    try:
        return await result
    except ParkedKeyUnknown:
        raise CommandFailed(f"Nothing is parked under {parked_id} (any more).") from None


def _tell(results: Sequence[RetryResult], *, as_json: bool) -> int:
    stays = any(result.still_parked_since is not None for result in results)
    if as_json:
        write_json({"results": [asdict(result) for result in results]})
    elif not results:
        screen().print("[green]✓[/] Nothing is parked.")
    for result in () if as_json else results:
        screen().print(_sentence(result))
    return Exit.FAILED if stays else Exit.OK


def _sentence(result: RetryResult) -> str:
    name = f"{result.projection} {result.kind} {printable(result.key)}"
    applied = f"{result.applied:,} event{'' if result.applied == 1 else 's'} applied"
    if result.still_parked_since is None:
        return f"[green]✓[/] {name}: {applied}, nothing waits any more."
    why = printable(result.detail or "the cause is still there")
    return f"[red]✗[/] {name}: {applied}, parked since {result.still_parked_since:,}: {why}"


def _show(found: Sequence[ParkedKey]) -> None:
    if not found:
        screen().print("[green]✓[/] Nothing is parked.")
        return
    columns = ("id", "projection", "what", "key", "since", "waiting", "tries", "why", "detail")
    rows = [_row(parked) for parked in found]
    screen().print(table(None, columns, rows, numbers="id, since, waiting, tries"))


def _row(parked: ParkedKey) -> tuple[Any, ...]:
    return (
        str(parked.id),
        parked.projection,
        parked.kind,
        printable(parked.key),
        f"{parked.since_position:,}",
        f"{parked.waiting_events:,}",
        str(parked.tries),
        parked.code,
        printable(parked.detail),
    )
