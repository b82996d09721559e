"""The fulfilment process when something comes back (domain.md §1.8, §2.2)."""

import pytest

from commands.provider_facts import FactKind
from domain.fulfilment_events import ManualInterventionRequired
from domain.payment_events import RefundRequested
from domain.return_events import ReturnClosed, ReturnDisposition, ReturnInspected
from tests.return_examples import OTHER_RETURN_ID, RETURN_ID
from tests.returned_journey import a_delivered, send_back


def test_puts_accepted_pieces_back_and_gives_the_money_back() -> None:
    journey = a_delivered()
    on_hand = journey.stock().on_hand
    send_back(journey)
    refund = journey.last(RefundRequested)
    assert (refund.amount_minor, refund.return_id) == (2_500, RETURN_ID)
    assert journey.stock().on_hand == on_hand + 2
    assert not journey.of_type(ReturnClosed)
    journey.provider_does()
    assert journey.last(ReturnClosed).return_id == RETURN_ID
    assert journey.order.refunded_minor == 2_500
    assert not journey.process.troubles


@pytest.mark.parametrize(
    ("disposition", "on_hand", "quarantined"),
    [
        (ReturnDisposition.SHELF, 2, 0),
        (ReturnDisposition.QUARANTINE, 2, 2),
        (ReturnDisposition.WRITE_OFF, 0, 0),
    ],
)
def test_pieces_go_where_the_inspection_sends_them(
    disposition: ReturnDisposition, on_hand: int, quarantined: int
) -> None:
    journey = a_delivered()
    before = journey.stock().on_hand
    send_back(journey, disposition=disposition)
    assert journey.stock().on_hand - before == on_hand
    assert journey.stock().quarantined == quarantined


def test_a_return_of_which_nothing_is_accepted_is_closed_at_once() -> None:
    journey = a_delivered()
    on_hand = journey.stock().on_hand
    send_back(journey, accepted=0, rejected=2)
    assert journey.stock().on_hand == on_hand
    assert not journey.of_type(RefundRequested)
    assert journey.last(ReturnClosed).return_id == RETURN_ID


def test_money_that_cannot_be_given_back_is_left_to_people() -> None:
    journey = a_delivered()
    journey.dispute(2_000)
    send_back(journey)
    assert journey.last(RefundRequested).amount_minor == 500
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.step, trouble.money_at_risk_minor) == (f"return:{RETURN_ID}", 2_000)
    journey.provider_does()
    assert not journey.of_type(ReturnClosed)


def test_one_return_after_the_other_is_given_back_by_itself() -> None:
    journey = a_delivered()
    send_back(journey, pieces=1)
    send_back(journey, pieces=1, return_id=OTHER_RETURN_ID)
    wanted = [(each.return_id, each.amount_minor) for each in journey.of_type(RefundRequested)]
    assert wanted == [(RETURN_ID, 1_250), (OTHER_RETURN_ID, 1_250)]
    journey.provider_does()
    assert [each.return_id for each in journey.of_type(ReturnClosed)] == [
        RETURN_ID,
        OTHER_RETURN_ID,
    ]


def test_a_return_closes_when_the_refund_succeeds_at_the_second_try() -> None:
    journey = a_delivered()
    send_back(journey)
    journey.provider_does(FactKind.REFUND_FAILED, code="busy")
    assert not journey.of_type(ReturnClosed)
    journey.fire("refund")
    journey.provider_does()
    assert journey.last(ReturnClosed).return_id == RETURN_ID
    assert len(journey.of_type(ReturnInspected)) == 1
