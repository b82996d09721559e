"""What does the HTTP edge need from the rest of the system, and how is it set up?

The API knows ports, not adapters: `cli` opens the real ones and hands them over.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from api.actors import ActorSource
from api.measures import Measures
from commands.envelope import Answer, CommandEnvelope
from commands.registry import Command
from domain.events import Event
from domain.policy import Policy
from sql.queries.read_side import ReadSide

KIB: Final = 1024
COMMAND_BODY_BYTES_MAX: Final = 64 * KIB
ORDER_BODY_BYTES_MAX: Final = 1024 * KIB
BATCH_BODY_BYTES_MAX: Final = 4 * 1024 * KIB
BATCH_COMMANDS_MAX: Final = 500
HEADER_BYTES_MAX: Final = 8 * KIB
BODY_SECONDS_MAX: Final = 10.0
IDEMPOTENCY_KEY_HOURS_MIN: Final = 24


class HandlesCommands(Protocol):
    """The command side: loads, decides and appends."""

    async def handle(self, command: Command, envelope: CommandEnvelope) -> Answer:
        """Answer a command once it is durable; refusals are raised."""
        ...


class RunsDry(Protocol):
    """The command side without effect: loads and decides."""

    async def dry_run(self, command: Command, envelope: CommandEnvelope) -> tuple[Event, ...]:
        """Answer what would follow from a command; refusals are raised."""
        ...


class TakesOrderNumbers(Protocol):
    """Gives an order its number for people."""

    async def take(self, channel: str, placed_at: datetime) -> str:
        """Take the next number of a channel and year."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether one thing that the API needs is there, in words for an operator."""

    name: str
    ready: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports behind the routes; open while the application runs."""

    handler: HandlesCommands
    dry_runner: RunsDry
    order_numbers: TakesOrderNumbers
    reads: ReadSide
    policy: Policy
    business_time_zone: str
    readiness: Callable[[], Awaitable[list[Readiness]]]
    measures: Measures


OpenServices = Callable[[], AbstractAsyncContextManager[Services]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOptions:
    """What an operator chooses about the edge.

    Units: bytes and seconds. `email_hmac_key` keys the claim on an e-mail address; it never
    changes, or addresses could be taken twice. Without `webhook_key` no webhook of the sandbox is
    taken, without `stripe_webhook_secret` none of Stripe.
    """

    email_hmac_key: bytes = field(repr=False)
    code_version: str
    webhook_key: bytes | None = field(default=None, repr=False)
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    actors: ActorSource = field(default_factory=ActorSource)
    docs_enabled: bool = True
    metrics_enabled: bool = True
    header_bytes_max: int = HEADER_BYTES_MAX
    body_seconds_max: float = BODY_SECONDS_MAX
