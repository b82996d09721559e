"""Is a cursor good for its list and its filters only?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import decode_cursor, encode_cursor
from api.problems import RequestRefused

FILTERS = {"list": "orders", "channel": None}


def read_pair(place: list[str]) -> tuple[str, int]:
    name, number = place
    return name, int(number)


def test_a_cursor_is_read_back() -> None:
    cursor = encode_cursor(FILTERS, ["a", "1"])
    assert decode_cursor(cursor, FILTERS, read_pair) == ("a", 1)
    assert decode_cursor(None, FILTERS, read_pair) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "abc",
        "ä",
        encode_cursor({**FILTERS, "channel": "web"}, ["a", "1"]),
        encode_cursor(FILTERS, ["a"]),
        encode_cursor(FILTERS, ["a", "b"]),
        encode_cursor(FILTERS, []),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        decode_cursor(cursor, FILTERS, read_pair)
    assert [item["parameter"] for item in refused.value.items] == ["cursor"]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(cursor: str) -> None:
    with pytest.raises(RequestRefused):
        decode_cursor(cursor, FILTERS, read_pair)
