"""Does the check character find the mistakes that people make?"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import OrderNumberMalformed
from domain.order_number import check_character, format_order_number, parse_order_number

ALPHABET = string.digits + string.ascii_uppercase
numbers = st.builds(
    format_order_number,
    st.sampled_from(["web", "staff", "import", "market"]),
    st.integers(0, 99),
    st.integers(0, 99_999_999),
)
texts = st.text(ALPHABET, min_size=1, max_size=14)


def is_right(text: str) -> bool:
    return check_character(text[:-1]) == text[-1]


@given(number=numbers)
def test_what_is_written_can_be_read(number: str) -> None:
    assert parse_order_number(number) == number
    assert parse_order_number(number.lower().replace("-", "")) == number


@given(text=texts, data=st.data())
def test_finds_every_substitution_of_one_character(text: str, data: st.DataObject) -> None:
    right = text + check_character(text)
    place = data.draw(st.integers(0, len(right) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(right[place], "")))
    assert is_right(right)
    assert not is_right(right[:place] + other + right[place + 1 :])


def swaps(text: str) -> list[str]:
    """Every text that differs by one pair of neighbours."""
    right = text + check_character(text)
    return [
        right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        for place in range(len(right) - 1)
        if right[place] != right[place + 1]
    ]


def test_misses_next_to_no_swapped_neighbours() -> None:
    """MOD 37,36 is not perfect here: of 20,000 numbers' swaps it misses 1 in 211."""
    tried = missed = 0
    for number in range(0, 1_000_000, 50):
        for swapped in swaps(f"W26{number:07d}"):
            tried += 1
            missed += is_right(swapped)
    assert tried > 100_000
    assert missed / tried < 1 / 200


@given(number=numbers, data=st.data())
def test_refuses_a_number_with_one_wrong_digit(number: str, data: st.DataObject) -> None:
    places = [place for place, character in enumerate(number) if character.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from(string.digits.replace(number[place], "")))
    with pytest.raises(OrderNumberMalformed):
        parse_order_number(number[:place] + other + number[place + 1 :])
