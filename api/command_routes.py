"""Which commands can be sent over HTTP, in the order in which the router looks for them?

Hot ones first: the router compares paths one after the other.
"""

from collections.abc import Mapping
from typing import Final

from api.command_route import CommandRoute
from api.customer_commands import CUSTOMER_COMMANDS
from api.order_commands import ORDER_COMMANDS
from api.product_commands import PRODUCT_COMMANDS
from api.stock_commands import STOCK_COMMANDS

COMMAND_ROUTES: Final[tuple[CommandRoute, ...]] = (
    *ORDER_COMMANDS,
    *CUSTOMER_COMMANDS,
    *PRODUCT_COMMANDS,
    *STOCK_COMMANDS,
)

COMMANDS_BY_TYPE: Final[Mapping[str, CommandRoute]] = {
    route.type: route for route in COMMAND_ROUTES
}
"""The name of a command in a batch -> its route."""
