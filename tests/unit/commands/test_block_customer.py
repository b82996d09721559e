"""BlockCustomer: succeeds, refused, repeated, raced."""

from domain.customer import CustomerBlocked
from domain.errors import CustomerNotFound, Forbidden
from domain.order_parts import FreeTextPersonal
from tests.examples import (
    CUSTOMER,
    CUSTOMER_ID,
    SYSTEM,
    a_block,
    a_customer,
    an_unblock,
)
from tests.specification import given

DONE = CustomerBlocked(customer_id=CUSTOMER_ID, personal=FreeTextPersonal(text="chargebacks"))
PAST = (a_customer(),)


def test_succeeds_for_the_shop() -> None:
    given(*PAST).when(a_block()).then(DONE)
    given(*PAST).when(a_block(actor=SYSTEM)).then(DONE)


def test_refused_to_the_customer() -> None:
    given(*PAST).when(a_block(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_somebody_unknown() -> None:
    given().when(a_block()).then_refused(CustomerNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(a_customer(), a_block()).when(a_block(reason="again")).then_nothing()


def test_raced_by_the_opposite_it_happens_again() -> None:
    given(*(a_customer(), a_block(), an_unblock())).when(a_block()).then(DONE)
