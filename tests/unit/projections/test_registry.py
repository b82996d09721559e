"""Do all projections keep to what the tables and the projectors rely on?"""

from dataclasses import fields, is_dataclass
from zoneinfo import ZoneInfoNotFoundError

import pytest

from projections.projection import Projection
from projections.projector import touches
from projections.registry import DEFAULT_GROUPS, projections
from tests.histories import a_history

LONDON = "Europe/London"
ALL = pytest.mark.parametrize(
    "projection", projections(LONDON).values(), ids=lambda projection: projection.name
)


def test_every_projection_is_in_one_group() -> None:
    grouped = [name for names in DEFAULT_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(projections(LONDON))
    assert list(DEFAULT_GROUPS) == ["operational", "analytics", "audit"]


def test_projections_stand_under_their_names() -> None:
    assert {name: each.name for name, each in projections("UTC").items()} == {
        name: name for name in projections("UTC")
    }


def test_refuses_an_unknown_time_zone() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        projections("Europe/Londinium")


def test_only_the_sales_depend_on_the_time_zone() -> None:
    london, utc = projections(LONDON), projections("UTC")
    differing = {name for name in utc if utc[name].fold_version != london[name].fold_version}
    assert differing == {"sales_daily", "product_sales"}


@ALL
def test_rows_are_frozen_and_carry_their_key_and_last_position(projection: Projection) -> None:
    assert is_dataclass(projection.row_type)
    assert projection.row_type.__dataclass_params__.frozen
    names = [field.name for field in fields(projection.row_type)]
    assert {*projection.key_columns, "last_position"} <= set(names)
    assert projection.personal <= projection.handles


@ALL
def test_an_event_names_a_row_once_and_only_handled_events_name_any(
    projection: Projection,
) -> None:
    events = a_history(60)
    for event, keys in touches(projection, events):
        assert len(set(keys)) == len(keys)
        assert all(len(key) == len(projection.key_columns) for key in keys)
        assert type(event.data) in projection.handles
    untouched = [event for event in events if type(event.data) not in projection.handles]
    assert untouched != []
    assert [projection.keys(event) for event in untouched] == [()] * len(untouched)


@ALL
def test_a_row_knows_its_key_and_the_last_event_that_touched_it(projection: Projection) -> None:
    rows: dict[object, object] = {}
    for event, keys in touches(projection, a_history(60)):
        for key in keys:
            row = projection.evolve(rows.get(key), event, key)
            if row is None:
                rows.pop(key, None)  # there may have been none
                continue
            assert tuple(getattr(row, name) for name in projection.key_columns) == key
            assert row.last_position == event.position
            rows[key] = row
    assert rows != {}
