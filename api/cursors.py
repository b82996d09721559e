"""Where does the next page of a list begin?

After the last row of this one: a cursor carries that row's place in the order, and a hash of the
filters it was made for, so that it cannot be used with others. Callers treat it as opaque.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec

from api.problems import RequestRefused

CURSOR_CHARACTERS_MAX: Final = 1_000
HASH_BYTES: Final = 8

T = TypeVar("T")

_SORTED: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final = msgspec.json.Decoder(list[str])


def encode_cursor(filters: Mapping[str, Any], place: list[str]) -> str:
    """Write the cursor of a row's place in a list."""
    return urlsafe_b64encode(_SORTED.encode([_hash_of(filters), *place])).decode().rstrip("=")


def decode_cursor(
    cursor: str | None, filters: Mapping[str, Any], read: Callable[[list[str]], T]
) -> T | None:
    """Read a cursor back; None when there is none. `read` raises ValueError for no place.

    Raises:
        RequestRefused: it is broken, or was made for other filters.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, *place = _DECODER.decode(urlsafe_b64decode(padded))
        if made_for == _hash_of(filters):
            return read(place)
    except (ValueError, msgspec.DecodeError):
        pass  # refused below, as one made for other filters is
    raise RequestRefused(
        "validation_failed",
        "the cursor is not one of this list with these filters",
        items=[{"parameter": "cursor", "code": "wrong_form", "detail": "a cursor of this list"}],
    )


def _hash_of(filters: Mapping[str, Any]) -> str:
    return sha256(_SORTED.encode(filters)).digest()[:HASH_BYTES].hex()
