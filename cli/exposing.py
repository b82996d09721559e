"""Where does a relay or a worker show its figures to a monitor?"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number
from prometheus_client.registry import Collector

from cli.failures import ConfigurationFailed
from cli.settings import Settings
from workers.exposition import exposed

PORT_MAX: Final = 65_535
MetricsPort = Annotated[
    int,
    Parameter(
        validator=Number(gte=0, lte=PORT_MAX),
        help="Serve figures for Prometheus on this port of ORDERTRAIL_HOST; 0: none.",
    ),
]


@contextmanager
def exposing(settings: Settings, port: int, metrics: Collector) -> Generator[None]:
    """Serve the metrics of a process while it works.

    Raises:
        ConfigurationFailed: the port is taken, or the address is not this machine's.
    """
    with ExitStack() as ending:
        try:
            ending.enter_context(exposed(settings.host, port, metrics))
        except OSError as error:
            raise ConfigurationFailed(
                f"The metrics cannot be served on {settings.host}:{port}: "
                f"{error.strerror or error}."
            ) from error
        yield
