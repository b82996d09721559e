"""How do long arrays reach PostgreSQL with little work for the client?

psycopg's own list adapter asks about every element; an append sends some twenty arrays per batch,
so they are packed here in the binary form of arrays.
Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c (array_recv).
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER: Final = struct.Struct("!iiIii")
_LENGTH: Final = struct.Struct("!i")
_NULL: Final = _LENGTH.pack(-1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


class BinaryArray:
    """An array parameter, packed already."""

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        """Keep the packed bytes."""
        self.packed = packed


class TextArray(BinaryArray):
    """A `text[]`."""


class ByteaArray(BinaryArray):
    """A `bytea[]`."""


class SmallintArray(BinaryArray):
    """A `smallint[]`."""


class IntegerArray(BinaryArray):
    """An `integer[]`."""


class TimestampArray(BinaryArray):
    """A `timestamptz[]`."""


def texts(values: Iterable[bytes | None]) -> TextArray:
    """Pack UTF-8 texts."""
    return TextArray(_variable(25, list(values)))


def byteas(values: Iterable[bytes | None]) -> ByteaArray:
    """Pack byte strings."""
    return ByteaArray(_variable(17, list(values)))


def smallints(values: Sequence[int]) -> SmallintArray:
    """Pack 16-bit integers."""
    count = len(values)
    flat = [part for value in values for part in (2, value)]
    return SmallintArray(_header(21, count) + struct.pack("!" + "ih" * count, *flat))


def integers(values: Sequence[int]) -> IntegerArray:
    """Pack 32-bit integers."""
    count = len(values)
    flat = [part for value in values for part in (4, value)]
    return IntegerArray(_header(23, count) + struct.pack(f"!{2 * count}i", *flat))


def timestamps(values: Sequence[datetime]) -> TimestampArray:
    """Pack instants. Units: PostgreSQL counts microseconds since 2000-01-01 UTC."""
    count = len(values)
    flat = [part for value in values for part in (8, _microseconds(value))]
    return TimestampArray(_header(1184, count) + struct.pack("!" + "iq" * count, *flat))


def register(connection: psycopg.AsyncConnection) -> None:
    """Teach a connection to send packed arrays."""
    for array_class, dumper in _DUMPERS.items():
        connection.adapters.register_dumper(array_class, dumper)


def _microseconds(value: datetime) -> int:
    delta = value - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _header(element_oid: int, count: int, *, has_null: bool = False) -> bytes:
    if not count:
        return _HEADER.pack(0, 0, element_oid, 0, 0)[:12]
    return _HEADER.pack(1, int(has_null), element_oid, count, 1)


def _variable(element_oid: int, values: list[bytes | None]) -> bytes:
    pack = _LENGTH.pack
    parts = [_header(element_oid, len(values), has_null=None in values)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts.append(pack(len(value)))
            parts.append(value)
    return b"".join(parts)


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> Buffer:
        return obj.packed


class _TextDumper(_PackedDumper):
    oid = 1009


class _ByteaDumper(_PackedDumper):
    oid = 1001


class _SmallintDumper(_PackedDumper):
    oid = 1005


class _IntegerDumper(_PackedDumper):
    oid = 1007


class _TimestampDumper(_PackedDumper):
    oid = 1185


_DUMPERS: Final[dict[type[BinaryArray], type[_PackedDumper]]] = {
    TextArray: _TextDumper,
    ByteaArray: _ByteaDumper,
    SmallintArray: _SmallintDumper,
    IntegerArray: _IntegerDumper,
    TimestampArray: _TimestampDumper,
}
