"""Is a derived id the UUIDv5 of its parts?"""

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from domain.derived_id import NAMESPACE, derived_id

PARTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4)


@given(st.uuids(), PARTS)
def test_a_derived_id_is_the_uuid_of_its_parts(order_id: object, parts: list[str]) -> None:
    name = "/".join([str(order_id), *parts])
    assert derived_id(str(order_id), *parts) == str(uuid5(NAMESPACE, name))


def test_a_derived_id_stays_what_it_is_because_receivers_know_it() -> None:
    order_id = "0193a7b0-0000-7000-8000-000000000001"
    assert derived_id(order_id, "payment", "1") == "0fda56d1-2a88-554e-882d-8761ed0bef00"
