"""Which commands are there, on which streams does each rest, and what decides it?

The deciders stand by aggregate in `*_deciders.py`.
"""

from collections.abc import Mapping
from typing import Any, Final

from commands.advance_fulfilment import AdvanceFulfilment
from commands.coupon_deciders import COUPON_DECIDERS, CouponCommand
from commands.customer_deciders import CUSTOMER_DECIDERS, CustomerCommand
from commands.decider import Decider
from commands.fulfilment_deciders import (
    FULFILMENT_DECIDERS,
    FulfilmentCommand,
    advance_decider,
)
from commands.history_deciders import HistoryCommand, history_deciders
from commands.order_deciders import ORDER_DECIDERS, OrderCommand
from commands.payment_deciders import PAYMENT_DECIDERS, PaymentCommand
from commands.product_deciders import PRODUCT_DECIDERS, ProductCommand
from commands.return_deciders import RETURN_DECIDERS, ReturnCommand
from commands.shipment_deciders import SHIPMENT_DECIDERS, ShipmentCommand
from commands.stock_deciders import STOCK_DECIDERS, StockCommand

Command = (
    ProductCommand
    | CustomerCommand
    | StockCommand
    | CouponCommand
    | OrderCommand
    | PaymentCommand
    | ShipmentCommand
    | FulfilmentCommand
    | ReturnCommand
    | HistoryCommand
)

_SIMPLE: Final[Mapping[type, Decider[Any]]] = {
    **PRODUCT_DECIDERS,
    **CUSTOMER_DECIDERS,
    **STOCK_DECIDERS,
    **COUPON_DECIDERS,
    **ORDER_DECIDERS,
    **PAYMENT_DECIDERS,
    **SHIPMENT_DECIDERS,
    **FULFILMENT_DECIDERS,
    **RETURN_DECIDERS,
}
DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    **_SIMPLE,
    AdvanceFulfilment: advance_decider(_SIMPLE),
    **history_deciders(_SIMPLE),
}
"""Command class -> how it is decided."""
