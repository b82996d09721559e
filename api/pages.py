"""How is a page of a list answered, and where does the next one begin?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from api.cursors import encode_cursor
from api.fields import parse_instant, read_uuid
from api.query_route import POSITION_MAX, freshness
from sql.queries.reader import Page

_TIMED: Final = (date, datetime)


def page_body(
    name: str, page: Page, limit: int, filters: Mapping[str, Any], place: Sequence[str]
) -> dict[str, Any]:
    """Write a page; one row more than `limit` says that there is a next one.

    Shape: the rows under `name`, the cursor behind them, made of the columns in `place`, and the
    freshness.
    """
    rows = page.rows[:limit]
    next_cursor = None
    if len(page.rows) > limit:
        next_cursor = encode_cursor(filters, [_text_of(rows[-1][column]) for column in place])
    return {name: rows, "next_cursor": next_cursor, **freshness(page)}


def _text_of(value: object) -> str:
    return value.isoformat() if isinstance(value, _TIMED) else str(value)


def instant_and_id(place: Sequence[str]) -> tuple[datetime, str]:
    """Read a place in a list that goes by time and id.

    Raises:
        ValueError: it is none.
    """
    instant, name = place
    own_id = read_uuid(name)
    if own_id is None:
        raise ValueError("no id")
    return parse_instant(instant), own_id


def instant_and_name(place: Sequence[str]) -> tuple[datetime, str]:
    """Read a place in a list that goes by time and name.

    Raises:
        ValueError: it is none.
    """
    instant, name = place
    return parse_instant(instant), _storable(name)


def position_and_name(place: Sequence[str]) -> tuple[int, str]:
    """Read a place in a list that goes by position and name.

    Raises:
        ValueError: it is none.
    """
    text, name = place
    position = int(text)
    if not 0 <= position <= POSITION_MAX:
        raise ValueError("no position")
    return position, _storable(name)


def _storable(name: str) -> str:
    if "\0" in name:
        raise ValueError("no name")
    return name
