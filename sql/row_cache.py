"""Which rows of its table does a feed know already, because it wrote them lately?

There is one writer of a table, so what it committed is what is stored. An order is touched four
times within a second; a row that is known needs no query.
"""

from collections.abc import Mapping
from typing import Final

from projections.projection import Key, Row

ROWS_MAX: Final = 1_000


class RowCache:
    """The rows that were committed last; None for one that is known not to be there."""

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        """Know nothing; keep at most `rows_max` rows."""
        self._rows_max = rows_max
        self._rows: dict[Key, Row | None] = {}
        self._written: Mapping[Key, Row | None] = {}

    def __contains__(self, key: Key) -> bool:
        """Tell whether it is known what is stored under a key."""
        return key in self._rows

    def __getitem__(self, key: Key) -> Row | None:
        """Answer what is stored under a known key."""
        return self._rows[key]

    def written(self, rows: Mapping[Key, Row | None]) -> None:
        """Take note of what the transaction under way makes of rows; replaces an earlier note."""
        self._written = rows

    def committed(self) -> None:
        """Know what was written, as the newest."""
        rows = self._rows
        for key, row in self._written.items():
            rows.pop(key, None)
            rows[key] = row
        self._written = {}
        while len(rows) > self._rows_max:
            del rows[next(iter(rows))]

    def clear(self) -> None:
        """Forget everything, because somebody else has written."""
        self._rows.clear()
        self._written = {}
