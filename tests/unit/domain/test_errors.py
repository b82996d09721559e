"""Is the tree of errors sound?"""

import re
from collections.abc import Iterator

import pytest

from domain.errors import (
    OrderStateConflict,
    OrderTrailError,
    Poison,
    QuantityInvalid,
    Refusal,
    TotalMismatch,
    Unavailable,
    VersionMismatch,
)


def every_error(root: type[OrderTrailError] = OrderTrailError) -> Iterator[type[OrderTrailError]]:
    yield root
    for error in root.__subclasses__():
        if error.__module__ == "domain.errors":
            yield from every_error(error)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in codes)


def test_every_error_says_what_is_wrong() -> None:
    assert all(error.__doc__ for error in every_error())


def test_errors_carry_what_an_answer_needs() -> None:
    invalid = QuantityInvalid("no", items=[{"line_id": "1"}])
    assert (str(invalid), invalid.detail, invalid.items) == ("no", "no", ({"line_id": "1"},))
    conflict = OrderStateConflict("no", current_state="cancelled", allowed_commands=["add-note"])
    assert (conflict.current_state, conflict.allowed_commands) == ("cancelled", ("add-note",))
    assert VersionMismatch("no", current_version=7).current_version == 7
    assert Unavailable("later").retry_after_seconds == 1
    assert Unavailable("later", retry_after_seconds=5).retry_after_seconds == 5


@pytest.mark.parametrize("error", [TotalMismatch])
def test_a_bug_guard_is_not_a_refusal(error: type[OrderTrailError]) -> None:
    assert issubclass(error, Poison)
    assert not issubclass(error, Refusal)
