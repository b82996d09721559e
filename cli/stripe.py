"""What do the settings say of Stripe, and can it be reached with them?"""

from importlib import import_module
from typing import Final

from pydantic import SecretStr

from cli.failures import ConfigurationFailed
from cli.settings import Settings, variable_of
from workers.options import StripeOptions

STRIPE: Final = "stripe"
_PURPOSES: Final = {
    "stripe_api_key": "the secret key of the account that takes the money",
    "stripe_webhook_secret": "the signing secret of the endpoint /v1/webhooks/stripe",
}


def stripe_options(settings: Settings) -> StripeOptions | None:
    """Tell how Stripe is reached; None if it is not the provider.

    Raises:
        ConfigurationFailed: the key or the library is missing.
    """
    if settings.payment_provider != STRIPE:
        return None
    key = _required(settings, "stripe_api_key")
    return StripeOptions(
        api_key=key, api_url=settings.stripe_api_url, return_url=settings.stripe_return_url
    )


def stripe_webhook_secret(settings: Settings) -> str | None:
    """Tell how Stripe signs its webhooks; None if none are taken.

    Without Stripe as provider, what it still has to say of older payments is heard.

    Raises:
        ConfigurationFailed: the secret or the library is missing.
    """
    if settings.payment_provider != STRIPE and settings.stripe_webhook_secret is None:
        return None
    return _required(settings, "stripe_webhook_secret")


def _required(settings: Settings, field: str) -> str:
    secret: SecretStr | None = getattr(settings, field)
    if secret is None:
        variable = variable_of(field)
        raise ConfigurationFailed(
            f"{variable} is not set: {_PURPOSES[field]}, wanted because "
            f"{variable_of('payment_provider')} is {STRIPE}. Stripe's dashboard shows it; set "
            f"{variable} or {variable}_FILE."
        )
    try:
        import_module(STRIPE)
    except ImportError as error:
        raise ConfigurationFailed(
            f"Stripe's library cannot be loaded ({error}); it comes with the extra `stripe`: "
            "pip install 'ordertrail[stripe]'."
        ) from error
    return secret.get_secret_value()
