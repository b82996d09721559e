"""What of an answer is kept with a command's record, and how is the answer made from it again?

The record's columns give the id (the stream's name after its category), the version and the
position; only what they cannot give is stored as JSON.
"""

from typing import Final

import msgspec

from commands.envelope import Answer
from commands.pending import PendingAppend

STATUS_CREATED: Final = 201
STATUS_OK: Final = 200


def stored_status(pending: PendingAppend) -> int:
    """Tell the status that is stored with a command."""
    return STATUS_CREATED if pending.created else STATUS_OK


def encode_answer(pending: PendingAppend) -> bytes | None:
    """Make the stored part of an answer; None when the record says it all."""
    if pending.order_number is None:
        return None
    return msgspec.json.encode({"order_number": pending.order_number})


def decode_answer(
    stream: str, version: int, position: int, status: int, stored: str | None
) -> Answer:
    """Make the answer of a recorded command again, marked as a replay."""
    extra = msgspec.json.decode(stored, type=dict[str, str]) if stored else {}
    return Answer(
        id=stream.partition("-")[2],
        version=version,
        position=position,
        created=status == STATUS_CREATED,
        replayed=True,
        order_number=extra.get("order_number"),
    )
