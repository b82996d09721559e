"""ordertrail relay: carries the log to the broker, or stands by for the relay that does."""

from cyclopts import App

from cli.broker import broker_options
from cli.exposing import MetricsPort, exposing
from cli.failures import ConfigurationFailed, Exit
from cli.options import Shared, examples
from cli.process import Supervised, prepare, require_schema
from cli.signals import run_async
from sql.migrate import role_name
from workers.exposition import OFF, RelayMetrics
from workers.metrics import RelayCounters
from workers.options import RelayOptions
from workers.relay import run_relay
from workers.topology import TopologyMismatch

app = App(
    name="relay",
    help_epilogue=examples(
        "AMQP_URL=amqp://guest:guest@localhost/ ordertrail relay",
        "ordertrail relay --metrics-port 9101",
    ),
)


@app.default
def relay(
    *,
    metrics_port: MetricsPort = OFF,
    supervised: Supervised = False,
    shared: Shared | None = None,
) -> int:
    """Carry the log to the broker.

    Needs DATABASE_URL, AMQP_URL and ORDERTRAIL_SLICE_HMAC_KEY. One relay is active at a time;
    others stand by and take over within ten seconds.
    """
    prepared = prepare("relay", shared or Shared(), supervised=supervised)
    broker = broker_options(prepared.settings)
    if broker is None:
        raise ConfigurationFailed(
            "AMQP_URL is not set: without a broker there is nothing to relay, and the workers read "
            "the log themselves."
        )

    async def work() -> int:
        await require_schema(prepared)
        role = role_name(prepared.settings.role_prefix, "relay")
        options = RelayOptions(database_url=prepared.database_url, role=role, broker=broker)
        counters = RelayCounters()
        try:
            with exposing(prepared.settings, metrics_port, RelayMetrics(counters)):
                await run_relay(options, counters)
        except TopologyMismatch as error:
            raise ConfigurationFailed(f"RabbitMQ: {error}") from error
        return Exit.OK

    return run_async(work)
