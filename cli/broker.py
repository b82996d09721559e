"""What are relay and workers told about the broker, and what does an operator see without one?"""

from collections.abc import Generator
from contextlib import contextmanager

from cli.database import masked, without_password
from cli.failures import ConfigurationFailed
from cli.groups import groups_of
from cli.keys import required_key
from cli.running import find_running
from cli.settings import Settings
from workers.broker import BrokerLost
from workers.options import BrokerOptions
from workers.process import CONSUMERS


def broker_options(settings: Settings) -> BrokerOptions | None:
    """Tell how the broker is reached and which queues there are; None without a broker.

    Raises:
        ConfigurationFailed: there is a broker, but no key to sign with.
    """
    if settings.amqp_url is None:
        return None
    return BrokerOptions(
        url=settings.amqp_url.get_secret_value(),
        groups=(
            *(group for group, names in groups_of(settings).items() if names),
            *(CONSUMERS if settings.fulfilment_enabled else ()),
        ),
        signing_key=required_key(settings, "slice_hmac_key"),
    )


def broker_of(settings: Settings) -> str:
    """Tell the address of the broker that the settings, or the system that runs, name.

    Raises:
        ConfigurationFailed: there is none.
    """
    if settings.amqp_url is not None:
        return settings.amqp_url.get_secret_value()
    running = find_running(settings.data_dir) if settings.is_embedded else None
    if running is None or running.amqp_url is None:
        raise ConfigurationFailed(
            "AMQP_URL is not set and no system with a broker runs on "
            f"{settings.data_dir}: without a broker there are no dead letters."
        )
    return running.amqp_url


@contextmanager
def needing_broker(url: str) -> Generator[None]:
    """Make a broker that is lost the end of the command.

    Raises:
        ConfigurationFailed: in place of what the broker's library raises.
    """
    try:
        yield
    except BrokerLost as error:
        said = without_password(error.detail, url)
        raise ConfigurationFailed(f"The broker {masked(url)} cannot be used: {said}") from None
