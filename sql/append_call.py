"""How does a batch of decisions become the arrays of `append_v1`, and its answer outcomes?"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from commands.pending import Appended, Conflicted, Duplicate, Outcome, PendingAppend
from domain.events import EVENT_NAMES, stream_of
from sql.binary_arrays import BinaryArray, byteas, integers, smallints, texts, timestamps
from sql.codec import encode_data, encode_metadata
from sql.stored_answer import encode_answer, stored_status

APPEND: Final = (
    "SELECT * FROM event_store.append_v1("
    "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)

_APPENDED: Final = 1
_CONFLICT: Final = 2

_NAMES: Final = {
    event_class: (name.encode(), schema_version)
    for event_class, (name, schema_version) in EVENT_NAMES.items()
}


@dataclass(slots=True)
class _Columns:
    claim_command: list[int]
    claim_stream: list[int]
    claim_expected: list[int]
    claim_after: list[int]
    event_claim: list[int]
    event_type: list[bytes]
    event_schema: list[int]
    event_data: list[bytes]
    event_occurred: list[datetime]


def append_arguments(batch: Sequence[PendingAppend]) -> tuple[BinaryArray, ...]:
    """Make the arguments of `append_v1` for a batch, in the order of APPEND.

    A decision that was built on one that is committed by now rests on stored state (`after` 0).

    Raises:
        psycopg.DataError: a value of the batch has no form in PostgreSQL, like half a character.
    """
    try:
        return _pack(batch)
    except (ValueError, TypeError, OverflowError, struct.error) as error:
        raise psycopg.errors.DataException(str(error)) from error


def outcomes_of(row: Sequence[Any]) -> list[Outcome]:
    """Read the answer of `append_v1`, one outcome per command of the batch."""
    outcomes, actual_versions, first_positions, last_positions, recorded_at = row
    result: list[Outcome] = []
    for number, outcome in enumerate(outcomes):
        if outcome == _APPENDED:
            result.append(Appended(first_positions[number], last_positions[number], recorded_at))
        elif outcome == _CONFLICT:
            result.append(Conflicted(actual_versions[number]))
        else:
            result.append(Duplicate())
    return result


def _pack(batch: Sequence[PendingAppend]) -> tuple[BinaryArray, ...]:
    streams: dict[str, int] = {}
    numbers: dict[int, int] = {}
    columns = _Columns([], [], [], [], [], [], [], [], [])
    for number, pending in enumerate(batch, start=1):
        numbers[id(pending)] = number
        _add(columns, streams, numbers, number, pending)
    envelopes = [pending.envelope for pending in batch]
    return (
        texts(stream.encode() for stream in streams),
        texts(envelope.principal.encode() for envelope in envelopes),
        texts(envelope.idempotency_key.encode() for envelope in envelopes),
        byteas(envelope.fingerprint for envelope in envelopes),
        texts(pending.command_type.encode() for pending in batch),
        smallints([stored_status(pending) for pending in batch]),
        texts(encode_answer(pending) for pending in batch),
        texts(encode_metadata(pending.metadata) for pending in batch),
        integers(columns.claim_command),
        integers(columns.claim_stream),
        integers(columns.claim_expected),
        integers(columns.claim_after),
        integers(columns.event_claim),
        texts(columns.event_type),
        smallints(columns.event_schema),
        texts(columns.event_data),
        timestamps(columns.event_occurred),
    )


def _add(
    columns: _Columns,
    streams: dict[str, int],
    numbers: dict[int, int],
    number: int,
    pending: PendingAppend,
) -> None:
    claims: dict[str, int] = {}
    for claim in pending.claims:
        columns.claim_command.append(number)
        columns.claim_stream.append(streams.setdefault(claim.stream, len(streams) + 1))
        columns.claim_expected.append(claim.expected)
        columns.claim_after.append(0 if claim.after is None else numbers.get(id(claim.after), 0))
        claims[claim.stream] = len(columns.claim_command)
    for event in pending.events:
        name, schema_version = _NAMES[type(event)]
        columns.event_claim.append(claims[stream_of(event)])
        columns.event_type.append(name)
        columns.event_schema.append(schema_version)
        columns.event_data.append(encode_data(event))
        columns.event_occurred.append(pending.occurred_at)
