"""ChangeShippingAddress: the parcel shall go elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import state_conflict
from domain.envelope import Actor
from domain.errors import EditRequired
from domain.order import Address, Order, OrderShippingAddressChanged, ShippingAddressPersonal
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
        OrderStateConflict: the order is no longer pending.
        EditRequired: the country changes, and with it the tax.
    """
    order = require_order(order, command.actor, command.order_id)
    if order.ships_to(command.address):
        return ()
    if not order.is_pending:
        raise state_conflict(order, "its address can no longer change")
    if command.address.country != order.tax_country:
        raise EditRequired(
            f"the order is taxed for {order.tax_country!r}; another country needs an edit"
        )
    return (
        OrderShippingAddressChanged(
            order_id=order.order_id,
            customer_id=order.customer_id,
            currency=order.currency,
            channel=order.channel,
            country=order.country,
            placed_at=order.placed_at,
            personal=ShippingAddressPersonal(shipping_address=command.address),
        ),
    )
