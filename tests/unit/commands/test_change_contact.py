"""ChangeContact: succeeds, refused, repeated, raced."""

import pytest

from domain.customer import CustomerContactChanged, CustomerPersonal, EmailClaimed
from domain.errors import CustomerNotFound, EmailTaken
from tests.examples import (
    CARRIER,
    CUSTOMER_ID,
    DAY,
    EMAIL_CLAIM,
    NOW,
    OTHER_CUSTOMER,
    OTHER_CUSTOMER_ID,
    OTHER_EMAIL_CLAIM,
    STAFF,
    a_block,
    a_contact_change,
    a_customer,
)
from tests.specification import given

CHANGED = CustomerContactChanged(
    customer_id=CUSTOMER_ID,
    locale="en-GB",
    email_claim=OTHER_EMAIL_CLAIM,
    personal=CustomerPersonal(email="countess@example.org", name="Ada King"),
)
CLAIMED = EmailClaimed(claim=OTHER_EMAIL_CLAIM, customer_id=CUSTOMER_ID)
NAMELESS = a_contact_change(email=None, name=None, locale=None, email_claim=None)


def test_succeeds_and_claims_the_new_email_address() -> None:
    given(a_customer()).when(a_contact_change()).then(CHANGED, CLAIMED)
    given(a_customer()).when(a_contact_change(actor=STAFF)).then(CHANGED, CLAIMED)


def test_succeeds_without_anything_personal() -> None:
    given(a_customer()).when(NAMELESS).then(CustomerContactChanged(customer_id=CUSTOMER_ID))


def test_succeeds_with_an_email_address_that_the_customer_once_had() -> None:
    back = a_contact_change(email_claim=EMAIL_CLAIM)
    given(a_customer(), a_contact_change()).when(back).then(
        CustomerContactChanged(
            customer_id=CUSTOMER_ID,
            locale="en-GB",
            email_claim=EMAIL_CLAIM,
            personal=CustomerPersonal(email="countess@example.org", name="Ada King"),
        )
    )


def test_succeeds_for_a_blocked_customer() -> None:
    given(a_customer(), a_block()).when(a_contact_change()).then(CHANGED, CLAIMED)


@pytest.mark.parametrize("actor", [OTHER_CUSTOMER, CARRIER])
def test_refused_to_everybody_else_as_if_there_were_no_such_customer(actor: object) -> None:
    given(a_customer()).when(a_contact_change(actor=actor)).then_refused(CustomerNotFound)
    given().when(a_contact_change()).then_refused(CustomerNotFound)


def test_refused_with_an_email_address_that_another_customer_has_or_had() -> None:
    other = a_customer(customer_id=OTHER_CUSTOMER_ID, email_claim=OTHER_EMAIL_CLAIM)
    moved = a_contact_change(
        actor=OTHER_CUSTOMER, customer_id=OTHER_CUSTOMER_ID, email_claim="7d" * 32
    )
    given(a_customer(), other).when(a_contact_change()).then_refused(EmailTaken)
    given(a_customer(), other, moved).when(a_contact_change()).then_refused(EmailTaken)


def test_repeated_with_the_same_content_has_nothing_to_do() -> None:
    past = (a_customer(), a_contact_change())
    given(*past).when(a_contact_change(asked_at=NOW + DAY)).then_nothing()


def test_raced_by_a_change_back_it_changes_again() -> None:
    first = a_contact_change(email="ada@example.org", name="Ada Lovelace", email_claim=EMAIL_CLAIM)
    given(a_customer(), a_contact_change(), first).when(a_contact_change()).then(CHANGED)


def test_a_registration_is_still_recognised_after_a_change() -> None:
    given(a_customer(), a_contact_change()).when(a_customer()).then_nothing()
