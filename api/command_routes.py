"""Which commands can be sent over HTTP, in the order in which the router looks for them?

Hot ones first: the router compares paths one after the other.
"""

from collections.abc import Mapping
from typing import Final

from api.command_route import CommandRoute
from api.coupon_commands import COUPON_COMMANDS
from api.customer_commands import CUSTOMER_COMMANDS
from api.history_commands import HISTORY_COMMANDS
from api.order_commands import ORDER_COMMANDS
from api.order_edits import ORDER_EDITS
from api.order_stops import ORDER_STOPS
from api.payment_commands import PAYMENT_COMMANDS
from api.process_commands import PROCESS_COMMANDS
from api.product_commands import PRODUCT_COMMANDS
from api.return_commands import RETURN_COMMANDS
from api.shipment_commands import SHIPMENT_COMMANDS
from api.stock_commands import STOCK_COMMANDS

COMMAND_ROUTES: Final[tuple[CommandRoute, ...]] = (
    *ORDER_COMMANDS,
    *PAYMENT_COMMANDS,
    *ORDER_STOPS,
    *ORDER_EDITS,
    *CUSTOMER_COMMANDS,
    *PRODUCT_COMMANDS,
    *STOCK_COMMANDS,
    *COUPON_COMMANDS,
    *PROCESS_COMMANDS,
    *SHIPMENT_COMMANDS,
    *RETURN_COMMANDS,
    *HISTORY_COMMANDS,
)

COMMANDS_BY_TYPE: Final[Mapping[str, CommandRoute]] = {
    route.type: route for route in COMMAND_ROUTES
}
"""The name of a command in a batch -> its route."""
