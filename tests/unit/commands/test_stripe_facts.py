"""Is everything that Stripe says understood, and nothing else?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.provider_facts import FactKind, ProviderFact
from commands.stripe_facts import (
    ATTEMPT,
    CAPTURE_ID,
    REFUND_ID,
    VOID_ID,
    begun,
    captured,
    declined,
    facts_of_event,
    facts_of_intent,
    facts_of_refund,
    marked,
    voided,
)
from tests import payment_examples as ours
from tests.payment_examples import DUE_MINOR, PAYMENT_ID
from tests.stripe_examples import (
    CAPTURE_BEFORE,
    CHARGE_ID,
    CREATED,
    DISPUTE_ID,
    INTENT_ID,
    OURS,
    STRIPE_REFUND_ID,
    a_charge,
    a_dispute,
    a_stripe_refund,
    an_error,
    an_intent,
)

SEVEN_DAYS_LATER = datetime.fromtimestamp(CREATED, UTC) + timedelta(days=7)


def a_fact(kind: FactKind, **fields: object) -> ProviderFact:
    fact = ProviderFact(kind=kind, payment_id=PAYMENT_ID, psp_ref=INTENT_ID)
    return replace(fact, **fields)


AUTHORIZED = a_fact(FactKind.AUTHORIZED, amount_minor=DUE_MINOR, until=SEVEN_DAYS_LATER)


def test_an_authorisation_ends_when_stripe_says_or_after_seven_days() -> None:
    assert facts_of_intent(an_intent("requires_capture")) == (AUTHORIZED,)
    answered = an_intent("requires_capture", latest_charge=a_charge())
    until = datetime.fromtimestamp(CAPTURE_BEFORE, UTC)
    assert facts_of_intent(answered) == (
        a_fact(FactKind.AUTHORIZED, amount_minor=DUE_MINOR, until=until, risk_score=17),
    )


def test_what_is_not_confirmed_says_nothing() -> None:
    assert facts_of_intent(an_intent("requires_confirmation")) == ()


def test_a_customer_who_has_to_confirm_is_sent_to_the_bank() -> None:
    url = "https://hooks.stripe.com/redirect/authenticate/src_1"
    action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": "x", "url": url}}
    asked = an_intent("requires_action", next_action=action)
    assert facts_of_intent(asked) == (a_fact(FactKind.ACTION_REQUIRED, url=url),)
    in_page = an_intent("requires_action", next_action={"type": "use_stripe_sdk"})
    assert facts_of_intent(in_page) == (a_fact(FactKind.ACTION_REQUIRED),)


def test_a_payment_in_the_making_has_a_name_at_stripe() -> None:
    processing = an_intent("processing")
    assert facts_of_intent(processing) == (a_fact(FactKind.PROCESSING),) == (begun(processing),)


@pytest.mark.parametrize(
    ("error", "code", "is_retriable"),
    [
        (an_error(), "insufficient_funds", False),
        (an_error(advice_code=None), "insufficient_funds", False),
        (an_error(advice_code="try_again_later"), "insufficient_funds", True),
        (an_error(advice_code=None, decline_code="incorrect_cvc"), "incorrect_cvc", True),
        (an_error(decline_code="incorrect_cvc"), "incorrect_cvc", False),
        (
            {"code": "payment_intent_authentication_failure"},
            "payment_intent_authentication_failure",
            True,
        ),
        ({"code": "expired_card", "decline_code": None}, "expired_card", True),
        (None, "declined", False),
    ],
)
def test_a_refusal_says_why_and_whether_to_try_again(
    error: dict[str, Any] | None, code: str, *, is_retriable: bool
) -> None:
    refused = an_intent("requires_payment_method", last_payment_error=error)
    said = a_fact(FactKind.DECLINED, code=code, is_retriable=is_retriable)
    assert facts_of_intent(refused) == (said,)
    assert declined(error or {}, PAYMENT_ID, INTENT_ID) == said


def test_what_was_taken_bears_the_id_of_its_capture() -> None:
    taken = an_intent("succeeded", metadata={**OURS, CAPTURE_ID: ours.CAPTURE_ID})
    fact = a_fact(FactKind.CAPTURED, operation_id=ours.CAPTURE_ID, amount_minor=DUE_MINOR)
    assert facts_of_intent(taken) == (fact,)
    assert marked(taken, CAPTURE_ID, ours.CAPTURE_ID)
    assert not marked(an_intent("succeeded"), CAPTURE_ID, ours.CAPTURE_ID)


def test_what_a_capture_leaves_is_given_up() -> None:
    part = an_intent("succeeded", amount_received=1_000)
    facts = (
        a_fact(FactKind.CAPTURED, operation_id=CHARGE_ID, amount_minor=1_000),
        a_fact(FactKind.VOIDED, operation_id=f"{CHARGE_ID}:rest", amount_minor=DUE_MINOR - 1_000),
    )
    assert facts_of_intent(part) == facts
    assert captured(part, CHARGE_ID, 1_000) == facts
    whole = an_intent("succeeded", latest_charge=a_charge())
    assert facts_of_intent(whole) == facts_of_intent(an_intent("succeeded"))


def test_what_was_given_up_says_how_much_was_authorised() -> None:
    marks = {**OURS, VOID_ID: ours.VOID_ID}
    fact = a_fact(FactKind.VOIDED, operation_id=ours.VOID_ID, amount_minor=DUE_MINOR)
    assert facts_of_intent(an_intent("canceled", metadata=marks)) == (fact,)
    answered = an_intent("canceled", metadata=marks, latest_charge=a_charge())
    authorised = facts_of_intent(an_intent("requires_capture", latest_charge=a_charge()))
    assert facts_of_intent(answered) == (*authorised, fact)
    assert voided(answered, ours.VOID_ID) == (*authorised, fact)
    by_hand = replace(fact, operation_id=f"{INTENT_ID}:canceled")
    assert facts_of_intent(an_intent("canceled")) == (by_hand,)


@pytest.mark.parametrize("charge", [None, a_charge(status="failed")])
def test_what_was_never_authorised_is_given_up_without_money(charge: object) -> None:
    fact = a_fact(FactKind.VOIDED, operation_id=ours.VOID_ID)
    assert voided(an_intent("canceled", latest_charge=charge), ours.VOID_ID) == (fact,)


@pytest.mark.parametrize("reason", ["automatic", "expired"])
def test_what_nobody_took_in_time_has_expired(reason: str) -> None:
    lapsed = an_intent("canceled", cancellation_reason=reason)
    assert facts_of_intent(lapsed) == (a_fact(FactKind.EXPIRED),)


def test_a_refund_is_told_once_it_is_decided() -> None:
    succeeded = a_stripe_refund("succeeded")
    given_back = a_fact(FactKind.REFUNDED, operation_id=ours.REFUND_ID, amount_minor=DUE_MINOR)
    assert facts_of_refund(succeeded) == (given_back,)
    assert facts_of_refund(a_stripe_refund("pending")) == ()
    assert facts_of_refund(a_stripe_refund("requires_action")) == ()


@pytest.mark.parametrize(
    ("refund", "code"),
    [
        (a_stripe_refund("failed", failure_reason="lost_or_stolen_card"), "lost_or_stolen_card"),
        (a_stripe_refund("canceled"), "canceled"),
    ],
)
def test_a_refund_that_fails_did_not_begin_or_came_back(refund: dict[str, Any], code: str) -> None:
    assert facts_of_refund(refund) == (
        a_fact(FactKind.REFUND_FAILED, operation_id=ours.REFUND_ID, code=code, attempt=1),
        a_fact(FactKind.REFUND_REVERSED, operation_id=ours.REFUND_ID, attempt=1),
    )


@pytest.mark.parametrize(("text", "attempt"), [("2", 2), ("17", 17), ("", 1), ("second", 1)])
def test_a_refund_says_which_attempt_it_was(text: str, attempt: int) -> None:
    refund = a_stripe_refund("failed", metadata={REFUND_ID: ours.REFUND_ID, ATTEMPT: text})
    assert [fact.attempt for fact in facts_of_refund(refund)] == [attempt, attempt]


def test_a_refund_made_by_hand_is_known_by_the_names_of_stripe() -> None:
    (fact,) = facts_of_refund(a_stripe_refund("succeeded", metadata={}))
    assert (fact.payment_id, fact.psp_ref) == ("", INTENT_ID)
    assert fact.operation_id == STRIPE_REFUND_ID
    assert not marked(a_stripe_refund("succeeded", metadata=None), REFUND_ID, ours.REFUND_ID)


OPENED = ProviderFact(
    kind=FactKind.CHARGEBACK,
    payment_id="",
    operation_id=DISPUTE_ID,
    psp_ref=INTENT_ID,
    amount_minor=DUE_MINOR,
)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("warning_needs_response", []),
        ("warning_closed", []),
        ("needs_response", [FactKind.CHARGEBACK]),
        ("under_review", [FactKind.CHARGEBACK]),
        ("won", [FactKind.CHARGEBACK, FactKind.CHARGEBACK_WON]),
        ("lost", [FactKind.CHARGEBACK, FactKind.CHARGEBACK_LOST]),
    ],
)
def test_a_dispute_takes_money_but_an_inquiry_does_not(status: str, kinds: list[FactKind]) -> None:
    facts = facts_of_event("charge.dispute.updated", a_dispute(status))
    assert [fact.kind for fact in facts] == kinds
    assert facts[:1] == ((OPENED,) if kinds else ())


@pytest.mark.parametrize(
    ("event_type", "said", "kind"),
    [
        (
            "payment_intent.amount_capturable_updated",
            an_intent("requires_capture"),
            FactKind.AUTHORIZED,
        ),
        ("payment_intent.succeeded", an_intent("succeeded"), FactKind.CAPTURED),
        (
            "payment_intent.payment_failed",
            an_intent("requires_payment_method"),
            FactKind.DECLINED,
        ),
        (
            "payment_intent.requires_action",
            an_intent("requires_action"),
            FactKind.ACTION_REQUIRED,
        ),
        ("payment_intent.processing", an_intent("processing"), FactKind.PROCESSING),
        (
            "payment_intent.canceled",
            an_intent("canceled", cancellation_reason="automatic"),
            FactKind.EXPIRED,
        ),
        ("refund.created", a_stripe_refund("succeeded"), FactKind.REFUNDED),
        ("refund.updated", a_stripe_refund("succeeded"), FactKind.REFUNDED),
        ("refund.failed", a_stripe_refund("failed"), FactKind.REFUND_FAILED),
        ("charge.refund.updated", a_stripe_refund("failed"), FactKind.REFUND_FAILED),
        ("charge.dispute.created", a_dispute("needs_response"), FactKind.CHARGEBACK),
        ("charge.dispute.funds_withdrawn", a_dispute("needs_response"), FactKind.CHARGEBACK),
        ("charge.dispute.closed", a_dispute("lost"), FactKind.CHARGEBACK),
    ],
)
def test_events_are_read_by_their_type(
    event_type: str, said: dict[str, Any], kind: FactKind
) -> None:
    assert facts_of_event(event_type, said)[0].kind is kind


def test_other_events_say_nothing() -> None:
    assert facts_of_event("charge.captured", a_charge(captured=True)) == ()
    assert facts_of_event("customer.created", {}) == ()


def test_an_object_that_is_none_is_no_fact() -> None:
    with pytest.raises(KeyError):
        facts_of_event("payment_intent.succeeded", {})
