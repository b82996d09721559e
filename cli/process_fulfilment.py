"""ordertrail fulfilment: carries orders out, from stock and money to parcels."""

from importlib.metadata import version

from cyclopts import App

from cli.broker import broker_options
from cli.exposing import MetricsPort, exposing
from cli.failures import ConfigurationFailed, Exit
from cli.options import Shared, examples
from cli.process import CODE_VERSION_PACKAGE, Prepared, Supervised, prepare, require_schema
from cli.process_api import DEFAULT_POLICY, load_fulfilment_policy
from cli.signals import run_async
from cli.stripe import stripe_options
from workers.exposition import OFF, FollowerMetrics
from workers.metrics import FollowerCounters
from workers.process import CONSUMERS, ProcessOptions, run_process
from workers.topology import TopologyMismatch

app = App(
    name="fulfilment",
    help_epilogue=examples(
        "ordertrail fulfilment",
        "ORDERTRAIL_SANDBOX_URL=http://127.0.0.1:8090 ordertrail fulfilment",
        "ORDERTRAIL_PAYMENT_PROVIDER=stripe ORDERTRAIL_STRIPE_API_KEY_FILE=key "
        "ordertrail fulfilment",
    ),
)


@app.default
def fulfilment(
    *,
    metrics_port: MetricsPort = OFF,
    supervised: Supervised = False,
    shared: Shared | None = None,
) -> int:
    """Carry orders out.

    Reacts to the log (over the broker where AMQP_URL names one), keeps stock, asks the payment
    provider and the carrier of the settings, and keeps time. One process is active at a time;
    others stand by.
    """
    prepared = prepare("fulfilment", shared or Shared(), supervised=supervised)

    async def work() -> int:
        await require_schema(prepared)
        counters = {name: FollowerCounters() for name in CONSUMERS}
        with exposing(prepared.settings, metrics_port, FollowerMetrics(counters)):
            try:
                await run_process(process_options(prepared), counters)
            except TopologyMismatch as error:
                raise ConfigurationFailed(f"RabbitMQ: {error}") from error
        return Exit.OK

    return run_async(work)


def process_options(prepared: Prepared) -> ProcessOptions:
    """Tell the process what the settings say of it.

    Raises:
        ConfigurationFailed: the policy cannot be read, or the provider not be reached like this.
    """
    settings = prepared.settings
    return ProcessOptions(
        database_url=prepared.database_url,
        role_prefix=settings.role_prefix,
        code_version=version(CODE_VERSION_PACKAGE),
        policy=load_fulfilment_policy(settings.policy_file or DEFAULT_POLICY),
        broker=broker_options(settings),
        sandbox_url=settings.sandbox_url,
        stripe=stripe_options(settings),
    )
