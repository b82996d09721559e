"""Which number do people use for an order, and was it typed correctly?

`W26-0004711-T`: a letter for the channel, two digits of the year, seven digits (more when the year
has more orders), and an ISO 7064 MOD 37,36 check character over the rest, so that a mistyped number
is refused without a lookup. Numbers have gaps; they are never a key.

Channels without a letter of their own share `X`, so numbers are counted per letter and year, not
per channel: `channel_letter` names the counter.
"""

import re
from collections.abc import Mapping
from typing import Final

from domain.errors import OrderNumberMalformed

CHANNEL_LETTERS: Final[Mapping[str, str]] = {"web": "W", "staff": "S", "import": "I"}
UNMAPPED_LETTER: Final = "X"
ORDER_NUMBER_CHARACTERS_MAX: Final = 40
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_NUMBER: Final = re.compile(r"([A-Z])([0-9]{2})([0-9]{7,})([0-9A-Z])", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " -_./\t")


def channel_letter(channel: str, letters: Mapping[str, str] = CHANNEL_LETTERS) -> str:
    """Tell the letter of a channel; `X` for a channel that has none."""
    return letters.get(channel, UNMAPPED_LETTER)


def format_order_number(
    channel: str, year2: int, number: int, letters: Mapping[str, str] = CHANNEL_LETTERS
) -> str:
    """Write an order number: channel letter, year, number, check character."""
    assert 0 <= year2 <= 99  # noqa: PLR2004 -- two digits
    assert number >= 0
    letter = channel_letter(channel, letters)
    return f"{letter}{year2:02d}-{number:07d}-{check_character(f'{letter}{year2:02d}{number:07d}')}"


def parse_order_number(text: str) -> str:
    """Read an order number as people write it, whatever its case and separators.

    Raises:
        OrderNumberMalformed: it has not the form of one, or its check character does not fit.
    """
    if text.isascii() and len(text) <= ORDER_NUMBER_CHARACTERS_MAX:
        match = _NUMBER.fullmatch(text.translate(_SEPARATORS).upper())
        if match is not None:
            letter, year2, number, check = match.groups()
            if check_character(letter + year2 + number) == check:
                return f"{letter}{year2}-{number}-{check}"
    raise OrderNumberMalformed("this is no order number; it looks like W26-0004711-T")


def check_character(text: str) -> str:
    """Compute the check character of digits and capital letters.

    Source: ISO 7064:2003, hybrid system MOD 37,36.
    """
    product = 36
    for character in text:
        product = ((product + _VALUES[character]) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]
