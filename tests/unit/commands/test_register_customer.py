"""RegisterCustomer: succeeds, refused, repeated."""

from domain.customer import CustomerPersonal, CustomerRegistered, EmailClaimed
from domain.errors import CustomerAlreadyExists, EmailTaken, Forbidden
from tests.examples import (
    CARRIER,
    CUSTOMER,
    CUSTOMER_ID,
    DAY,
    EMAIL_CLAIM,
    NOW,
    OTHER_CUSTOMER,
    OTHER_CUSTOMER_ID,
    a_customer,
)
from tests.specification import given

NAMELESS = a_customer(email=None, name=None, locale=None, email_claim=None)


def test_succeeds_and_claims_the_email_address() -> None:
    given().when(a_customer()).then(
        CustomerRegistered(
            customer_id=CUSTOMER_ID,
            locale="en-GB",
            email_claim=EMAIL_CLAIM,
            personal=CustomerPersonal(email="ada@example.org", name="Ada Lovelace"),
        ),
        EmailClaimed(claim=EMAIL_CLAIM, customer_id=CUSTOMER_ID),
    )


def test_succeeds_without_anything_personal() -> None:
    given().when(NAMELESS).then(CustomerRegistered(customer_id=CUSTOMER_ID))


def test_succeeds_with_a_name_alone() -> None:
    given().when(a_customer(email=None, email_claim=None)).then(
        CustomerRegistered(
            customer_id=CUSTOMER_ID, locale="en-GB", personal=CustomerPersonal(name="Ada Lovelace")
        )
    )


def test_succeeds_for_a_customer_who_registers_himself() -> None:
    given().when(a_customer(actor=CUSTOMER, name=None, email="a@b.example")).then(
        CustomerRegistered(
            customer_id=CUSTOMER_ID,
            locale="en-GB",
            email_claim=EMAIL_CLAIM,
            personal=CustomerPersonal(email="a@b.example"),
        ),
        EmailClaimed(claim=EMAIL_CLAIM, customer_id=CUSTOMER_ID),
    )


def test_repeated_with_the_same_content_has_nothing_to_do() -> None:
    given(a_customer()).when(a_customer(asked_at=NOW + DAY)).then_nothing()
    given(NAMELESS).when(NAMELESS).then_nothing()


def test_refuses_a_customer_id_that_was_registered_with_other_content() -> None:
    for other in (
        a_customer(name="Augusta"),
        a_customer(locale="fr"),
        a_customer(email="other@example.org"),
        a_customer(email_claim="00" * 32),
        NAMELESS,
    ):
        given(a_customer()).when(other).then_refused(CustomerAlreadyExists)


def test_refuses_the_email_address_of_another_customer() -> None:
    given(a_customer()).when(a_customer(customer_id=OTHER_CUSTOMER_ID)).then_refused(EmailTaken)


def test_refuses_whoever_registers_somebody_else() -> None:
    for actor in (OTHER_CUSTOMER, CARRIER):
        given().when(a_customer(actor=actor)).then_refused(Forbidden)
