"""ordertrail projections: how do the read models stand, and how is one built anew?"""

from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.database import needing_database, require_database
from cli.failures import CommandFailed, Exit, UsageFailed
from cli.options import Shared, examples
from cli.output import screen, table, write_json
from cli.process import spare_the_collector
from cli.progress import moving_progress
from cli.running import as_running, database_of
from cli.settings import Settings
from cli.signals import run_async
from domain.errors import ProjectionFailed, UndecodableEvent
from projections.projection import Projection
from projections.registry import projections
from sql.checkpoints import GenerationState
from sql.connection import connect
from sql.migrate import role_name
from sql.projection_status import ProjectionStatus, list_projections
from sql.rebuild import RebuildBlocked, RebuildLocked, RebuildResult, rebuild

app = App(
    name="projections",
    help="List the read models, rebuild one.",
    help_epilogue=examples(
        "ordertrail projections list",
        "ordertrail projections rebuild sales_daily",
    ),
)


@app.command(name="list")
def list_(*, shared: Shared | None = None) -> int:
    """List every read model: its table, its checkpoint, how far it is behind, what is parked."""
    shared = shared or Shared()
    settings = as_running(shared.settings())
    url = database_of(settings)

    async def work() -> int:
        found = await read_status(url, settings)
        if shared.as_json:
            write_json([_document(status) for status in found])
        else:
            _show(found)
        return Exit.OK

    return run_async(work)


async def read_status(url: str, settings: Settings) -> list[ProjectionStatus]:
    """Ask the database how every generation stands.

    Raises:
        ConfigurationFailed: the database is not there.
    """
    await require_database(url, settings.role_prefix)
    role = role_name(settings.role_prefix, "query")
    with needing_database(url):
        async with await connect(
            url, role=role, application="ordertrail projections"
        ) as connection:
            return await list_projections(connection, projections(settings.business_time_zone))


@app.command(name="rebuild")
def rebuild_(
    name: Annotated[str, Parameter(help="The read model, as `projections list` names it.")],
    *,
    shared: Shared | None = None,
) -> int:
    """Build the table of a read model anew from the log, and switch to it.

    Queries and writers go on meanwhile. A rebuild that was interrupted goes on where it was when
    it is called again. Exit code 1 while another rebuild of it runs.
    """
    shared = shared or Shared()
    settings = shared.settings()
    known = projections(settings.business_time_zone)
    if name not in known:
        raise UsageFailed(f"There is no projection {name!r}; there are: {', '.join(known)}.")
    settings = as_running(settings)
    projection = projections(settings.business_time_zone)[name]
    url = database_of(settings)

    async def work() -> int:
        await require_database(url, settings.role_prefix)
        result = await _rebuild(url, projection, settings.role_prefix)
        if shared.as_json:
            write_json(
                {
                    "projection": result.projection,
                    "generation": result.generation,
                    "position": result.position,
                    "events": result.events,
                    "seconds": round(result.seconds, 3),
                    "resumed": result.is_resumed,
                    "dropped": result.dropped,
                }
            )
        else:
            screen().print(
                f"[green]✓[/] {result.projection} now shows generation {result.generation}, built "
                f"from {result.events:,} events in {result.seconds:.1f} s, up to position "
                f"{result.position:,}."
            )
        return Exit.OK

    return run_async(work)


async def _rebuild(url: str, projection: Projection, role_prefix: str) -> RebuildResult:
    spare_the_collector()
    try:
        with (
            needing_database(url),
            moving_progress(f"Rebuilding {projection.name}", "events") as move_to,
        ):
            return await rebuild(
                url,
                projection,
                role_prefix=role_prefix,
                on_progress=lambda now: move_to(now.position, now.head),
            )
    except (RebuildLocked, RebuildBlocked) as error:
        raise CommandFailed(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except (ProjectionFailed, UndecodableEvent) as error:
        raise CommandFailed(
            f"The rebuild stopped, and the live table is untouched: {error.detail}"
        ) from error


def _show(found: list[ProjectionStatus]) -> None:
    rows = [
        (
            status.name,
            str(status.generation),
            _state(status),
            f"{status.checkpoint:,}",
            f"{status.lag_events:,}",
            f"[red]{status.parked_keys:,}[/]" if status.parked_keys else "0",
            f"{status.discarded_events:,}",
            f"{status.updated_at:%Y-%m-%d %H:%M:%S}",
        )
        for status in found
    ]
    columns = (
        "projection",
        "generation",
        "state",
        "position",
        "behind",
        "parked",
        "discarded",
        "moved (UTC)",
    )
    numbers = "generation, position, behind, parked, discarded"
    screen().print(table(None, columns, rows, numbers=numbers))


def _state(status: ProjectionStatus) -> str:
    if status.wants_rebuild:
        return "[red]wants a rebuild[/]"
    colour = "green" if status.state is GenerationState.LIVE else "dim"
    return f"[{colour}]{status.state}[/]"


def _document(status: ProjectionStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "generation": status.generation,
        "state": status.state,
        "position": status.checkpoint,
        "head_position": status.head,
        "lag_events": status.lag_events,
        "parked_keys": status.parked_keys,
        "discarded_events": status.discarded_events,
        "fold_version": status.fold_version,
        "wants_rebuild": status.wants_rebuild,
        "updated_at": status.updated_at.isoformat(),
    }
