"""ordertrail api: serves the HTTP API."""

import asyncio
import socket
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, TypeVar

import uvicorn
from cyclopts import App, Parameter

from api.actors import ActorSource
from api.app import OrderTrailApi, create_app
from api.services import ApiOptions
from api.wiring import ServiceSettings, open_services
from cli.failures import CommandFailed, ConfigurationFailed, Exit
from cli.keys import required_key
from cli.options import Shared, examples
from cli.process import CODE_VERSION_PACKAGE, Prepared, Supervised, prepare, require_schema
from cli.settings import Settings
from cli.stripe import stripe_webhook_secret
from domain.fulfilment_policy import FulfilmentPolicy, fulfilment_policy_from_mapping
from domain.policy import Policy, PolicyMalformed, policy_from_mapping

P = TypeVar("P")
DEFAULT_POLICY: Final = Path(__file__).with_name("default_policy.toml")
DRAIN_SECONDS_MAX: Final = 10
BACKLOG: Final = 1024

app = App(
    name="api",
    help_epilogue=examples(
        "DATABASE_URL=postgresql://… ORDERTRAIL_EMAIL_HMAC_KEY_FILE=key ordertrail api",
        "ordertrail api --host 0.0.0.0 --port 80",
    ),
)


@app.default
def api(
    *,
    host: Annotated[
        str | None, Parameter(help="Address to listen on [default: 127.0.0.1].")
    ] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on [default: 8080].")] = None,
    supervised: Supervised = False,
    shared: Shared | None = None,
) -> int:
    """Serve the HTTP API.

    Needs DATABASE_URL and ORDERTRAIL_EMAIL_HMAC_KEY; talks to no broker. SIGTERM lets it answer
    what it has accepted first.
    """
    prepared = prepare("api", shared or Shared(), supervised=supervised, host=host, port=port)
    application = create_app(
        partial(open_services, service_settings(prepared)), api_options(prepared.settings)
    )
    listener = listen(prepared.settings)
    asyncio.run(require_schema(prepared))
    serve(listener, application)
    return Exit.OK


def api_options(settings: Settings) -> ApiOptions:
    """Tell the HTTP edge what the settings say of it.

    Raises:
        ConfigurationFailed: a key is missing.
    """
    return ApiOptions(
        email_hmac_key=required_key(settings, "email_hmac_key"),
        code_version=version(CODE_VERSION_PACKAGE),
        webhook_key=(
            None
            if settings.webhook_hmac_key is None
            else settings.webhook_hmac_key.get_secret_value().encode()
        ),
        stripe_webhook_secret=stripe_webhook_secret(settings),
        actors=ActorSource(settings.actor, settings.trusted_actor_header),
        docs_enabled=settings.docs_enabled,
        metrics_enabled=settings.metrics_enabled,
        body_seconds_max=settings.body_seconds_max,
    )


def service_settings(prepared: Prepared) -> ServiceSettings:
    """Tell the adapters what the settings say of them.

    Raises:
        ConfigurationFailed: the policy cannot be read.
    """
    settings = prepared.settings
    return ServiceSettings(
        database_url=prepared.database_url,
        role_prefix=settings.role_prefix,
        code_version=version(CODE_VERSION_PACKAGE),
        policy=load_policy(settings.policy_file or DEFAULT_POLICY),
        business_time_zone=settings.business_time_zone,
        command_connections_max=settings.command_pool_size,
        query_connections_max=settings.query_pool_size,
    )


def load_policy(path: Path) -> Policy:
    """Read the shop's policy.

    Raises:
        ConfigurationFailed: it cannot be read, or does not say what it must.
    """
    return _read_policy(path, policy_from_mapping)


def load_fulfilment_policy(path: Path) -> FulfilmentPolicy:
    """Read what the shop's policy says of carrying orders out.

    Raises:
        ConfigurationFailed: it cannot be read, or does not say what it must.
    """
    return _read_policy(path, fulfilment_policy_from_mapping)


def _read_policy(path: Path, read: Callable[[Mapping[str, object]], P]) -> P:
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, PolicyMalformed) as error:
        raise ConfigurationFailed(f"The policy {path}: {error}") from error


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is opened.

    Raises:
        ConfigurationFailed: it is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationFailed(
            f"The API cannot listen on {settings.host}:{settings.port}: {error.strerror or error}."
        ) from error


def serve(listener: socket.socket, application: OrderTrailApi) -> None:
    """Run the server until a signal ends it; it answers what it has accepted first.

    Raises:
        Interrupted: SIGTERM ended it.
        CommandFailed: the application could not start.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=DRAIN_SECONDS_MAX,
        )
    )
    try:
        server.run(sockets=[listener])
    except SystemExit as error:  # uvicorn's way to say that the application did not start
        raise CommandFailed("The API could not start; the lines above say why.") from error
