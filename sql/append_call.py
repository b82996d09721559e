"""How does a batch of decisions become the arrays of `append_v1`, and its answer outcomes?"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import psycopg

from commands.envelope import CommandEnvelope
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
class AppendColumns:
    """The arguments of `append_v1` as plain lists; texts are UTF-8, numbers count from 1."""

    streams: dict[str, int]
    envelopes: list[CommandEnvelope]
    command_type: list[bytes]
    status: list[int]
    answer: list[bytes | None]
    metadata: list[bytes]
    claim_command: list[int] = field(default_factory=list[int])
    claim_stream: list[int] = field(default_factory=list[int])
    claim_expected: list[int] = field(default_factory=list[int])
    claim_after: list[int] = field(default_factory=list[int])
    event_claim: list[int] = field(default_factory=list[int])
    event_type: list[bytes] = field(default_factory=list[bytes])
    event_schema: list[int] = field(default_factory=list[int])
    event_data: list[bytes] = field(default_factory=list[bytes])
    event_occurred: list[datetime] = field(default_factory=list[datetime])


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


def append_columns(batch: Sequence[PendingAppend]) -> AppendColumns:
    """Write a batch as the arguments of `append_v1`, one element per stream, command, claim, event.

    Raises:
        ValueError, TypeError: a value of the batch cannot be written.
    """
    numbers = {id(pending): number for number, pending in enumerate(batch, start=1)}
    columns = AppendColumns(
        {},
        [pending.envelope for pending in batch],
        [pending.command_type.encode() for pending in batch],
        [stored_status(pending) for pending in batch],
        [encode_answer(pending) for pending in batch],
        [encode_metadata(pending.metadata) for pending in batch],
    )
    for number, pending in enumerate(batch, start=1):
        _add(columns, numbers, number, pending)
    return columns


def _pack(batch: Sequence[PendingAppend]) -> tuple[BinaryArray, ...]:
    columns = append_columns(batch)
    return (
        texts(stream.encode() for stream in columns.streams),
        texts(envelope.principal.encode() for envelope in columns.envelopes),
        texts(envelope.idempotency_key.encode() for envelope in columns.envelopes),
        byteas(envelope.fingerprint for envelope in columns.envelopes),
        texts(columns.command_type),
        smallints(columns.status),
        texts(columns.answer),
        texts(columns.metadata),
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
    columns: AppendColumns, numbers: dict[int, int], number: int, pending: PendingAppend
) -> None:
    claims: dict[str, int] = {}
    streams = columns.streams
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
