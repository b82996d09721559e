"""What surrounds a command: who asks, under which key, in the wake of what?"""

from dataclasses import dataclass

from domain.envelope import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnvelope:
    """Everything about a request to change something but the change itself.

    `principal` and `idempotency_key` together name the request for ever (IDM-02); `fingerprint`
    (32 bytes) tells a repeat from another request under the same key. `expected_version` is the
    version of the command's first written stream that the caller decided on (If-Match), or None.
    """

    principal: str
    idempotency_key: str
    fingerprint: bytes
    actor: Actor
    command_id: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command that took effect (or had nothing to do) comes back with.

    Units: `version` is the place of the stream after the command, `position` the place in the log
    at or after which every effect is visible. `created`: the stream began with this command.
    `replayed`: this very request was answered before.
    """

    id: str
    version: int
    position: int
    created: bool
    replayed: bool = False
    order_number: str | None = None
