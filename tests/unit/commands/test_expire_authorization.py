"""ExpireAuthorization: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.payment_errors import PaymentNotFound
from domain.payment_events import PaymentAuthorizationExpired
from tests.examples import CARRIER, CUSTOMER, MINUTE, NOW
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURED,
    DUE_MINOR,
    LONGER,
    PAYMENT,
    PSP,
    REQUESTED,
    VALID_UNTIL,
    a_capture,
    a_reauthorization,
    a_void,
    an_authorization,
    an_end_of_authorization,
    money_given_up,
    money_taken,
    rest_kept,
)
from tests.specification import given


def expired(amount_minor: int = DUE_MINOR) -> PaymentAuthorizationExpired:
    return PaymentAuthorizationExpired(**PAYMENT, amount_minor=amount_minor)


def test_succeeds_on_time_and_late() -> None:
    given(*AUTHORIZED).when(an_end_of_authorization()).then(expired())
    given(*AUTHORIZED).when(an_end_of_authorization(asked_at=LONGER)).then(expired())


def test_succeeds_at_any_time_by_the_word_of_the_provider() -> None:
    early = an_end_of_authorization(actor=PSP, asked_at=NOW)
    given(*AUTHORIZED).when(early).then(expired())
    endless = (*REQUESTED, an_authorization(valid_until=None))
    given(*endless).when(early).then(expired())


def test_succeeds_for_the_rest() -> None:
    past = (*AUTHORIZED, a_capture(), money_taken())
    given(*past).when(an_end_of_authorization()).then(expired(1_250))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*AUTHORIZED).when(an_end_of_authorization(actor=CUSTOMER)).then_refused(Forbidden)
    given(*AUTHORIZED).when(an_end_of_authorization(actor=CARRIER)).then_refused(Forbidden)
    given(*AUTHORIZED).when(an_end_of_authorization(payment_id="x")).then_refused(PaymentNotFound)


def test_too_early_or_without_end_there_is_nothing_to_do() -> None:
    early = an_end_of_authorization(asked_at=VALID_UNTIL - MINUTE)
    given(*AUTHORIZED).when(early).then_nothing()
    endless = (*REQUESTED, an_authorization(valid_until=None))
    given(*endless).when(an_end_of_authorization()).then_nothing()


def test_where_nothing_is_left_there_is_nothing_to_do() -> None:
    given(*REQUESTED).when(an_end_of_authorization()).then_nothing()
    given(*CAPTURED).when(an_end_of_authorization()).then_nothing()
    given(*AUTHORIZED, a_void(), money_given_up()).when(an_end_of_authorization()).then_nothing()


def test_repeated_has_nothing_to_do() -> None:
    past = (*AUTHORIZED, an_end_of_authorization())
    given(*past).when(an_end_of_authorization()).then_nothing()
    given(*past).when(an_end_of_authorization(actor=PSP)).then_nothing()


def test_raced_by_a_reauthorisation_the_timer_is_stale() -> None:
    past = (*AUTHORIZED, a_reauthorization(), rest_kept())
    given(*past).when(an_end_of_authorization()).then_nothing()
    given(*past).when(an_end_of_authorization(asked_at=LONGER)).then(expired())


def test_raced_by_a_capture_that_is_being_taken_it_ends_all_the_same() -> None:
    past = (*AUTHORIZED, a_capture(amount_minor=DUE_MINOR))
    given(*past).when(an_end_of_authorization()).then(expired())
