"""RemoveAddress: succeeds, refused, repeated."""

import pytest

from domain.customer import CustomerAddressRemoved
from domain.errors import AddressNotFound, CustomerNotFound
from tests.examples import (
    ADDRESS_ID,
    CARRIER,
    CUSTOMER_ID,
    OTHER_CUSTOMER,
    STAFF,
    a_customer,
    an_address_removal,
    an_address_to_keep,
)
from tests.specification import given

REMOVED = CustomerAddressRemoved(customer_id=CUSTOMER_ID, address_id=ADDRESS_ID)
PAST = (a_customer(), an_address_to_keep())


def test_succeeds_for_the_customer_and_for_the_shop() -> None:
    given(*PAST).when(an_address_removal()).then(REMOVED)
    given(*PAST).when(an_address_removal(actor=STAFF)).then(REMOVED)


@pytest.mark.parametrize("actor", [OTHER_CUSTOMER, CARRIER])
def test_refused_to_everybody_else_as_if_there_were_no_such_customer(actor: object) -> None:
    given(*PAST).when(an_address_removal(actor=actor)).then_refused(CustomerNotFound)
    given().when(an_address_removal()).then_refused(CustomerNotFound)


def test_refused_for_an_address_that_was_never_kept() -> None:
    given(*PAST).when(an_address_removal(address_id="other")).then_refused(AddressNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, an_address_removal()).when(an_address_removal()).then_nothing()
