"""When is the state of a stream worth keeping?"""

import pytest

from sql.snapshots import is_due


@pytest.mark.parametrize(
    ("before", "version", "expected"),
    [
        (998, 999, False),
        (999, 1_000, True),
        (1_000, 1_999, False),
        (1_999, 4_000, True),
        (99_999, 100_000, True),
        (100_000, 109_999, False),
        (109_999, 110_000, True),
        (1_000_000, 1_099_999, False),
        (1_099_999, 1_100_000, True),
    ],
)
def test_a_state_is_kept_every_thousand_events_and_less_often_of_a_long_stream(
    before: int, version: int, *, expected: bool
) -> None:
    assert is_due(before, version) is expected
