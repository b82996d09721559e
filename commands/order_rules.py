"""Which refusals do the commands about orders share?"""

from domain.errors import OrderStateConflict
from domain.order import Order, allowed_commands


def state_conflict(order: Order, consequence: str) -> OrderStateConflict:
    """Make the refusal of what the order's state forbids."""
    return OrderStateConflict(
        f"order {order.order_number} is {order.lifecycle}; {consequence}",
        current_state=order.lifecycle,
        allowed_commands=allowed_commands(order),
    )
