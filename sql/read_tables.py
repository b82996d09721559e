"""How do the rows of a read model get in and out of its table?

A batch of rows is one parameter: a JSON array that msgspec writes straight from the row
dataclasses and that PostgreSQL takes apart by the table's own column types. That costs the client
some 5 µs per row, a quarter of what one array per column costs, which is what counts on a worker.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from projections.projection import Key, Projection, Row
from sql.connection import Connection

SCHEMA: Final = "read_models"
STATEMENT_BYTES_MAX: Final = 1024 * 1024
"""More rows go into a second statement: the server keeps a statement's rows in work_mem (4 MB)."""

_ENCODER: Final = msgspec.json.Encoder()
_SCALARS: Final = (str, int, date, NoneType)


class ReadTable:
    """The table of one generation of a projection.

    Connections must run in UTC, so that instants come back as they were written.
    """

    def __init__(self, projection: Projection, generation: int) -> None:
        """Prepare the statements; nothing is sent."""
        self.name: Final = table_name(projection.name, generation)
        self._key_columns = projection.key_columns
        self._columns = column_names(projection)
        hints = get_type_hints(projection.row_type)
        self._values_of = attrgetter(*self._columns)
        self._converted = [
            (index, convert)
            for index, name in enumerate(self._columns)
            if (convert := _copied_as(hints[name])) is not None
        ]
        self._decoder = msgspec.json.Decoder(list[projection.row_type])
        qualified, columns = f"{SCHEMA}.{self.name}", ", ".join(self._columns)
        given = f"json_populate_recordset(NULL::{qualified}, %s::json)"
        keys_match = " AND ".join(f"t.{key} = k.{key}" for key in self._key_columns)
        assignments = ", ".join(
            f"{name} = excluded.{name}" for name in self._columns if name not in self._key_columns
        )
        # LATERAL with LIMIT keeps the planner on the primary key, however empty its statistics.
        self._select = (
            f"SELECT coalesce(json_agg(r), '[]')::text FROM {given} k CROSS JOIN LATERAL"
            f" (SELECT {columns} FROM {qualified} t WHERE {keys_match} LIMIT 1) r"
        ).encode()
        self._upsert = (
            f"INSERT INTO {qualified} ({columns}) SELECT {columns} FROM {given}"
            f" ON CONFLICT ({', '.join(self._key_columns)}) DO UPDATE SET {assignments}"
        ).encode()
        # A join would read the whole table, whose statistics are always behind.
        self._delete = (
            f"DELETE FROM {qualified} WHERE ctid = ANY (ARRAY(SELECT r.ctid FROM {given} k"
            f" CROSS JOIN LATERAL (SELECT t.ctid FROM {qualified} t WHERE {keys_match} LIMIT 1) r))"
        ).encode()
        self._copy = f"COPY {qualified} ({columns}) FROM STDIN".encode()
        self._everything = f"SELECT coalesce(json_agg(t), '[]')::text FROM {qualified} t".encode()

    async def load(self, connection: Connection, keys: Collection[Key]) -> dict[Key, Row]:
        """Read the rows of the keys; a key without a row is left out."""
        found: dict[Key, Row] = {}
        for chunk in _chunks([self._encoded_key(key) for key in keys]):
            found |= await self._rows(connection, self._select, (chunk,))
        return found

    async def load_all(self, connection: Connection) -> dict[Key, Row]:
        """Read every row, for checks: the whole table comes at once."""
        return await self._rows(connection, self._everything, ())

    async def write(self, connection: Connection, rows: Collection[Row]) -> None:
        """Insert the rows, or put them in the place of those with the same key."""
        for chunk in _chunks([_encoded(row) for row in rows]):
            await connection.execute(self._upsert, (chunk,))

    async def delete(self, connection: Connection, keys: Collection[Key]) -> None:
        """Delete the rows of the keys; one that is not there is no error."""
        for chunk in _chunks([self._encoded_key(key) for key in keys]):
            await connection.execute(self._delete, (chunk,))

    async def copy(self, connection: Connection, rows: Collection[Row]) -> None:
        """Insert rows that are known to be new, the fastest way there is.

        Raises:
            psycopg.errors.UniqueViolation: a row was not new.
        """
        if not rows:
            return
        async with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            for row in rows:
                values = list(self._values_of(row))
                for index, convert in self._converted:
                    values[index] = convert(values[index])
                await copy.write_row(values)

    async def _rows(
        self, connection: Connection, query: bytes, values: tuple[str, ...]
    ) -> dict[Key, Row]:
        answer = await (await connection.execute(query, values)).fetchone()
        assert answer is not None
        key_columns = self._key_columns
        return {
            tuple([getattr(row, name) for name in key_columns]): row
            for row in self._decoder.decode(answer[0])
        }

    def _encoded_key(self, key: Key) -> bytes:
        return _ENCODER.encode(dict(zip(self._key_columns, key, strict=True)))


def table_name(projection_name: str, generation: int) -> str:
    """Name the table of a generation, within the schema."""
    return f"{projection_name}__g{generation}"


def column_names(projection: Projection) -> tuple[str, ...]:
    """Tell the columns of a projection's table, in order."""
    return tuple(field.name for field in fields(projection.row_type))


def _encoded(row: Row) -> bytes:
    try:
        return _ENCODER.encode(row)
    except OverflowError:  # msgspec ends at 64 bits, the sums of a day do not
        return json.dumps(msgspec.to_builtins(row)).encode()


def _chunks(parts: Sequence[bytes]) -> Iterator[str]:
    """Join encoded values into JSON arrays of bounded size."""
    start, size_bytes = 0, 0
    for index, part in enumerate(parts):
        if size_bytes > 0 and size_bytes + len(part) > STATEMENT_BYTES_MAX:
            yield f"[{b','.join(parts[start:index]).decode()}]"
            start, size_bytes = index, 0
        size_bytes += len(part)
    if start < len(parts):
        yield f"[{b','.join(parts[start:]).decode()}]"


def _copied_as(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - any type of column
    """Tell how COPY is to write a field: as it is, as an array of texts, or as JSON."""
    if hint == tuple[str, ...]:
        return list
    parts: tuple[Any, ...] = get_args(hint) or (hint,)
    if all(isinstance(part, type) and issubclass(part, _SCALARS) for part in parts):
        return None
    return _json_text


def _json_text(value: object) -> str | None:
    return None if value is None else _ENCODER.encode(value).decode()
