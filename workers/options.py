"""What is a worker told by the program that starts it?

`cli` fills these from its settings; nothing here reads the environment.
"""

from dataclasses import dataclass, field
from typing import Final

from projections.projection import Projection

HEARTBEAT_SECONDS: Final = 6
KEY_BYTES_MIN: Final = 16
QUEUE_BYTES_MAX: Final = 128 * 1024 * 1024
DEAD_LETTER_BYTES_MAX: Final = 1024 * 1024 * 1024
DELIVERY_LIMIT: Final = 20
REPORT_SECONDS: Final = 30.0
PACE_SECONDS: Final = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOptions:
    """How RabbitMQ is reached, and which queues are there.

    `groups` are the projector groups that have projections: each has one queue per shard, declared
    by the relay too. `signing_key` is shared by relay and workers (DEL-11). A delivery is given
    back `delivery_limit` times before the broker drops it, which makes a hole that heals.
    """

    url: str
    groups: tuple[str, ...]
    signing_key: bytes
    queue_bytes_max: int = QUEUE_BYTES_MAX
    delivery_limit: int = DELIVERY_LIMIT
    heartbeat_seconds: int = HEARTBEAT_SECONDS

    def __post_init__(self) -> None:
        assert len(self.signing_key) >= KEY_BYTES_MIN, "slices are signed with a real key"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayOptions:
    """What the relay needs."""

    database_url: str
    role: str
    broker: BrokerOptions
    report_seconds: float = REPORT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOptions:
    """A projector: the projections that are fed from one queue and written in one transaction.

    `pace_seconds` is the shortest time between two batches: idle, an event is applied at once;
    busy, many together. A consumer has no projections and names the events that it looks at.
    """

    name: str
    projections: tuple[Projection, ...]
    pace_seconds: float = PACE_SECONDS
    wanted_types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorOptions:
    """What a process that runs projectors needs; without a broker it reads the store alone."""

    database_url: str
    role: str
    groups: tuple[GroupOptions, ...]
    broker: BrokerOptions | None = None
    report_seconds: float = REPORT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeOptions:
    """How Stripe is reached; `return_url` is where a customer comes back to from confirming."""

    api_key: str = field(repr=False)
    api_url: str
    return_url: str | None = None
