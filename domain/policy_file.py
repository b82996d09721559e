"""How is a value read from what a policy file says?"""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from domain.errors import PolicyMalformed


def require_known(table: Mapping[str, object], known: set[str], where: str) -> None:
    """Refuse keys that nobody reads.

    Raises:
        PolicyMalformed: it says something else.
    """
    unknown = sorted(table.keys() - known)
    if unknown:
        raise PolicyMalformed(f"{where}: nobody reads {', '.join(unknown)}")


def read_table(mapping: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Read a table; an empty one if there is none.

    Raises:
        PolicyMalformed: it says something else.
    """
    table = mapping.get(key, {})
    if not isinstance(table, Mapping):
        raise PolicyMalformed(f"{key}: a table")
    return cast("Mapping[str, object]", table)


def read_text(mapping: Mapping[str, object], key: str, default: str | None = None) -> str:
    """Read a text of at least one character.

    Raises:
        PolicyMalformed: it says something else.
    """
    text = mapping.get(key, default)
    if not isinstance(text, str) or not text:
        raise PolicyMalformed(f"{key}: a text")
    return text


def read_whole(mapping: Mapping[str, object], key: str, default: int | None = None) -> int:
    """Read a whole number.

    Raises:
        PolicyMalformed: it says something else.
    """
    number = mapping.get(key, default)
    if not isinstance(number, int) or isinstance(number, bool):
        raise PolicyMalformed(f"{key}: a whole number")
    return number


def read_duration(
    mapping: Mapping[str, object], key: str, default: timedelta, least: int, most: int
) -> timedelta:
    """Read a whole number of seconds, from `least` to `most`.

    Raises:
        PolicyMalformed: it says something else.
    """
    seconds = read_whole(mapping, key, int(default.total_seconds()))
    if not least <= seconds <= most:
        raise PolicyMalformed(f"{key}: {least} to {most}")
    return timedelta(seconds=seconds)
