"""Do packed arrays say what was put into them, in the form that PostgreSQL reads?"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import Transformer
from psycopg.pq import Format

from sql.binary_arrays import BinaryArray, byteas, integers, smallints, texts, timestamps

TEXTS, BYTEAS, SMALLINTS, INTEGERS, TIMESTAMPS = 1009, 1001, 1005, 1007, 1185
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
INSTANT = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone is drawn too
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def unpack(array: BinaryArray, oid: int) -> list[Any]:
    """Read an array as psycopg reads one that comes from the server."""
    return Transformer().get_loader(oid, Format.BINARY).load(array.packed)


@given(st.lists(st.none() | TEXT))
def test_texts_come_back(values: list[str | None]) -> None:
    packed = texts(None if value is None else value.encode() for value in values)
    assert unpack(packed, TEXTS) == values


@given(st.lists(st.none() | st.binary(max_size=40)))
def test_byte_strings_come_back(values: list[bytes | None]) -> None:
    assert unpack(byteas(values), BYTEAS) == values


@given(st.lists(st.integers(-(2**15), 2**15 - 1)))
def test_small_integers_come_back(values: list[int]) -> None:
    assert unpack(smallints(values), SMALLINTS) == values


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_integers_come_back(values: list[int]) -> None:
    assert unpack(integers(values), INTEGERS) == values


@given(st.lists(INSTANT))
def test_instants_come_back_to_the_microsecond(values: list[datetime]) -> None:
    assert unpack(timestamps(values), TIMESTAMPS) == values


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    there = datetime(2026, 5, 4, 12, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert unpack(timestamps([there]), TIMESTAMPS) == [there]


@pytest.mark.parametrize(
    ("pack", "oid"),
    [
        (texts, TEXTS),
        (byteas, BYTEAS),
        (smallints, SMALLINTS),
        (integers, INTEGERS),
        (timestamps, TIMESTAMPS),
    ],
)
def test_an_empty_array_has_no_dimension(
    pack: Callable[[Sequence[Any]], BinaryArray], oid: int
) -> None:
    array = pack([])
    assert array.packed[:4] == bytes(4)
    assert unpack(array, oid) == []


def test_the_form_is_that_of_the_manual() -> None:
    """Dimensions, null flag, element type, length, lower bound; then each length and value."""
    header = "00000001 00000001 00000019 00000002 00000001"
    two = "00000002 6162 ffffffff"
    assert texts([b"ab", None]).packed == bytes.fromhex(header + two)
    header = "00000001 00000000 00000017 00000001 00000001"
    assert integers([1]).packed == bytes.fromhex(header + "00000004 00000001")
