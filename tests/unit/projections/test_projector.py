"""Does folding a batch do what folding its events one after the other would?"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.product import ProductActivated, ProductDiscontinued, ProductRegistered
from projections.projection import Key, Projection
from projections.projector import fold, fold_touches, stored_keys, touches
from tests import examples
from tests.histories import History


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a sku was heard of since it was registered; gone once discontinued."""

    sku: str
    times: int
    last_position: int


def seen_keys(event: RecordedEvent) -> tuple[Key, ...]:
    match event.data:
        case ProductRegistered(sku="UNREADABLE"):
            raise ValueError("no key")
        case ProductRegistered(sku=sku) | ProductActivated(sku=sku) | ProductDiscontinued(sku=sku):
            return ((sku,),) if sku != "IGNORED" else ()
        case _:
            return ()


def evolve_seen(row: Seen | None, event: RecordedEvent, key: Key) -> Seen | None:
    assert key != ("IMPOSSIBLE",)
    if isinstance(event.data, ProductDiscontinued):
        return None
    return Seen(key[0], 1 if row is None else row.times + 1, event.position)


SEEN = Projection(
    name="seen",
    fold_version="1",
    row_type=Seen,
    key_columns=("sku",),
    handles=frozenset({ProductRegistered, ProductActivated, ProductDiscontinued}),
    keys=seen_keys,
    evolve=evolve_seen,
)


def events_of(
    *happened: ProductRegistered | ProductActivated | ProductDiscontinued,
) -> list[RecordedEvent]:
    history = History()
    for event in happened:
        history.add(event, examples.STAFF, datetime(2026, 1, 1, tzinfo=UTC))
    return history.events


def registered(sku: str) -> ProductRegistered:
    return ProductRegistered(
        sku=sku, name=sku, tax_class="zero", requires_shipping=True, returnable=True
    )


def discontinued(sku: str) -> ProductDiscontinued:
    return ProductDiscontinued(sku=sku, reason="out of fashion")


def test_folds_one_event_on_what_the_one_before_made_of_the_row() -> None:
    events = events_of(registered("A"), registered("B"), ProductActivated(sku="A"))
    assert fold(SEEN, {}, events) == {("A",): Seen("A", 2, 3), ("B",): Seen("B", 1, 2)}


def test_folds_on_what_is_stored() -> None:
    events = events_of(ProductActivated(sku="A"))
    stored = {("A",): Seen("A", 5, 0), ("C",): Seen("C", 9, 0)}
    assert fold(SEEN, stored, events) == {("A",): Seen("A", 6, 1), ("C",): Seen("C", 9, 0)}


def test_a_row_that_is_gone_is_told_apart_from_one_that_never_was() -> None:
    touched = touches(SEEN, events_of(discontinued("A")))
    assert fold_touches(SEEN, {("A",): Seen("A", 5, 0)}, touched) == {("A",): None}
    assert fold(SEEN, {("A",): Seen("A", 5, 0)}, events_of(discontinued("A"))) == {}


def test_a_row_that_is_gone_may_come_back() -> None:
    events = events_of(discontinued("A"), registered("A"))
    assert fold(SEEN, {("A",): Seen("A", 5, 0)}, events) == {("A",): Seen("A", 1, 2)}


def test_names_every_touched_key_once_in_the_order_of_the_first_touch() -> None:
    events = events_of(
        registered("B"), registered("IGNORED"), registered("A"), ProductActivated(sku="B")
    )
    touched = touches(SEEN, events)
    assert [event.position for event, _ in touched] == [1, 3, 4]
    assert stored_keys(SEEN, touched) == [("B",), ("A",)]


def test_a_row_that_begins_in_the_batch_is_not_asked_for() -> None:
    begun = replace(SEEN, begins=frozenset({ProductRegistered}))
    events = events_of(registered("B"), ProductActivated(sku="B"), discontinued("A"))
    assert stored_keys(begun, touches(begun, events)) == [("A",)]


@pytest.mark.parametrize(
    ("sku", "cause"), [("IMPOSSIBLE", AssertionError), ("UNREADABLE", ValueError)]
)
def test_names_the_event_that_it_stumbles_over(sku: str, cause: type[Exception]) -> None:
    with pytest.raises(ProjectionFailed) as failure:
        fold(SEEN, {}, events_of(registered("A"), registered(sku), registered("B")))
    assert str(failure.value) == (
        f"seen cannot apply the event at position 2 (product-registered of product-{sku})"
    )
    assert isinstance(failure.value.__cause__, cause)
