"""What is OrderTrail told from outside?

`DATABASE_URL` and `AMQP_URL` as everybody writes them, all else with the prefix `ORDERTRAIL_`.
Secrets may stand in files: `DATABASE_URL_FILE`, `ORDERTRAIL_EMAIL_HMAC_KEY_FILE` and so on name a
file whose content is the value. No other part of the code reads the environment.
"""

import os
import re
import sys
from collections.abc import Mapping
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from cli.failures import ConfigurationFailed
from domain.envelope import Actor, ActorKind

PREFIX: Final = "ORDERTRAIL_"
UNPREFIXED: Final[Mapping[str, str]] = {"database_url": "DATABASE_URL", "amqp_url": "AMQP_URL"}
SECRETS: Final = (
    "database_url",
    "amqp_url",
    "email_hmac_key",
    "slice_hmac_key",
    "webhook_hmac_key",
    "stripe_api_key",
    "stripe_webhook_secret",
)
FILE_SUFFIX: Final = "_FILE"
BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
KEY_CHARACTERS_MIN: Final = 32
SYSTEM_DATA_DIR: Final = Path("/var/lib/ordertrail/data")
OPERATOR: Final = Actor(ActorKind.STAFF, "operator")
ANONYMOUS: Final = Actor(ActorKind.CUSTOMER, "anonymous")


def default_data_dir() -> Path:
    """Tell where the embedded servers keep their data: the place the platform means for it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return SYSTEM_DATA_DIR
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ordertrail"
    shared = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(shared) if shared.startswith("/") else Path.home() / ".local" / "share"
    return folder / "ordertrail"


def variable_of(field: str) -> str:
    """Name the environment variable of a setting."""
    return UNPREFIXED.get(field, PREFIX + field.upper())


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            "no such time zone; write it as in the IANA list: Europe/London"
        ) from error
    return name


def _with_scheme(schemes: tuple[str, ...], value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url.partition("://")[0] not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if BROKEN_ESCAPE.search(url):
        raise ValueError("has a % that begins no escape; write %25 for a percent sign")
    try:
        urlsplit(url)
    except ValueError:
        raise ValueError("is no URL; write special characters of a password as %xx") from None
    return value


def _long_enough(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < KEY_CHARACTERS_MIN:
        raise ValueError(
            f"a key has at least {KEY_CHARACTERS_MIN} characters; `openssl rand -hex 32` makes one"
        )
    return key


def _beginning_with(prefixes: tuple[str, ...], secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(prefixes):
        raise ValueError(f"begins with {' or '.join(prefixes)}")
    return secret


SecretKey = Annotated[SecretStr, AfterValidator(_long_enough)]
DatabaseUrl = Annotated[
    SecretStr, AfterValidator(partial(_with_scheme, ("postgresql", "postgres")))
]
BrokerUrl = Annotated[SecretStr, AfterValidator(partial(_with_scheme, ("amqp", "amqps")))]
StripeKey = Annotated[SecretStr, AfterValidator(partial(_beginning_with, ("sk_", "rk_")))]
StripeWebhookSecret = Annotated[SecretStr, AfterValidator(partial(_beginning_with, ("whsec_",)))]


class FileVariables(PydanticBaseSettingsSource):
    """Reads secrets from the files that the variables with the suffix `_FILE` name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one secret; None when its variable is not set."""
        del field
        variable = variable_of(field_name) + FILE_SUFFIX
        path = os.environ.get(variable)
        if field_name not in SECRETS or not path:
            return None, field_name, False
        if os.environ.get(variable_of(field_name)):
            raise ConfigurationFailed(
                f"{variable_of(field_name)} and {variable} are both set; keep one of them."
            )
        try:
            return Path(path).read_text().strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationFailed(f"{variable} names {path}: {error}.") from error

    def __call__(self) -> dict[str, Any]:
        """Read all secrets that stand in files."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {
            UNPREFIXED.get(name, name): value for name, value in found.items() if value is not None
        }


class Settings(BaseSettings):
    """Everything that can be set; the defaults run an embedded system on this machine."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    database_url: Annotated[
        DatabaseUrl | None,
        Field(
            validation_alias="DATABASE_URL",
            description="PostgreSQL 15 or newer; without it a private one is started",
        ),
    ] = None
    amqp_url: Annotated[
        BrokerUrl | None,
        Field(
            validation_alias="AMQP_URL",
            description="RabbitMQ 3.10 or newer; without it the workers read the log themselves",
        ),
    ] = None
    host: Annotated[str, Field(description="address that the API listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="port of the API; 0: any free one")] = (
        8080
    )
    data_dir: Annotated[
        Path,
        Field(
            default_factory=default_data_dir,
            description="folder of the embedded servers, of generated keys and of what runs",
        ),
    ]
    role_prefix: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_]{0,39}$",
            description="database roles are named <prefix>_api, <prefix>_worker and so on",
        ),
    ] = "ordertrail"
    business_time_zone: Annotated[
        str,
        AfterValidator(_time_zone),
        Field(description="the zone whose midnight begins a business day"),
    ] = "UTC"
    groups: Annotated[
        dict[str, list[str]] | None,
        Field(description="projector groups as JSON; without it the groups of the code"),
    ] = None
    actor_kind: Annotated[
        ActorKind | None,
        Field(
            description="who commands count as: without it staff on a loopback address, "
            "else a customer"
        ),
    ] = None
    actor_id: Annotated[
        str | None, Field(min_length=1, max_length=200, description="the id of that actor")
    ] = None
    trusted_actor_header: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$",
            description="header in which a trusted proxy names the actor as kind:id",
        ),
    ] = None
    email_hmac_key: Annotated[
        SecretKey | None,
        Field(description="keys the hash under which an e-mail address is claimed"),
    ] = None
    slice_hmac_key: Annotated[
        SecretKey | None, Field(description="signs what travels over the broker")
    ] = None
    webhook_hmac_key: Annotated[
        SecretKey | None,
        Field(description="with which providers and carriers sign their webhooks"),
    ] = None
    payment_provider: Annotated[
        Literal["sandbox", "stripe"],
        Field(description="who authorises and takes money; stripe: the stripe_ settings"),
    ] = "sandbox"
    stripe_api_key: Annotated[
        StripeKey | None, Field(description="a secret or restricted key of Stripe's")
    ] = None
    stripe_webhook_secret: Annotated[
        StripeWebhookSecret | None, Field(description="with which Stripe signs its webhooks")
    ] = None
    stripe_api_url: Annotated[
        str, Field(pattern="^https?://", description="where Stripe is reached")
    ] = "https://api.stripe.com"
    stripe_return_url: Annotated[
        str | None,
        Field(
            pattern="^https?://",
            description="page that customers come back to from confirming a payment; without it "
            "they are given no link",
        ),
    ] = None
    sandbox_url: Annotated[
        str | None,
        Field(
            pattern="^https?://",
            description="payment provider and carrier: where `ordertrail sandbox` runs; without "
            "it nobody is called",
        ),
    ] = None
    fulfilment_enabled: Annotated[
        bool,
        Field(
            description="`ordertrail up` carries orders out, and the relay has queues for it; "
            "without, nobody empties them"
        ),
    ] = True
    docs_enabled: Annotated[
        bool, Field(description="serve the API's documentation under /docs")
    ] = True
    metrics_enabled: Annotated[
        bool, Field(description="serve figures for Prometheus under /metrics of the API")
    ] = True
    body_seconds_max: Annotated[
        float, Field(gt=0, le=300, description="how long the body of a request may take to arrive")
    ] = 10.0
    policy_file: Annotated[
        Path | None, Field(description="tax rates and shipping methods; without it the code's own")
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="what the processes log")
    ] = "info"
    command_pool_size: Annotated[
        int, Field(ge=1, le=100, description="database connections of an API process for commands")
    ] = 4
    query_pool_size: Annotated[
        int, Field(ge=1, le=100, description="database connections of an API process for queries")
    ] = 8

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say what wins: arguments, then the environment, then files that it names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, FileVariables(settings_cls)

    @property
    def actor(self) -> Actor:
        """The actor of a request that carries none: least rights where others can reach the API."""
        by_address = OPERATOR if is_loopback(self.host) else ANONYMOUS
        kind = self.actor_kind or by_address.kind
        own_id = by_address.id if kind is by_address.kind else "anonymous"
        return Actor(kind, self.actor_id or own_id)

    @property
    def is_embedded(self) -> bool:
        """True when the program brings its own PostgreSQL."""
        return self.database_url is None


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(**given: object) -> Settings:
    """Read the settings; what is given here (and not None) wins over the environment.

    Raises:
        ConfigurationFailed: a value is not allowed; the sentence names its variable.
    """
    arguments: dict[str, Any] = {
        UNPREFIXED.get(name, name): value for name, value in given.items() if value is not None
    }
    try:
        return Settings(**arguments)
    except ValidationError as error:
        raise ConfigurationFailed(_sentence(error)) from None  # the cause would show the value
    except ValueError as error:  # a variable that is no JSON
        raise ConfigurationFailed(f"Settings: {error}.") from None


def _sentence(error: ValidationError) -> str:
    """Name every wrong variable and what is wrong with it, but never its value."""
    parts: list[str] = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        first = str(item["loc"][0]) if item["loc"] else "?"
        name = first if first in UNPREFIXED.values() else variable_of(first)
        parts.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
    return "Settings: " + "; ".join(parts) + "."


def unknown_variables() -> list[str]:
    """List variables with our prefix that set nothing: most likely misspelt."""
    known = {variable_of(name) for name in Settings.model_fields}
    known |= {variable_of(name) + FILE_SUFFIX for name in SECRETS}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
