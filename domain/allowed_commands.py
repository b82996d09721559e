"""Which commands of people does the state of an order allow?

What people are told beside a refusal and in every answer about an order; each decision still judges
for itself.
"""

from domain.order import FINAL, OPEN, Lifecycle, Order
from domain.order_progress import Lines


def allowed_commands(order: Order) -> tuple[str, ...]:
    """Tell which commands of people the order's state allows, by their stored names."""
    return commands_allowed(
        order.lifecycle,
        order.progress,
        is_held=order.is_held,
        has_edit=order.edit is not None,
        is_imported=order.is_imported,
    )


def commands_allowed(
    lifecycle: Lifecycle, progress: Lines, *, is_held: bool, has_edit: bool, is_imported: bool
) -> tuple[str, ...]:
    """Tell the same from what a read model knows of an order as well."""
    allowed = ["add-note"]
    if lifecycle in OPEN and any(line.unshipped for line in progress):
        allowed += ["cancel-order"] if has_edit else ["cancel-lines", "cancel-order"]
        if not any(line.shipped for line in progress):
            allowed.append("change-shipping-address")
        allowed.append("place-hold")
        if not has_edit and not is_imported:
            allowed.append("propose-edit")
    if has_edit and lifecycle in OPEN:
        allowed.append("reject-edit")
    if is_held and lifecycle not in FINAL:
        allowed.append("release-hold")
    return tuple(allowed)
