"""What is a row of a read table, as one text that can be hashed and compared?

Canonical JSON: every column, keys sorted at every depth, instants in UTC as RFC 3339. What the
fold makes and what the table holds come to the same bytes exactly if they are the same row; what
stands in a JSON column is compared to the last key, known to the code or not.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, get_args, get_type_hints

import msgspec

from projections.projection import Key, Projection, Row
from sql.checks.findings import Column

SHOWN_CHARACTERS_MAX: Final = 200
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_PLAIN: Final = (bool, int, date, datetime, Enum)


def canonical(row: object) -> bytes:
    """Write a row, a dataclass or a mapping, as canonical JSON."""
    try:
        return _ENCODER.encode(row)
    except OverflowError:  # msgspec ends at 64 bits, the sums of a day do not
        plain = msgspec.to_builtins(row)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(row: object) -> bytes:
    """Answer the SHA-256 of a row's canonical JSON."""
    return hashlib.sha256(canonical(row)).digest()


class StoredRows:
    """Reads the rows of one projection as PostgreSQL writes them with `row_to_json`."""

    def __init__(self, projection: Projection) -> None:
        self._key_columns = projection.key_columns
        hints = get_type_hints(projection.row_type)
        self._columns = [(field.name, hints[field.name]) for field in fields(projection.row_type)]
        self._instants = [name for name, hint in self._columns if datetime in _parts(hint)]
        self._dates = {name for name, hint in self._columns if hint is date}
        self._shows_texts = not projection.personal

    def read(self, text: str) -> dict[str, Any]:
        """Read a row: column -> what its canonical JSON is made of."""
        row: dict[str, Any] = msgspec.json.decode(text)
        for name in self._instants:
            value = row[name]
            if isinstance(value, str):
                row[name] = _instant(value)
        return row

    def key(self, row: Mapping[str, Any]) -> Key:
        """Answer the key of a row that was read, as the fold makes it."""
        return tuple(
            date.fromisoformat(row[name]) if name in self._dates else row[name]
            for name in self._key_columns
        )

    def differing(self, expected: Row, found: Mapping[str, Any]) -> list[Column]:
        """Name the columns that differ, with their values where these cannot be personal."""
        columns: list[Column] = []
        for name, hint in self._columns:
            wanted = getattr(expected, name)
            if canonical(wanted) == canonical(found[name]):
                continue
            if self._shows_texts or _is_plain(hint):
                columns.append(Column(name, _shown(wanted), _shown(found[name])))
            else:
                columns.append(Column(name))
        return columns


def _instant(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text


def _parts(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type of column
    return get_args(hint) or (hint,)


def _is_plain(hint: Any) -> bool:  # noqa: ANN401 - any type of column
    """Say whether a column holds numbers, instants or words of the code's own, no free text."""
    return all(
        isinstance(part, type) and (part is type(None) or issubclass(part, _PLAIN))
        for part in _parts(hint)
    )


def _shown(value: object) -> str:
    text = canonical(value).decode()
    if len(text) <= SHOWN_CHARACTERS_MAX:
        return text
    return f"{text[:SHOWN_CHARACTERS_MAX]}…"
