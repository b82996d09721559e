"""InspectReturn: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.record_returned import AcceptedPart, RecordReturned
from commands.registry import Command
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    QuantityInvalid,
)
from domain.events import Event
from domain.order_errors import LineNotFound, ReturnQuantityExceeded
from domain.order_parts import PaymentFactKind
from domain.payment_errors import RefundExceedsCaptured
from domain.return_errors import (
    DispositionIncomplete,
    ReceivedQuantityExceeded,
    ReturnNotFound,
    ReturnStateConflict,
)
from domain.return_events import ReturnDisposition, ReturnResolution
from tests.examples import CARRIER, CUSTOMER, ORDER_ID, STAFF
from tests.return_examples import (
    APPROVED,
    ASKED_AT,
    DELIVERED,
    INSPECTED,
    OTHER_RETURN_ID,
    RECEIVED,
    RECEIVED_FOR_CREDIT,
    RETURN_ID,
    a_catalogue,
    a_closing,
    a_return_receipt,
    a_return_request,
    accepted,
    an_approval,
    an_inspection,
    came_back,
    captured,
    delivered,
    due,
    inspected,
    inspected_mugs,
    judged,
    returned_line,
    unwanted,
)
from tests.shipment_examples import CONFIRMED, a_payment_fact, shipped
from tests.specification import given

ONE = inspected_mugs(accepted=1, value_minor=1_250, total_minor=1_250, tax_minor=208)


def of_two(
    received: int, then: Command | None = None, return_id: str = OTHER_RETURN_ID
) -> tuple[Command | Event, ...]:
    """Another return of two mugs, of which so many came back."""
    lines = (came_back(quantity=received),)
    past = (
        a_return_request(return_id=return_id),
        an_approval(return_id=return_id),
        a_return_receipt(return_id=return_id, lines=lines),
    )
    return past if then is None else (*past, then)


def test_succeeds_and_tells_the_order() -> None:
    given(*RECEIVED).when(an_inspection()).then(inspected(), accepted())


def test_says_what_becomes_of_the_pieces() -> None:
    for disposition, written_off in (
        (ReturnDisposition.QUARANTINE, 0),
        (ReturnDisposition.WRITE_OFF, 2),
    ):
        wish = an_inspection(lines=(judged(disposition=disposition),))
        given(*RECEIVED).when(wish).then(
            inspected(lines=(inspected_mugs(disposition=disposition),)),
            accepted(returned_line(written_off_quantity=written_off)),
        )


def test_rejected_pieces_are_worth_nothing() -> None:
    wish = an_inspection(lines=(judged(accepted=1, rejected=1),))
    given(*RECEIVED).when(wish).then(
        inspected(lines=(replace(ONE, rejected=1),), refund_due=due(1_250)),
        accepted(
            returned_line(quantity=1, value_minor=1_250, total_minor=1_250),
            refund_due_minor=1_250,
        ),
    )


def test_nothing_accepted_is_nothing_that_the_order_has_to_know() -> None:
    wish = an_inspection(lines=(judged(accepted=0, rejected=2),))
    nothing = inspected_mugs(accepted=0, rejected=2, value_minor=0, total_minor=0, tax_minor=0)
    given(*RECEIVED).when(wish).then(inspected(lines=(nothing,), refund_due=due(0)))


def test_only_what_came_back_has_to_be_judged() -> None:
    past = (*APPROVED, a_return_receipt(lines=(came_back(quantity=1),)))
    wish = an_inspection(lines=(judged(accepted=1),))
    given(*past).when(wish).then(
        inspected(lines=(ONE,), refund_due=due(1_250)),
        accepted(
            returned_line(quantity=1, value_minor=1_250, total_minor=1_250),
            refund_due_minor=1_250,
        ),
    )


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*RECEIVED).when(an_inspection(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(an_inspection()).then_refused(ReturnNotFound)


def test_refused_with_lines_that_are_not_right() -> None:
    for lines, error in (
        ((), EmptyOrder),
        ((judged(accepted=-1, rejected=3),), QuantityInvalid),
        ((judged(accepted=3, rejected=-1),), QuantityInvalid),
        ((judged(accepted=0),), QuantityInvalid),
        ((judged(accepted=1), judged(accepted=1)), DuplicateLineId),
        ((judged("2", 1),), LineNotFound),
    ):
        given(*RECEIVED).when(an_inspection(lines=lines)).then_refused(error)


def test_refused_before_anything_came_back() -> None:
    given(*APPROVED).when(an_inspection()).then_refused(ReturnStateConflict)


def test_refused_with_more_than_came_back() -> None:
    wish = an_inspection(lines=(judged(accepted=2, rejected=1),))
    refusal = given(*RECEIVED).when(wish).then_refused(ReceivedQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 3, "available": 2},)


def test_refused_while_of_some_piece_nothing_is_said() -> None:
    wish = an_inspection(lines=(judged(accepted=1),))
    refusal = given(*RECEIVED).when(wish).then_refused(DispositionIncomplete)
    assert refusal.items == ({"line_id": "1", "received": 2, "decided": 1},)
    past = (
        *DELIVERED,
        a_return_request(lines=(unwanted(), unwanted("2", 1))),
        an_approval(),
        a_return_receipt(lines=(came_back(), came_back("2", 1))),
    )
    refusal = given(*past).when(an_inspection()).then_refused(DispositionIncomplete)
    assert refusal.items == ({"line_id": "2", "received": 1, "decided": 0},)


def test_refused_when_more_is_due_than_was_paid_and_not_given_back() -> None:
    wishes = (a_return_request(), an_approval(), a_return_receipt())
    unpaid = (*a_catalogue(), *CONFIRMED, shipped(), delivered())
    given(*unpaid, *wishes).when(an_inspection()).then_refused(RefundExceedsCaptured)
    given(*unpaid, captured(2_499), *wishes).when(an_inspection()).then_refused(
        RefundExceedsCaptured
    )
    given(*unpaid, captured(2_500), *wishes).when(an_inspection()).then(inspected(), accepted())
    refunded = a_payment_fact(kind="refunded", operation_id="r1", amount_minor=3_401)
    given(*RECEIVED, refunded).when(an_inspection()).then_refused(RefundExceedsCaptured)


def test_refused_otherwise_than_before() -> None:
    other = an_inspection(lines=(judged(accepted=1, rejected=1),))
    given(*INSPECTED).when(other).then_refused(ReturnStateConflict)
    given(*INSPECTED, a_closing()).when(other).then_refused(ReturnStateConflict)


def test_repeated_has_nothing_to_do_even_when_it_is_over() -> None:
    given(*INSPECTED).when(an_inspection()).then_nothing()
    given(*INSPECTED, a_closing()).when(an_inspection()).then_nothing()


def test_repeated_in_another_order_has_nothing_to_do() -> None:
    lines = (judged(), judged("2", 1))
    past = (
        *DELIVERED,
        a_return_request(lines=(unwanted(), unwanted("2", 1))),
        an_approval(),
        a_return_receipt(lines=(came_back(), came_back("2", 1))),
        an_inspection(lines=lines),
    )
    given(*past).when(an_inspection(lines=lines[::-1])).then_nothing()


def test_what_the_order_is_told_again_brings_nothing() -> None:
    again = RecordReturned(
        actor=STAFF,
        asked_at=ASKED_AT,
        order_id=ORDER_ID,
        return_id=an_inspection().return_id,
        lines=(AcceptedPart(line_id="1", quantity=2),),
        refund_due_minor=2_500,
    )
    given(*INSPECTED).when(again).then_nothing()


def test_raced_by_another_return_its_pieces_are_worth_what_follows() -> None:
    """Of 833 pence of tax the first piece has 208, the second and third have 416."""
    other = an_inspection(return_id=OTHER_RETURN_ID, lines=(judged(accepted=1),))
    given(*RECEIVED, *of_two(1, other)).when(an_inspection()).then(inspected(), accepted())
    last = (*RECEIVED, *of_two(2, replace(other, lines=(judged(),))))
    given(*last).when(an_inspection()).then(
        inspected(lines=(inspected_mugs(tax_minor=417),)), accepted()
    )


def test_raced_by_somebody_who_told_the_order_first_it_is_refused() -> None:
    told = accepted(returned_line(quantity=1, value_minor=1_250, total_minor=1_250))
    given(*RECEIVED, told).when(an_inspection()).then_refused(OperationConflict)
    elsewhere = replace(accepted(), return_id="elsewhere")
    given(*RECEIVED, elsewhere).when(an_inspection()).then_refused(ReturnQuantityExceeded)


@pytest.mark.parametrize("resolution", [ReturnResolution.EXCHANGE, ReturnResolution.CREDIT])
def test_what_the_customer_gets_is_a_credit_if_she_wants_no_money(
    resolution: ReturnResolution,
) -> None:
    request = a_return_request(resolution=resolution)
    past = (*DELIVERED, request, an_approval(restocking_fee_minor=100), a_return_receipt())
    told = a_payment_fact(
        payment_id=RETURN_ID,
        kind=PaymentFactKind.CREDITED,
        operation_id=RETURN_ID,
        amount_minor=2_400,
    )
    given(*past).when(an_inspection()).then(
        inspected(refund_due=due(2_500, fee=100), credit_minor=2_400),
        accepted(refund_due_minor=2_400),
        told,
    )


def test_nothing_accepted_is_no_credit() -> None:
    wish = an_inspection(lines=(judged(accepted=0, rejected=2),))
    lines = (inspected_mugs(accepted=0, rejected=2, value_minor=0, total_minor=0, tax_minor=0),)
    given(*RECEIVED_FOR_CREDIT).when(wish).then(inspected(lines=lines, refund_due=due(0)))
