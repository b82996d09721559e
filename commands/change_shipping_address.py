"""ChangeShippingAddress: the parcel shall go elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import EditRequired
from domain.order import Order
from domain.order_events import OrderShippingAddressChanged
from domain.order_parts import Address, ShippingAddressPersonal
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShippingAddress:
    """Send the order to another address in the same country."""

    actor: Actor
    asked_at: datetime
    order_id: str
    address: Address


def change_shipping_address(
    command: ChangeShippingAddress, order: Order | None
) -> tuple[OrderShippingAddressChanged, ...]:
    """Change the address, or nothing if it is the order's address.

    Raises:
        OrderNotFound: unknown, or another customer's.
        OrderStateConflict: a part of it has left, or the order is over.
        EditRequired: the country changes, and with it the tax.
    """
    order = require_order(order, command.actor, command.order_id)
    if order.ships_to(command.address):
        return ()
    if not order.is_open or order.has_shipped:
        raise state_conflict(order, "its address can no longer change")
    if command.address.country != order.tax_country:
        raise EditRequired(
            f"the order is taxed for {order.tax_country!r}; another country needs an edit"
        )
    return (
        OrderShippingAddressChanged(
            **facts_of(order),
            personal=ShippingAddressPersonal(shipping_address=command.address),
        ),
    )
