"""What do monitors see of an API process and of the database behind it?

The text format of Prometheus under `/metrics`. What the process counts is always there; how far
the read tables and the relay are is asked of the database while the monitor waits, and is the same
from every process. No label carries an id. docs/parked.md has the table.

Source: reliability.md DEL-14.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.types import Receive, Scope, Send

from api.headers import header_map, header_text
from api.measures import Histogram, Measures
from api.routes import Application, PlainRoute
from domain.errors import OrderTrailError
from sql.queries.reader import Reader, Row
from sql.queries.status import projection_status, relay_status

DATABASE_SECONDS_MAX: Final = 3.0
PROJECTION_FIGURES: Final = (
    ("position", "position", "Place in the log up to which the table is folded."),
    ("lag_events", "lag_events", "Events of the log that the table does not have yet."),
    ("lag_seconds", "lag_seconds", "Age of the oldest event that the table does not have yet."),
    ("parked", "parked_keys", "Rows and streams whose events wait for an operator."),
    ("discarded", "discarded_events", "Events that somebody decided to skip."),
)
"""Name -> column of the status, and what it means."""

_PROCESS: Final = ProcessCollector(registry=None)
_LOG: Final = logging.getLogger("ordertrail.api")


class Families(Collector):
    """Metrics that were collected before they are written."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Hand them over."""
        return self._families


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what this process counts and how the read side stands."""
    del receive
    services = cast("Application", scope["app"]).services
    families = [*process_families(services.measures)]
    families += await database_families(services.reads.reader)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_PROCESS)
    registry.register(Families(families))
    encode, content_type = choose_encoder(
        header_text(header_map(scope["headers"]), b"accept") or ""
    )
    body = encode(registry)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def process_families(measures: Measures) -> Iterator[Metric]:
    """Write what the process counts."""
    commands = CounterMetricFamily(
        "ordertrail_commands",
        "Commands by their outcome: accepted, replayed, or the code of the refusal.",
        labels=("command", "outcome"),
    )
    for labels, count in sorted(measures.commands.items()):
        commands.add_metric(labels, count)
    yield commands
    yield _histogram(
        "ordertrail_append_seconds",
        "From the decision of a command to its outcome on disk.",
        measures.append_seconds,
    )
    yield _histogram(
        "ordertrail_append_batch_commands",
        "Commands that went out together.",
        measures.batch_commands,
    )
    yield GaugeMetricFamily(
        "ordertrail_append_queue_commands",
        "Commands that wait for their batch.",
        value=measures.queued_commands(),
    )


def _histogram(name: str, meaning: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(
        name, meaning, buckets=histogram.buckets(), sum_value=histogram.total
    )


async def database_families(reader: Reader) -> Sequence[Metric]:
    """Ask the database how far everybody is; without an answer say that there was none."""
    answers = GaugeMetricFamily("ordertrail_database_up", "1 while the database answers queries.")
    try:
        async with asyncio.timeout(DATABASE_SECONDS_MAX):
            rows = await projection_status(reader)
            relay = await relay_status(reader)
    except (OrderTrailError, TimeoutError) as error:
        _LOG.warning("metrics without the database: %s", error or "no answer in time")
        answers.add_metric((), 0)
        return [answers]
    answers.add_metric((), 1)
    return [
        answers,
        *relay_families(relay),
        *projection_families([row for row in rows if row["state"] == "live"]),
    ]


def relay_families(relay: Row) -> Iterator[Metric]:
    """Write how long the log is, and how far behind it the relay, where there ever was one."""
    yield GaugeMetricFamily(
        "ordertrail_log_head_position", "Place of the last event.", value=relay["head_position"]
    )
    if relay["position"] > 0:
        yield GaugeMetricFamily(
            "ordertrail_relay_lag_events",
            "Events that the broker has not confirmed yet.",
            value=relay["lag_events"],
        )


def projection_families(live: Sequence[Row]) -> Iterator[Metric]:
    """Write how the read tables stand that queries see."""
    for name, column, meaning in PROJECTION_FIGURES:
        family = GaugeMetricFamily(f"ordertrail_projection_{name}", meaning, labels=("projection",))
        for row in live:
            family.add_metric((row["name"],), row[column])
        yield family


METRICS_ROUTE: Final = PlainRoute("/metrics", metrics)
