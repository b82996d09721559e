"""Who is asking?

Until identities exist every request counts as the actor of the settings, or as the one that a
trusted proxy names in a header, `kind:id`. The header is off unless it is named in the settings.
This is the one place that decides; authentication will replace it.
"""

import re
from dataclasses import dataclass
from typing import Final

from api.headers import Headers, header_text
from api.problems import RequestRefused
from domain.envelope import Actor, ActorKind

ACTOR_ID_CHARACTERS_MAX: Final = 200
_ACTOR_ID: Final = re.compile(rf"[!-+\--~]{{1,{ACTOR_ID_CHARACTERS_MAX}}}")
_DEFAULT: Final = Actor(ActorKind.STAFF, "operator")
_KINDS: Final = {kind.value: kind for kind in ActorKind}


@dataclass(frozen=True, slots=True)
class ActorSource:
    """The actor of a request that names none, and the header that may name one."""

    default: Actor = _DEFAULT
    trusted_header: str | None = None


def actor_of(headers: Headers, source: ActorSource) -> Actor:
    """Tell who sent a request.

    Raises:
        RequestRefused: the trusted header is there and names nobody.
    """
    if source.trusted_header is None:
        return source.default
    text = header_text(headers, source.trusted_header.lower().encode())
    if text is None:
        return source.default
    kind, colon, actor_id = text.strip().partition(":")
    if not colon or kind not in _KINDS or not is_actor_id(actor_id):
        raise RequestRefused(
            "malformed", f"the header {source.trusted_header} names an actor as kind:id, once"
        )
    return Actor(_KINDS[kind], actor_id)


def is_actor_id(text: str) -> bool:
    """Tell whether a text can be an actor's id: visible ASCII without commas, not too long."""
    return _ACTOR_ID.fullmatch(text) is not None


def principal_of(actor: Actor) -> str:
    """Name the scope of an actor's idempotency keys."""
    return f"{actor.kind}:{actor.id}"
