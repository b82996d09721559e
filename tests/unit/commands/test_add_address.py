"""AddAddress: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.add_address import ADDRESSES_MAX
from domain.customer import CustomerAddressAdded, CustomerAddressPersonal
from domain.errors import CustomerNotFound, OperationConflict, TooManyAddresses
from tests.examples import (
    ADDRESS,
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

ADDED = CustomerAddressAdded(
    customer_id=CUSTOMER_ID,
    address_id=ADDRESS_ID,
    personal=CustomerAddressPersonal(address=ADDRESS),
)
ELSEWHERE = replace(ADDRESS, city="Leeds")


def test_succeeds_for_the_customer_and_for_the_shop() -> None:
    given(a_customer()).when(an_address_to_keep()).then(ADDED)
    given(a_customer()).when(an_address_to_keep(actor=STAFF)).then(ADDED)


@pytest.mark.parametrize("actor", [OTHER_CUSTOMER, CARRIER])
def test_refused_to_everybody_else_as_if_there_were_no_such_customer(actor: object) -> None:
    given(a_customer()).when(an_address_to_keep(actor=actor)).then_refused(CustomerNotFound)
    given().when(an_address_to_keep()).then_refused(CustomerNotFound)


def test_refused_with_an_id_that_names_another_address() -> None:
    given(a_customer(), an_address_to_keep()).when(
        an_address_to_keep(address=ELSEWHERE)
    ).then_refused(OperationConflict)


def test_refused_with_the_id_of_a_removed_address() -> None:
    past = (a_customer(), an_address_to_keep(), an_address_removal())
    given(*past).when(an_address_to_keep()).then_refused(OperationConflict)


def test_refused_when_as_many_are_kept_as_can_be_until_one_is_removed() -> None:
    many = [an_address_to_keep(address_id=str(number)) for number in range(ADDRESSES_MAX)]
    given(a_customer(), *many).when(an_address_to_keep()).then_refused(TooManyAddresses)
    gone = an_address_removal(address_id="7")
    given(a_customer(), *many, gone).when(an_address_to_keep()).then(ADDED)


def test_repeated_with_the_same_address_has_nothing_to_do() -> None:
    given(a_customer(), an_address_to_keep()).when(an_address_to_keep()).then_nothing()


def test_raced_by_the_same_address_under_another_id_keeps_both() -> None:
    first = an_address_to_keep(address_id="first")
    given(a_customer(), first).when(an_address_to_keep()).then(ADDED)
