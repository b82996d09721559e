"""How are the commands about stock decided?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from commands.adjust_stock import AdjustStock, adjust_stock
from commands.allocate_reservation import AllocateReservation, allocate_reservation
from commands.count_stock import CountStock, count_stock
from commands.decider import Decider, States, on_own_state
from commands.deduct_stock import DeductStock, deduct_stock
from commands.expire_reservation import ExpireReservation, expire_reservation
from commands.extend_reservation import ExtendReservation, extend_reservation
from commands.fill_backorder import FillBackorder, fill_backorder
from commands.receive_stock import ReceiveStock, receive_stock
from commands.register_stock_item import (
    RegisterStockItem,
    RegisterStockItemState,
    register_stock_item,
)
from commands.release_reservation import ReleaseReservation, release_reservation
from commands.reserve_stock import ReserveStock, reserve_stock
from commands.restock_return import RestockReturn, restock_return
from commands.set_backorder_policy import SetBackorderPolicy, set_backorder_policy
from commands.set_safety_stock import SetSafetyStock, set_safety_stock
from domain.events import Event, product_stream, stock_stream
from domain.fold import as_product, as_stock_item
from domain.stock_item import StockItem

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
StockCommand = StockItemCommand | ReserveStock


def _stock_item_id(command: StockItemCommand) -> str:
    return f"{command.sku}@{command.location}"


def _writes(command: StockItemCommand) -> tuple[str, ...]:
    return (stock_stream(command.sku, command.location),)


def _stock_item(command: StockItemCommand, states: States) -> StockItem | None:
    return as_stock_item(states[stock_stream(command.sku, command.location)])


def _happened_at(command: ReceiveStock | AdjustStock) -> datetime:
    return command.happened_at


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


_of_stock_item: Final = partial(
    on_own_state, state=_stock_item, writes=_writes, target_id=_stock_item_id
)


def _of_the_past(stored_type: str, decide: Callable[..., tuple[Event, ...]]) -> Decider[Any]:
    """Make the decider of a command that may be about the past."""
    return replace(_of_stock_item(stored_type, decide), occurred_at=_happened_at)


STOCK_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RegisterStockItem: Decider(
        type="register-stock-item",
        writes=_writes,
        reads=lambda command: (product_stream(command.sku),),
        decide=_register_stock_item,
        target_id=_stock_item_id,
        creates=True,
    ),
    ReceiveStock: _of_the_past("receive-stock", receive_stock),
    AdjustStock: _of_the_past("adjust-stock", adjust_stock),
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
        decide=_reserve_stock,
        target_id=_first_stock_item,
    ),
}
