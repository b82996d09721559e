"""How are the commands about customers decided?"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.add_address import AddAddress, add_address
from commands.block_customer import BlockCustomer, block_customer
from commands.change_contact import ChangeContact, change_contact
from commands.decider import Decider, States, on_own_state
from commands.register_customer import RegisterCustomer, RegisterCustomerState, register_customer
from commands.remove_address import RemoveAddress, remove_address
from commands.unblock_customer import UnblockCustomer, unblock_customer
from domain.customer import Customer
from domain.events import customer_stream, email_stream
from domain.fold import as_customer, as_email_claim

CustomerCommand = (
    RegisterCustomer | ChangeContact | AddAddress | RemoveAddress | BlockCustomer | UnblockCustomer
)


def _customer_id(command: CustomerCommand) -> str:
    return command.customer_id


def _writes(command: CustomerCommand) -> tuple[str, ...]:
    return (customer_stream(command.customer_id),)


def _customer(command: CustomerCommand, states: States) -> Customer | None:
    return as_customer(states[customer_stream(command.customer_id)])


def _contact_writes(command: RegisterCustomer | ChangeContact) -> tuple[str, ...]:
    customer = customer_stream(command.customer_id)
    if command.email_claim is None:
        return (customer,)
    return (customer, email_stream(command.email_claim))


def _contact(command: RegisterCustomer | ChangeContact, states: States) -> RegisterCustomerState:
    claim = command.email_claim
    return RegisterCustomerState(
        customer=_customer(command, states),
        email=None if claim is None else as_email_claim(states[email_stream(claim)]),
    )


_of_customer: Final = partial(on_own_state, state=_customer, writes=_writes, target_id=_customer_id)
_of_contact: Final = partial(
    on_own_state, state=_contact, writes=_contact_writes, target_id=_customer_id
)

CUSTOMER_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RegisterCustomer: _of_contact("register-customer", register_customer, creates=True),
    ChangeContact: _of_contact("change-contact", change_contact),
    AddAddress: _of_customer("add-address", add_address),
    RemoveAddress: _of_customer("remove-address", remove_address),
    BlockCustomer: _of_customer("block-customer", block_customer),
    UnblockCustomer: _of_customer("unblock-customer", unblock_customer),
}
