"""Which commands are there, on which streams does each rest, and what decides it?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from commands.activate_product import ActivateProduct, activate_product
from commands.add_note import AddNote, add_note
from commands.cancel_order import CancelOrder, cancel_order
from commands.change_shipping_address import ChangeShippingAddress, change_shipping_address
from commands.decider import Decider, States
from commands.discontinue_product import DiscontinueProduct, discontinue_product
from commands.place_order import PlaceOrder, PlaceOrderState, place_order
from commands.register_customer import (
    RegisterCustomer,
    RegisterCustomerState,
    register_customer,
)
from commands.register_product import RegisterProduct, register_product
from commands.set_price import SetPrice, set_price
from commands.withdraw_price import WithdrawPrice, withdraw_price
from domain.events import Event, customer_stream, email_stream, order_stream, product_stream
from domain.fold import as_customer, as_email_claim, as_order, as_product
from domain.order import Order
from domain.product import Product

ProductCommand = RegisterProduct | ActivateProduct | DiscontinueProduct | SetPrice | WithdrawPrice
OrderCommand = ChangeShippingAddress | CancelOrder | AddNote
Command = ProductCommand | RegisterCustomer | PlaceOrder | OrderCommand


def _nothing(_: Command) -> tuple[str, ...]:
    return ()


def _no_number(_: Command, __: States) -> str | None:
    return None


def _asked_at(command: Command) -> datetime:
    return command.asked_at


def _sku(command: ProductCommand) -> str:
    return command.sku


def _product_writes(command: ProductCommand) -> tuple[str, ...]:
    return (product_stream(command.sku),)


def _product(command: ProductCommand, states: States) -> Product | None:
    return as_product(states[product_stream(command.sku)])


def _order_id(command: OrderCommand | PlaceOrder) -> str:
    return command.order_id


def _order_writes(command: OrderCommand | PlaceOrder) -> tuple[str, ...]:
    return (order_stream(command.order_id),)


def _order(command: OrderCommand | PlaceOrder, states: States) -> Order | None:
    return as_order(states[order_stream(command.order_id)])


def _customer_writes(command: RegisterCustomer) -> tuple[str, ...]:
    customer = customer_stream(command.customer_id)
    if command.email_claim is None:
        return (customer,)
    return (customer, email_stream(command.email_claim))


def _register_customer(command: RegisterCustomer, states: States) -> tuple[Event, ...]:
    claim = command.email_claim
    state = RegisterCustomerState(
        customer=as_customer(states[customer_stream(command.customer_id)]),
        email=None if claim is None else as_email_claim(states[email_stream(claim)]),
    )
    return register_customer(command, state)


def _place_order_reads(command: PlaceOrder) -> tuple[str, ...]:
    skus = dict.fromkeys(line.sku for line in command.lines)
    return (customer_stream(command.customer_id), *map(product_stream, skus))


def _place_order(command: PlaceOrder, states: States) -> tuple[Event, ...]:
    state = PlaceOrderState(
        order=_order(command, states),
        customer=as_customer(states[customer_stream(command.customer_id)]),
        products={line.sku: as_product(states[product_stream(line.sku)]) for line in command.lines},
    )
    return place_order(command, state)


def _placed_at(command: PlaceOrder) -> datetime:
    return command.placed_at


def _order_number(command: PlaceOrder, states: States) -> str | None:
    """Name the number under which the order is known, or under which it is being placed."""
    order = _order(command, states)
    return command.order_number if order is None else order.order_number


def _of_product(
    stored_type: str,
    decide: Callable[[Any, Product | None], tuple[Event, ...]],
    *,
    creates: bool = False,
) -> Decider[Any]:
    return Decider(
        type=stored_type,
        writes=_product_writes,
        reads=_nothing,
        decide=lambda command, states: decide(command, _product(command, states)),
        target_id=_sku,
        occurred_at=_asked_at,
        order_number=_no_number,
        creates=creates,
    )


def _of_order(
    stored_type: str, decide: Callable[[Any, Order | None], tuple[Event, ...]]
) -> Decider[Any]:
    return Decider(
        type=stored_type,
        writes=_order_writes,
        reads=_nothing,
        decide=lambda command, states: decide(command, _order(command, states)),
        target_id=_order_id,
        occurred_at=_asked_at,
        order_number=_no_number,
    )


def _customer_id(command: RegisterCustomer) -> str:
    return command.customer_id


DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RegisterProduct: _of_product("register-product", register_product, creates=True),
    ActivateProduct: _of_product("activate-product", activate_product),
    DiscontinueProduct: _of_product("discontinue-product", discontinue_product),
    SetPrice: _of_product("set-price", set_price),
    WithdrawPrice: _of_product("withdraw-price", withdraw_price),
    RegisterCustomer: Decider(
        type="register-customer",
        writes=_customer_writes,
        reads=_nothing,
        decide=_register_customer,
        target_id=_customer_id,
        occurred_at=_asked_at,
        order_number=_no_number,
        creates=True,
    ),
    PlaceOrder: Decider(
        type="place-order",
        writes=_order_writes,
        reads=_place_order_reads,
        decide=_place_order,
        target_id=_order_id,
        occurred_at=_placed_at,
        order_number=_order_number,
        creates=True,
    ),
    ChangeShippingAddress: _of_order("change-shipping-address", change_shipping_address),
    CancelOrder: _of_order("cancel-order", cancel_order),
    AddNote: _of_order("add-note", add_note),
}
"""Command class -> how it is decided."""
