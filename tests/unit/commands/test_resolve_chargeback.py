"""ResolveChargeback: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentOperationNotFound
from domain.payment_events import ChargebackResolved
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    CAPTURED,
    CASE_ID,
    DUE_MINOR,
    PAYMENT,
    a_chargeback,
    a_judgement,
    money_not_taken,
)
from tests.specification import given

OPEN = (*CAPTURED, a_chargeback())


def resolved(*, is_won: bool) -> ChargebackResolved:
    return ChargebackResolved(**PAYMENT, case_id=CASE_ID, amount_minor=DUE_MINOR, is_won=is_won)


@pytest.mark.parametrize("is_won", [True, False])
def test_succeeds_for_the_provider_and_the_shop(*, is_won: bool) -> None:
    given(*OPEN).when(a_judgement(is_won=is_won)).then(resolved(is_won=is_won))
    given(*OPEN).when(a_judgement(is_won=is_won, actor=STAFF)).then(resolved(is_won=is_won))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*OPEN).when(a_judgement(actor=CUSTOMER)).then_refused(Forbidden)
    given(*OPEN).when(a_judgement(actor=CARRIER)).then_refused(Forbidden)
    given(*OPEN).when(a_judgement(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_a_case_that_nobody_knows() -> None:
    given(*CAPTURED).when(a_judgement()).then_refused(PaymentOperationNotFound)
    given(*OPEN).when(a_judgement(case_id="x")).then_refused(PaymentOperationNotFound)


@pytest.mark.parametrize("is_won", [True, False])
def test_refused_when_it_was_decided_the_other_way(*, is_won: bool) -> None:
    past = (*OPEN, a_judgement(is_won=is_won))
    given(*past).when(a_judgement(is_won=not is_won)).then_refused(OperationConflict)


@pytest.mark.parametrize("is_won", [True, False])
def test_repeated_has_nothing_to_do(*, is_won: bool) -> None:
    past = (*OPEN, a_judgement(is_won=is_won))
    given(*past).when(a_judgement(is_won=is_won)).then_nothing()


def test_raced_with_the_case_it_waits_for_it() -> None:
    given(*CAPTURED).when(a_judgement()).then_refused(PaymentOperationNotFound)
    given(*OPEN).when(a_judgement()).then(resolved(is_won=False))


def test_raced_by_a_capture_that_is_taken_back_the_truth_is_noted() -> None:
    given(*OPEN, money_not_taken()).when(a_judgement()).then(resolved(is_won=False))
