"""Which stored JSON can be passed on and shown?

PostgreSQL's `json` keeps every text whose syntax is right, also what most readers cannot take: half
of a surrogate pair, numbers beyond any range, nesting without end. What is said about such a text
never quotes it, because it may hold personal fields.
"""

import re
from itertools import accumulate
from typing import Any, Final

import msgspec

NESTING_MAX: Final = 100
"""Far below the recursion limit of any reader, wherever on its stack it reads."""

_SYNTAX: Final = msgspec.json.Decoder(msgspec.Raw)
_ANYTHING: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_NO_BRACKETS: Final = re.compile(r"[^\[\]{}]+")
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


class UnreadableJson(ValueError):
    """A stored text that no reader can be expected to read; its own text says why, without it."""


def check_syntax(text: str) -> None:
    """Check that every reader can find its way through a stored text, whatever its numbers are.

    Raises:
        UnreadableJson: it is nested too deep, or holds half of a surrogate pair.
    """
    if text.count("{") + text.count("[") > NESTING_MAX and _nesting(text) > NESTING_MAX:
        raise UnreadableJson(f"it is nested deeper than {NESTING_MAX} levels")
    try:
        _SYNTAX.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise UnreadableJson("a text in it is no Unicode") from None


def read_json(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Read a stored text as values that can be written as JSON again.

    Raises:
        UnreadableJson: it cannot be read so.
    """
    check_syntax(text)
    try:
        value = _ANYTHING.decode(text)
        _ENCODER.encode(value)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        raise UnreadableJson("a number in it is out of range") from None
    return value


def _nesting(text: str) -> int:
    """Count how deep a text is nested; brackets between quotation marks do not count."""
    between_strings = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    brackets = _NO_BRACKETS.sub("", "".join(between_strings))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
