"""Is a copy what `dataclasses.replace` would make?"""

import dataclasses
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replace import replace


@dataclass(frozen=True, slots=True)
class Pieces:
    line_id: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Pieces):
    notes: tuple[str, ...] = ()
    by: str | None = field(default=None, compare=False)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "line_id": st.text(max_size=2),
        "count": st.integers(),
        "notes": st.lists(st.text(max_size=2), max_size=2).map(tuple),
        "by": st.none() | st.text(max_size=2),
    },
)


@given(CHANGES)
def test_a_copy_differs_in_what_is_given_alone(changes: dict[str, object]) -> None:
    state = Counted(line_id="l1", count=3, notes=("a",), by="me")
    expected = dataclasses.replace(state, **changes)  # type: ignore[arg-type]
    copied = replace(state, **changes)
    assert type(copied) is Counted
    assert dataclasses.astuple(copied) == dataclasses.astuple(expected)
    assert dataclasses.astuple(state) == ("l1", 3, ("a",), "me")


def test_a_copy_is_as_frozen_as_what_it_was_made_of() -> None:
    copied = replace(Pieces("l1"), count=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.count = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_field_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="Pieces has no amount"):
        replace(Pieces("l1"), amount=2)


def test_a_class_that_checks_itself_is_not_copied_past_its_checks() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        count: int

        def __post_init__(self) -> None:
            assert self.count

    with pytest.raises(AssertionError, match="made without it"):
        replace(Checked(1), count=0)
