"""What do payloads of older schema versions say in today's form?"""

import json

import msgspec
import pytest

from domain.events import EVENT_TYPES
from domain.upcasters import (
    UPCASTERS,
    fulfilment_advanced_1_to_2,
    order_cancelled_1_to_2,
    order_placed_1_to_2,
    order_placed_2_to_3,
    return_inspected_1_to_2,
)
from tests.golden.test_golden_events import GOLDEN, stored


def test_an_old_order_had_no_coupon_and_no_deadline() -> None:
    old = {"order_id": "1", "lines": [{"line_id": "1"}]}
    assert order_placed_1_to_2(old) == {**old, "coupons": [], "pay_by": None}
    assert old == {"order_id": "1", "lines": [{"line_id": "1"}]}


def test_an_order_of_version_2_is_paid_without_a_credit() -> None:
    assert order_placed_2_to_3({"order_id": "1"}) == {"order_id": "1", "credit": None}


def test_an_old_inspection_left_credits_to_people() -> None:
    assert return_inspected_1_to_2({"return_id": "1"}) == {"return_id": "1", "credit_minor": 0}


def test_an_old_cancellation_undid_nothing() -> None:
    old = {"order_id": "1", "lines": []}
    assert order_cancelled_1_to_2(old) == {
        **old,
        "released": [],
        "voided_minor": 0,
        "refunded_minor": 0,
    }
    assert old == {"order_id": "1", "lines": []}


def test_nobody_knows_when_a_stage_of_old_began() -> None:
    old = {"order_id": "1", "stage": "fulfilling"}
    assert fulfilment_advanced_1_to_2(old) == {**old, "stage_since": None}
    assert old == {"order_id": "1", "stage": "fulfilling"}


def test_every_older_version_leads_step_by_step_to_todays() -> None:
    wanted = {
        (name, version)
        for name, (_, current) in EVENT_TYPES.items()
        for version in range(1, current)
    }
    assert set(UPCASTERS) == wanted


@pytest.mark.parametrize(("name", "version"), UPCASTERS)
def test_what_is_stored_becomes_the_event_that_it_meant(name: str, version: int) -> None:
    payload = json.loads(stored(name, version))
    event_class, current = EVENT_TYPES[name]
    for step in range(version, current):
        payload = UPCASTERS[name, step](payload)
    assert msgspec.convert(payload, event_class) == GOLDEN[name, version]
