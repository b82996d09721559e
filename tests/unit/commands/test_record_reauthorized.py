"""RecordReauthorized: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentOperationNotFound
from domain.payment_events import PaymentReauthorized
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    LONGER,
    PAYMENT,
    PAYMENT_ID,
    REAUTHORIZATION_ID,
    a_capture,
    a_reauthorization,
    an_end_of_authorization,
    rest_kept,
    rest_not_kept,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_reauthorization())
KEPT = PaymentReauthorized(**PAYMENT, reauthorization_id=REAUTHORIZATION_ID, valid_until=LONGER)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(rest_kept()).then(KEPT)
    given(*ASKED).when(rest_kept(actor=STAFF)).then(KEPT)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(rest_kept(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(rest_kept(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(rest_kept(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*AUTHORIZED).when(rest_kept()).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*AUTHORIZED, a_capture())
    for taken in (CAPTURE_ID, PAYMENT_ID):
        wish = rest_kept(reauthorization_id=taken)
        given(*past).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, rest_kept()).when(rest_kept()).then_nothing()
    given(*ASKED, rest_kept(), an_end_of_authorization(asked_at=LONGER)).when(
        rest_kept()
    ).then_nothing()


def test_raced_by_the_end_of_the_authorisation_it_lives_again() -> None:
    given(*ASKED, an_end_of_authorization()).when(rest_kept()).then(KEPT)


def test_raced_by_its_own_failure_the_rest_is_kept_all_the_same() -> None:
    given(*ASKED, rest_not_kept()).when(rest_kept()).then(KEPT)
