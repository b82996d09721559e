"""ordertrail worker: keeps the read models of some projector groups up to date."""

import os
from collections.abc import Mapping
from typing import Annotated, Final

from cyclopts import App, Parameter

from cli.broker import broker_options
from cli.exposing import MetricsPort, exposing
from cli.failures import ConfigurationFailed, Exit, UsageFailed
from cli.groups import groups_of
from cli.options import Shared, examples
from cli.process import Prepared, Supervised, prepare, require_schema
from cli.signals import run_async
from projections.registry import projections
from sql.checkpoints import StaleProjection
from sql.migrate import role_name
from workers.exposition import OFF, FollowerMetrics
from workers.metrics import FollowerCounters
from workers.options import PACE_SECONDS, GroupOptions, ProjectorOptions
from workers.projector import run_projector
from workers.topology import TopologyMismatch

PACE_SECONDS_OF: Final[Mapping[str, float]] = {"analytics": 0.25}
"""Reports may be a quarter of a second behind: the rows of a day and of a product are touched by
order after order, so that a few large batches cost a fraction of many small ones."""

PATIENT_NICENESS: Final = 5

app = App(
    name="worker",
    help_epilogue=examples(
        "ordertrail worker",
        "ordertrail worker --group operational",
        "ordertrail worker --metrics-port 9102",
    ),
)


@app.default
def worker(
    *,
    group: Annotated[
        list[str] | None,
        Parameter(negative="", help="A projector group; may be repeated [default: all]."),
    ] = None,
    metrics_port: MetricsPort = OFF,
    supervised: Supervised = False,
    shared: Shared | None = None,
) -> int:
    """Keep read models up to date.

    Reads the broker where AMQP_URL names one, else the log itself. One worker writes a group at a
    time; others stand by. What an event touches that cannot be applied is parked: see
    `ordertrail parked list`.
    """
    name = f"worker-{'-'.join(group)}" if group else "worker"
    prepared = prepare(name, shared or Shared(), supervised=supervised)
    wanted = _wanted(groups_of(prepared.settings), group)

    if all(name in PACE_SECONDS_OF for name in wanted):
        os.nice(PATIENT_NICENESS)  # on a busy machine reports give way to orders

    async def work() -> int:
        await require_schema(prepared)
        counters = {name: FollowerCounters() for name, names in wanted.items() if names}
        with exposing(prepared.settings, metrics_port, FollowerMetrics(counters)):
            await _run(_options(prepared, wanted), counters)
        return Exit.OK

    return run_async(work)


def _wanted(
    groups: Mapping[str, tuple[str, ...]], named: list[str] | None
) -> Mapping[str, tuple[str, ...]]:
    unknown = [name for name in named or [] if name not in groups]
    if unknown:
        raise UsageFailed(f"There is no group {unknown[0]!r}; there are: {', '.join(groups)}.")
    return {name: names for name, names in groups.items() if named is None or name in named}


def _options(prepared: Prepared, groups: Mapping[str, tuple[str, ...]]) -> ProjectorOptions:
    settings = prepared.settings
    known = projections(settings.business_time_zone)
    return ProjectorOptions(
        database_url=prepared.database_url,
        role=role_name(settings.role_prefix, "worker"),
        groups=tuple(
            GroupOptions(
                name=name,
                projections=tuple(known[projection] for projection in names),
                pace_seconds=PACE_SECONDS_OF.get(name, PACE_SECONDS),
            )
            for name, names in groups.items()
        ),
        broker=broker_options(settings),
    )


async def _run(options: ProjectorOptions, counters: Mapping[str, FollowerCounters]) -> None:
    try:
        await run_projector(options, counters)
    except TopologyMismatch as error:
        raise ConfigurationFailed(f"RabbitMQ: {error}") from error
    except StaleProjection as error:
        raise ConfigurationFailed(str(error)) from error
