"""Does it matter in which batches a log is folded? It must not, for any projection."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.envelope import RecordedEvent
from projections.projection import Key, Row
from projections.projector import fold, fold_touches, touches
from projections.registry import projections
from tests.histories import a_history

PROJECTIONS = projections("Europe/London")
HISTORIES = [a_history(80, seed) for seed in range(3)]


@settings(max_examples=60, deadline=None)
@given(
    history=st.sampled_from(HISTORIES),
    name=st.sampled_from(sorted(PROJECTIONS)),
    cuts=st.sets(st.integers(min_value=1, max_value=len(min(HISTORIES, key=len)))),
)
def test_any_partition_into_batches_gives_the_same_rows(
    history: list[RecordedEvent], name: str, cuts: set[int]
) -> None:
    projection = PROJECTIONS[name]
    rows: dict[Key, Row] = {}
    bounds = [0, *sorted(cuts), len(history)]
    for start, end in pairwise(bounds):
        touched = touches(projection, history[start:end])
        rows = present({**rows, **fold_touches(projection, rows, touched)})
    assert rows == fold(projection, {}, history)


@settings(max_examples=60, deadline=None)
@given(
    history=st.sampled_from(HISTORIES),
    name=st.sampled_from(sorted(PROJECTIONS)),
    data=st.data(),
)
def test_folding_only_the_touched_rows_is_folding_all(
    history: list[RecordedEvent], name: str, data: st.DataObject
) -> None:
    """A projector loads the rows that a batch touches and no others."""
    projection = PROJECTIONS[name]
    middle = data.draw(st.integers(min_value=0, max_value=len(history)))
    before = fold(projection, {}, history[:middle])
    touched = touches(projection, history[middle:])
    keys = {key for _, keys in touched for key in keys}
    loaded = {key: before[key] for key in keys if key in before}
    after = present({**before, **fold_touches(projection, loaded, touched)})
    assert after == fold(projection, {}, history)


def present(rows: Mapping[Key, Row | None]) -> dict[Key, Row]:
    return {key: row for key, row in rows.items() if row is not None}
