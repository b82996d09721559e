"""What surrounds an event: who asked, why, where it stands in the log?

The payload of an event is one of the dataclasses of `product.py`, `customer.py` and `order.py`;
everything else that is kept about it is here. Instants are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.events import Event


class ActorKind(StrEnum):
    """The kinds of parties that may send a command."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"
    PSP = "psp"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class Actor:
    """The party that sent a command."""

    kind: ActorKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Why an event exists: stored beside its payload, once per event.

    Source: reliability.md AUD-13.
    """

    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    code_version: str


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as it stands in the log.

    Units: `position` is its place in the log (1..N, dense), `version` its place in the stream.
    `occurred_at` is business time, `recorded_at` the database's clock at the append.
    """

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    data: "Event"
    metadata: Metadata
    occurred_at: datetime
    recorded_at: datetime
