"""Which commands are there, on which streams does each rest, and what decides it?"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from commands.activate_product import ActivateProduct, activate_product
from commands.add_address import AddAddress, add_address
from commands.add_note import AddNote, add_note
from commands.adjust_stock import AdjustStock, adjust_stock
from commands.allocate_reservation import AllocateReservation, allocate_reservation
from commands.block_customer import BlockCustomer, block_customer
from commands.cancel_order import CancelOrder, cancel_order
from commands.change_contact import ChangeContact, change_contact
from commands.change_shipping_address import ChangeShippingAddress, change_shipping_address
from commands.count_stock import CountStock, count_stock
from commands.decider import Decider, States
from commands.deduct_stock import DeductStock, deduct_stock
from commands.discontinue_product import DiscontinueProduct, discontinue_product
from commands.expire_reservation import ExpireReservation, expire_reservation
from commands.extend_reservation import ExtendReservation, extend_reservation
from commands.fill_backorder import FillBackorder, fill_backorder
from commands.place_order import PlaceOrder, PlaceOrderState, place_order
from commands.receive_stock import ReceiveStock, receive_stock
from commands.register_customer import (
    RegisterCustomer,
    RegisterCustomerState,
    register_customer,
)
from commands.register_product import RegisterProduct, register_product
from commands.register_stock_item import (
    RegisterStockItem,
    RegisterStockItemState,
    register_stock_item,
)
from commands.release_reservation import ReleaseReservation, release_reservation
from commands.remove_address import RemoveAddress, remove_address
from commands.reserve_stock import ReserveStock, reserve_stock
from commands.restock_return import RestockReturn, restock_return
from commands.set_backorder_policy import SetBackorderPolicy, set_backorder_policy
from commands.set_price import SetPrice, set_price
from commands.set_safety_stock import SetSafetyStock, set_safety_stock
from commands.unblock_customer import UnblockCustomer, unblock_customer
from commands.withdraw_price import WithdrawPrice, withdraw_price
from domain.customer import Customer
from domain.events import (
    Event,
    customer_stream,
    email_stream,
    order_stream,
    product_stream,
    stock_stream,
)
from domain.fold import as_customer, as_email_claim, as_order, as_product, as_stock_item
from domain.order import Order
from domain.product import Product
from domain.stock_item import StockItem

ProductCommand = RegisterProduct | ActivateProduct | DiscontinueProduct | SetPrice | WithdrawPrice
CustomerCommand = (
    RegisterCustomer | ChangeContact | AddAddress | RemoveAddress | BlockCustomer | UnblockCustomer
)
OrderCommand = ChangeShippingAddress | CancelOrder | AddNote
StockItemCommand = (
    RegisterStockItem
    | ReceiveStock
    | AdjustStock
    | CountStock
    | SetSafetyStock
    | SetBackorderPolicy
    | ExtendReservation
    | AllocateReservation
    | ReleaseReservation
    | ExpireReservation
    | DeductStock
    | FillBackorder
    | RestockReturn
)
Command = (
    ProductCommand | CustomerCommand | StockItemCommand | ReserveStock | PlaceOrder | OrderCommand
)


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


def _stock_item_id(command: StockItemCommand) -> str:
    return f"{command.sku}@{command.location}"


def _stock_writes(command: StockItemCommand) -> tuple[str, ...]:
    return (stock_stream(command.sku, command.location),)


def _stock_item(command: StockItemCommand, states: States) -> StockItem | None:
    return as_stock_item(states[stock_stream(command.sku, command.location)])


def _register_stock_item(command: RegisterStockItem, states: States) -> tuple[Event, ...]:
    product = as_product(states[product_stream(command.sku)])
    state = RegisterStockItemState(item=_stock_item(command, states), product=product)
    return register_stock_item(command, state)


def _reserve_writes(command: ReserveStock) -> tuple[str, ...]:
    """Name the streams in the order of their names, as every order that wants them does."""
    return tuple(sorted({stock_stream(line.sku, line.location) for line in command.lines}))


def _first_stock_item(command: ReserveStock) -> str:
    return _reserve_writes(command)[0].partition("-")[2]


def _reserve_stock(command: ReserveStock, states: States) -> tuple[Event, ...]:
    items = {
        (line.sku, line.location): as_stock_item(states[stock_stream(line.sku, line.location)])
        for line in command.lines
    }
    return reserve_stock(command, items)


def _order_id(command: OrderCommand | PlaceOrder) -> str:
    return command.order_id


def _order_writes(command: OrderCommand | PlaceOrder) -> tuple[str, ...]:
    return (order_stream(command.order_id),)


def _order(command: OrderCommand | PlaceOrder, states: States) -> Order | None:
    return as_order(states[order_stream(command.order_id)])


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


def _customer_writes(command: CustomerCommand) -> tuple[str, ...]:
    return (customer_stream(command.customer_id),)


def _customer(command: CustomerCommand, states: States) -> Customer | None:
    return as_customer(states[customer_stream(command.customer_id)])


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


def _customer_id(command: CustomerCommand) -> str:
    return command.customer_id


def _on_own_state(
    stored_type: str,
    decide: Callable[[Any, Any], tuple[Event, ...]],
    *,
    state: Callable[[Any, States], Any],
    writes: Callable[[Any], tuple[str, ...]],
    target_id: Callable[[Any], str],
    creates: bool = False,
) -> Decider[Any]:
    """Make the decider of a command that looks at nothing but what it writes."""
    return Decider(
        type=stored_type,
        writes=writes,
        reads=_nothing,
        decide=lambda command, states: decide(command, state(command, states)),
        target_id=target_id,
        occurred_at=_asked_at,
        order_number=_no_number,
        creates=creates,
    )


_of_product: Final = partial(_on_own_state, state=_product, writes=_product_writes, target_id=_sku)
_of_customer: Final = partial(
    _on_own_state, state=_customer, writes=_customer_writes, target_id=_customer_id
)
_of_contact: Final = partial(
    _on_own_state, state=_contact, writes=_contact_writes, target_id=_customer_id
)
_of_stock_item: Final = partial(
    _on_own_state, state=_stock_item, writes=_stock_writes, target_id=_stock_item_id
)
_of_order: Final = partial(_on_own_state, state=_order, writes=_order_writes, target_id=_order_id)

DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RegisterProduct: _of_product("register-product", register_product, creates=True),
    ActivateProduct: _of_product("activate-product", activate_product),
    DiscontinueProduct: _of_product("discontinue-product", discontinue_product),
    SetPrice: _of_product("set-price", set_price),
    WithdrawPrice: _of_product("withdraw-price", withdraw_price),
    RegisterCustomer: _of_contact("register-customer", register_customer, creates=True),
    ChangeContact: _of_contact("change-contact", change_contact),
    AddAddress: _of_customer("add-address", add_address),
    RemoveAddress: _of_customer("remove-address", remove_address),
    BlockCustomer: _of_customer("block-customer", block_customer),
    UnblockCustomer: _of_customer("unblock-customer", unblock_customer),
    RegisterStockItem: Decider(
        type="register-stock-item",
        writes=_stock_writes,
        reads=lambda command: (product_stream(command.sku),),
        decide=_register_stock_item,
        target_id=_stock_item_id,
        occurred_at=_asked_at,
        order_number=_no_number,
        creates=True,
    ),
    ReceiveStock: _of_stock_item("receive-stock", receive_stock),
    AdjustStock: _of_stock_item("adjust-stock", adjust_stock),
    CountStock: _of_stock_item("count-stock", count_stock),
    SetSafetyStock: _of_stock_item("set-safety-stock", set_safety_stock),
    SetBackorderPolicy: _of_stock_item("set-backorder-policy", set_backorder_policy),
    ExtendReservation: _of_stock_item("extend-reservation", extend_reservation),
    AllocateReservation: _of_stock_item("allocate-reservation", allocate_reservation),
    ReleaseReservation: _of_stock_item("release-reservation", release_reservation),
    ExpireReservation: _of_stock_item("expire-reservation", expire_reservation),
    DeductStock: _of_stock_item("deduct-stock", deduct_stock),
    FillBackorder: _of_stock_item("fill-backorder", fill_backorder),
    RestockReturn: _of_stock_item("restock-return", restock_return),
    ReserveStock: Decider(
        type="reserve-stock",
        writes=_reserve_writes,
        reads=_nothing,
        decide=_reserve_stock,
        target_id=_first_stock_item,
        occurred_at=_asked_at,
        order_number=_no_number,
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
