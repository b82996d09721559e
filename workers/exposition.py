"""How do monitors get at the counters of a relay or a worker?

Over HTTP on a port of their own, in the text format of Prometheus, served by a thread of the
client library. A counter is read as it stands: the loops only ever add to plain numbers. The
database's view, how far each table and the relay are, is exposed by the API.

Source: reliability.md DEL-14; docs/parked.md has the table.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from workers.metrics import FollowerCounters, RelayCounters

OFF: Final = 0
"""The port that opens none."""

GAUGES: Final = frozenset({"position", "lag_events", "parked", "checkpoint"})
MEANINGS: Final[Mapping[str, str]] = {
    "batches": "Transactions that moved rows and checkpoints.",
    "events": "Events that were applied, or brought to the broker.",
    "from_store": "Events that were read from the log instead of the broker.",
    "healed_gap": "Events that a gap between two messages left out, read from the log.",
    "healed_idle": "Events that the broker did not bring in time, read from the log.",
    "withheld_read": "Events read from the log for the personal fields that messages leave out.",
    "duplicates": "Messages that brought nothing new.",
    "other_log": "Messages of another log, dropped.",
    "dead_letters": "Messages that nobody could use, moved to ordertrail.dead.",
    "handed_back": "Times that deliveries were given back to the broker.",
    "attached": "Times that consuming began.",
    "failures": "Terms that ended because the database or the broker was lost.",
    "position": "Least position up to which the tables of the group are folded.",
    "lag_events": "Events of the log that the tables of the group did not have when last compared.",
    "parked": "Rows and streams of the group whose events wait for an operator.",
    "slices": "Messages that the broker has confirmed.",
    "returned": "Times that a message came back because no queue took it.",
    "blocked": "Times that the broker let nobody publish (an alarm).",
    "checkpoint": "Position up to which the broker has confirmed everything.",
}


class FollowerMetrics(Collector):
    """The counters of the followers of a process, by the name of their group."""

    def __init__(self, counters: Mapping[str, FollowerCounters]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Write them as they stand."""
        values = {group: asdict(counters) for group, counters in self._counters.items()}
        for name in asdict(FollowerCounters()):
            family = _family("follower", name, ("group",))
            for group, counted in values.items():
                family.add_metric((group,), counted[name])
            yield family


class RelayMetrics(Collector):
    """The counters of the relay of a process."""

    def __init__(self, counters: RelayCounters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Write them as they stand."""
        values = asdict(self._counters)
        yield SummaryMetricFamily(
            "ordertrail_relay_confirm_seconds",
            "From publishing a message to its confirm.",
            count_value=values["slices"],
            sum_value=values.pop("confirm_seconds"),
        )
        for name, value in values.items():
            family = _family("relay", name, ())
            family.add_metric((), value)
            yield family


def _family(
    who: str, name: str, labels: tuple[str, ...]
) -> CounterMetricFamily | GaugeMetricFamily:
    kind = GaugeMetricFamily if name in GAUGES else CounterMetricFamily
    return kind(f"ordertrail_{who}_{name}", MEANINGS.get(name, name), labels=labels)


@contextmanager
def exposed(host: str, port: int, metrics: Collector) -> Generator[None]:
    """Serve metrics as long as the block runs; on port 0, none.

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """
    if port == OFF:
        yield
        return
    stop = _start(host, port, metrics)
    try:
        yield
    finally:
        stop()


def _start(host: str, port: int, metrics: Collector) -> Callable[[], None]:
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(metrics)
    server, thread = start_http_server(port, host, registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
