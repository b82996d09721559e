"""What is appended when appending is measured? The same bytes on every side."""

import time
from datetime import UTC, datetime
from typing import Final

import uuid_utils

from commands.envelope import CommandEnvelope
from commands.pending import Claim, PendingAppend
from domain.envelope import Actor, ActorKind, Metadata
from domain.events import order_stream
from domain.order_events import OrderNoteAdded
from domain.order_parts import FreeTextPersonal, NoteVisibility
from sql.codec import encode_data, encode_metadata

ACTOR: Final = Actor(ActorKind.STAFF, "benchmark")
_NOTE_CHARACTERS: Final = 310


def note(order_id: str) -> OrderNoteAdded:
    """Make an event of about 600 bytes."""
    return OrderNoteAdded(
        order_id=order_id,
        customer_id=order_id,
        currency="GBP",
        channel="web",
        country="United Kingdom",
        placed_at=datetime.now(UTC),
        note_id=order_id,
        visibility=NoteVisibility.INTERNAL,
        personal=FreeTextPersonal(text="x" * _NOTE_CHARACTERS),
    )


def metadata(command_id: str) -> Metadata:
    """Make the metadata that goes with it."""
    return Metadata(
        actor=ACTOR, command_id=command_id, correlation_id=command_id, code_version="benchmark"
    )


def payload_text() -> tuple[str, str]:
    """Give the stored texts of one event, for the other sides: data and metadata."""
    one = str(uuid_utils.uuid7())
    return encode_data(note(one)).decode(), encode_metadata(metadata(one)).decode()


def pending_append(*, random_ids: bool = False) -> PendingAppend:
    """Make a decision with one event on a stream of its own, under a key of its own."""
    new_id = uuid_utils.uuid4 if random_ids else uuid_utils.uuid7
    order_id, key = str(new_id()), str(new_id())
    event = note(order_id)
    return PendingAppend(
        envelope=CommandEnvelope(
            principal="staff:benchmark",
            idempotency_key=key,
            fingerprint=b"f" * 32,
            actor=ACTOR,
            command_id=key,
            correlation_id=key,
        ),
        command_type="add-note",
        metadata=metadata(key),
        occurred_at=event.placed_at,
        created=False,
        order_number=None,
        claims=(Claim(order_stream(order_id), 0, None, None, (event,)),),
        events=(event,),
        submitted_at=time.monotonic(),
        on_settled=_ignore,
    )


def _ignore(_: PendingAppend) -> None:
    """Nobody builds on these decisions."""
