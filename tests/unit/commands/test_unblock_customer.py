"""UnblockCustomer: succeeds, refused, repeated, raced."""

from domain.customer import CustomerUnblocked
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

DONE = CustomerUnblocked(customer_id=CUSTOMER_ID, personal=FreeTextPersonal(text="paid"))
PAST = (a_customer(), a_block())


def test_succeeds_for_the_shop() -> None:
    given(*PAST).when(an_unblock()).then(DONE)
    given(*PAST).when(an_unblock(actor=SYSTEM)).then(DONE)


def test_refused_to_the_customer() -> None:
    given(*PAST).when(an_unblock(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_somebody_unknown() -> None:
    given().when(an_unblock()).then_refused(CustomerNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(a_customer()).when(an_unblock()).then_nothing()


def test_raced_by_the_opposite_it_happens_again() -> None:
    given(*(a_customer(), a_block(), an_unblock(), a_block())).when(an_unblock()).then(DONE)
