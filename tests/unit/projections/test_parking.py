"""What of a batch applies, what waits, what is skipped, for which projection?"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed, UndecodableEvent
from domain.events import stream_of
from domain.product import ProductActivated, ProductEvent
from projections.parking import (
    NOTHING_PARKED,
    Park,
    ParkCode,
    Parked,
    Split,
    Unit,
    Wait,
    fold_late,
    key_text,
    park_event,
    resume,
    row_unit,
    split,
    stream_unit,
    unreadable,
)
from projections.projection import Key, Projection, categories_read
from projections.registry import projections
from projections.unreadable import UnreadableEvent
from tests import examples
from tests.histories import History

PROJECTIONS = projections("UTC")


@dataclass(frozen=True, slots=True)
class Heard:
    """How often a sku was heard of."""

    sku: str
    times: int
    last_position: int


def heard_keys(event: RecordedEvent) -> tuple[Key, ...]:
    assert isinstance(event.data, ProductActivated)
    if event.data.sku == "NOBODY KNOWS":
        raise ValueError("no key")
    return tuple((sku,) for sku in event.data.sku.split("+"))


def evolve_heard(row: Heard | None, event: RecordedEvent, key: Key) -> Heard:
    return Heard(key[0], 1 if row is None else row.times + 1, event.position)


HEARD = Projection(
    name="heard",
    fold_version="1",
    row_type=Heard,
    key_columns=("sku",),
    handles=frozenset({ProductActivated}),
    keys=heard_keys,
    evolve=evolve_heard,
)
A, B = row_unit(("A",)), row_unit(("B",))


def heard(*skus: str) -> list[RecordedEvent]:
    """Make a log in which these products are activated; A+B touches two rows."""
    history = History()
    for sku in skus:
        event: ProductEvent = ProductActivated(sku=sku)
        history.add(event, examples.STAFF, datetime(2026, 1, 1, tzinfo=UTC))
    return history.events


def unread(event: RecordedEvent, stream: str | None = None) -> UnreadableEvent:
    return UnreadableEvent(
        event.position, stream or event.stream, event.version, "new-type", 1, "unknown"
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("a", date(2026, 1, 1)), '["a","2026-01-01"]'),
        (("Größe", 7, None), '["Größe",7,null]'),
        ((UUID(int=1), "x\0y"), '["00000000-0000-0000-0000-000000000001","x\\u0000y"]'),
    ],
)
def test_a_key_is_written_as_a_json_array(key: Key, text: str) -> None:
    assert key_text(key) == text


def test_a_long_key_is_cut_to_what_an_index_holds_and_stays_apart() -> None:
    first, second = key_text(("é" * 5_000 + "1",)), key_text(("é" * 5_000 + "2",))
    assert first != second
    assert len(first.encode()) < 2_000


def test_projections_read_the_categories_of_what_they_handle() -> None:
    categories = {
        "product_list": "product",
        "stock_availability": "stock",
        "reservations_open": "stock",
        "payment_ledger": "payment",
        "fulfilment_queue": "shipment",
        "returns_worklist": "return",
        "timers": "fulfilment",
        "process_status": "fulfilment",
    }
    read = {name: categories_read(projection) for name, projection in PROJECTIONS.items()}
    assert read.pop("holds_worklist") == {"order", "payment", "fulfilment"}
    assert read == {name: frozenset({categories.get(name, "order")}) for name in read}


def test_everything_applies_when_nothing_is_parked() -> None:
    events = heard("A", "B", "A+B")
    assert split(HEARD, NOTHING_PARKED, events) == Split(
        applies=[
            (events[0], (("A",),)),
            (events[1], (("B",),)),
            (events[2], (("A",), ("B",))),
        ]
    )


def test_a_parked_row_waits_and_the_other_rows_of_an_event_go_on() -> None:
    events = heard("A", "B", "A+B")
    assert split(HEARD, Parked(since={A: 0}), events) == Split(
        applies=[(events[1], (("B",),)), (events[2], (("B",),))],
        waits=[Wait(A, 1), Wait(A, 3)],
    )


def test_an_unreadable_event_parks_its_stream_and_what_comes_after_it_there() -> None:
    events = heard("A", "B", "A", "B")
    stream = stream_unit(events[0].stream)
    assert split(HEARD, NOTHING_PARKED, [unread(events[0]), *events[1:]]) == Split(
        applies=[(events[1], (("B",),)), (events[3], (("B",),))],
        parks=[Park(stream, 1, ParkCode.UNDECODABLE_EVENT, "unknown")],
        waits=[Wait(stream, 1), Wait(stream, 3)],
    )


def test_an_unreadable_event_of_a_category_that_is_not_read_is_skipped() -> None:
    events = heard("A", "B")
    foreign = unread(events[0], "order-1")
    assert split(HEARD, NOTHING_PARKED, [foreign, events[1]]) == Split(
        applies=[(events[1], (("B",),))]
    )
    assert unreadable(HEARD, NOTHING_PARKED, [foreign, events[1]]) is None


def test_of_a_parked_stream_everything_waits_even_what_the_projection_does_not_handle() -> None:
    events = heard("A", "A")
    stream = stream_unit(events[0].stream)
    other = replace(PROJECTIONS["product_list"], handles=frozenset())
    parked = Parked(since={stream: 0})
    for projection in (HEARD, other):
        assert split(projection, parked, events) == Split(waits=[Wait(stream, 1), Wait(stream, 2)])


def test_a_discarded_event_is_skipped_for_its_key_only() -> None:
    events = heard("A+B", "A")
    parked = Parked(discarded=frozenset({Wait(A, 1)}))
    assert split(HEARD, parked, events) == Split(
        applies=[(events[0], (("B",),)), (events[1], (("A",),))]
    )


def test_a_discarded_event_of_a_stream_is_skipped_whether_it_can_be_read_or_not() -> None:
    events = heard("A", "A")
    parked = Parked(discarded=frozenset({Wait(stream_unit(events[0].stream), 1)}))
    expected = Split(applies=[(events[1], (("A",),))])
    assert split(HEARD, parked, events) == expected
    assert split(HEARD, parked, [unread(events[0]), events[1]]) == expected
    assert unreadable(HEARD, parked, [unread(events[0]), events[1]]) is None
    assert unreadable(HEARD, NOTHING_PARKED, [unread(events[0])]) == unread(events[0])


def test_says_which_event_has_rows_that_nobody_can_tell() -> None:
    with pytest.raises(ProjectionFailed, match="position 2 "):
        split(HEARD, NOTHING_PARKED, heard("A", "NOBODY KNOWS"))


def parked_as(parks: list[Park]) -> list[Unit]:
    return [park.unit for park in parks]


def test_parks_every_row_that_an_event_touches_and_lets_it_wait_where_one_is_parked() -> None:
    (event,) = heard("A+B")
    assert park_event(HEARD, Parked(since={A: 0}), event, ParkCode.ROWS_REFUSED, "no") == Split(
        parks=[Park(B, 1, ParkCode.ROWS_REFUSED, "no")], waits=[Wait(A, 1), Wait(B, 1)]
    )


@pytest.mark.parametrize(
    ("sku", "code"),
    [("NOBODY KNOWS", ParkCode.PROJECTION_FAILED), ("A", ParkCode.CRASHED)],
)
def test_parks_the_stream_where_the_rows_are_unknown_or_must_not_be_asked_for(
    sku: str, code: ParkCode
) -> None:
    (event,) = heard(sku)
    stream = stream_unit(stream_of(event.data))
    assert park_event(HEARD, NOTHING_PARKED, event, code, "why") == Split(
        parks=[Park(stream, 1, code, "why")], waits=[Wait(stream, 1)]
    )


def test_a_row_that_is_retried_gets_its_own_part_of_the_events() -> None:
    events = heard("A+B", "A")
    parked = Parked(since={B: 1})
    assert resume(HEARD, A, parked, events) == Split(
        applies=[(events[0], (("A",),)), (events[1], (("A",),))]
    )


def test_an_event_of_a_retried_stream_waits_on_where_a_row_was_parked_before_it() -> None:
    events = heard("A+B", "A+B", "A+B")
    parked = Parked(since={A: 2})
    assert resume(HEARD, stream_unit(events[0].stream), parked, events) == Split(
        applies=[
            (events[0], (("A",), ("B",))),
            (events[1], (("A",), ("B",))),
            (events[2], (("B",),)),
        ],
        waits=[Wait(A, 3)],
    )


def test_what_still_cannot_be_read_cannot_be_resumed() -> None:
    (event,) = heard("A")
    with pytest.raises(UndecodableEvent, match="position 1: unknown"):
        resume(HEARD, stream_unit(event.stream), NOTHING_PARKED, [unread(event)])


def test_a_late_event_does_not_turn_back_the_last_position_of_a_row() -> None:
    events = heard("A", "A", "A")
    stored = {("A",): Heard("A", 1, 2)}
    touched = split(HEARD, NOTHING_PARKED, [events[0], events[2]]).applies
    assert fold_late(HEARD, stored, touched[:1]) == {("A",): Heard("A", 2, 2)}
    assert fold_late(HEARD, stored, touched) == {("A",): Heard("A", 3, 3)}
    assert fold_late(HEARD, {}, touched[:1]) == {("A",): Heard("A", 1, 1)}
