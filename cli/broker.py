"""What are relay and workers told about the broker?"""

from cli.groups import groups_of
from cli.keys import required_key
from cli.settings import Settings
from workers.options import BrokerOptions


def broker_options(settings: Settings) -> BrokerOptions | None:
    """Tell how the broker is reached and which queues there are; None without a broker.

    Raises:
        ConfigurationFailed: there is a broker, but no key to sign with.
    """
    if settings.amqp_url is None:
        return None
    return BrokerOptions(
        url=settings.amqp_url.get_secret_value(),
        groups=tuple(group for group, names in groups_of(settings).items() if names),
        signing_key=required_key(settings, "slice_hmac_key"),
    )
