"""Which number do people use for an order, and was it typed correctly?"""

import pytest

from domain.errors import OrderNumberMalformed
from domain.order_number import (
    ORDER_NUMBER_CHARACTERS_MAX,
    channel_letter,
    check_character,
    format_order_number,
    parse_order_number,
)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        # The Global Release Identifier (GRid) standard's own example, A1-2425G-ABC1234002-M.
        ("A12425GABC1234002", "M"),
        # domain.md's example.
        ("W260004711", "T"),
    ],
)
def test_check_characters_are_those_of_iso_7064_mod_37_36(text: str, check: str) -> None:
    assert check_character(text) == check


@pytest.mark.parametrize(
    ("channel", "year2", "number", "written"),
    [
        ("web", 26, 4_711, "W26-0004711-T"),
        ("staff", 9, 1, "S09-0000001-S"),
        ("import", 11, 9_999_999, "I11-9999999-7"),
        ("import", 11, 10_000_000, "I11-10000000-L"),
        ("web", 99, 0, "W99-0000000-O"),
        ("app-ios", 0, 0, "X00-0000000-Q"),
    ],
)
def test_writes_numbers(channel: str, year2: int, number: int, written: str) -> None:
    assert format_order_number(channel, year2, number) == written
    assert parse_order_number(written) == written


def test_channels_without_a_letter_share_one() -> None:
    assert channel_letter("web") == "W"
    assert channel_letter("market") == "X"
    assert channel_letter("market", {"market": "M"}) == "M"
    assert channel_letter("web", {"market": "M"}) == "X"
    assert format_order_number("market", 26, 1, {"market": "M"}).startswith("M26-0000001-")


@pytest.mark.parametrize(
    "text",
    ["W26-0004711-T", "w260004711t", " w26 0004711 t ", "W26_0004711.T", "w/26/0004711/t"],
)
def test_reads_numbers_whatever_their_case_and_separators(text: str) -> None:
    assert parse_order_number(text) == "W26-0004711-T"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T",
        "W26-0004711",
        "W26-0004711-U",
        "W26-0004712-T",
        "W26-004711-T",
        "2W6-0004711-T",
        "W26-0004711-T!",
        "W26:0004711:T",
        "W26-000471\N{FULLWIDTH DIGIT ONE}-T",
        "W" + "0" * 40,
    ],
)
def test_refuses_what_was_mistyped(text: str) -> None:
    with pytest.raises(OrderNumberMalformed):
        parse_order_number(text)


def test_reads_at_most_forty_characters() -> None:
    assert parse_order_number("W26-0004711-T".ljust(ORDER_NUMBER_CHARACTERS_MAX)) == "W26-0004711-T"
    with pytest.raises(OrderNumberMalformed):
        parse_order_number("W26-0004711-T".ljust(41))


def test_refuses_letters_that_only_look_right_in_capitals() -> None:
    staff = format_order_number("staff", 26, 1)
    with pytest.raises(OrderNumberMalformed):
        parse_order_number(staff.replace("S", "\N{LATIN SMALL LETTER LONG S}"))


def test_numbers_that_cannot_be_are_a_bug() -> None:
    for year2, number in ((100, 1), (-1, 1), (26, -1)):
        with pytest.raises(AssertionError):
            format_order_number("web", year2, number)
