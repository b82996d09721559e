"""What does the customer get for pieces that came back and were accepted?

The first pieces of a line that come back are worth its first pieces (`line_parts.py`), so whatever
comes back in whichever parts, what is given back for a line adds up to what was paid for it.
"""

from collections.abc import Sequence

from domain.line_parts import returned_part, share_minor
from domain.order import Order
from domain.order_parts import OrderLine
from domain.order_progress import LineProgress
from domain.return_events import InspectedLine, RefundDue, ReturnDisposition


def inspected_line(
    line: OrderLine,
    progress: LineProgress,
    *,
    accepted: int,
    rejected: int,
    disposition: ReturnDisposition,
) -> InspectedLine:
    """Tell what so many more accepted pieces of a line are worth."""
    part = returned_part(line, progress, accepted)
    before = share_minor(line.tax_minor, progress.returned, line.quantity)
    after = share_minor(line.tax_minor, progress.returned + accepted, line.quantity)
    return InspectedLine(
        line_id=line.line_id,
        sku=line.sku,
        accepted=accepted,
        rejected=rejected,
        disposition=disposition,
        value_minor=part.value_minor,
        total_minor=part.total_minor,
        tax_minor=after - before,
    )


def refund_due(
    order: Order,
    inspected: Sequence[InspectedLine],
    *,
    restocking_fee_minor: int,
    refunds_shipping: bool,
) -> RefundDue:
    """Add up what the customer gets; a fee takes no more than that."""
    taxed_on_top = {line.line_id for line in order.lines if not line.tax_included}
    paid = sum(line.total_minor for line in inspected)
    tax = sum(line.tax_minor for line in inspected if line.line_id in taxed_on_top)
    items, shipping = paid - tax, 0
    if refunds_shipping and _is_everything(order, inspected):
        for delivery in order.shipping_lines:
            on_top = 0 if delivery.tax_included else delivery.tax_minor
            shipping += delivery.total_minor - on_top
            tax += on_top
    fee = min(restocking_fee_minor, items + tax + shipping)
    return RefundDue(
        items_minor=items,
        tax_minor=tax,
        shipping_minor=shipping,
        fee_minor=fee,
        total_minor=items + tax + shipping - fee,
    )


def _is_everything(order: Order, inspected: Sequence[InspectedLine]) -> bool:
    """Tell whether with these pieces all that the customer kept has come back."""
    accepted = {line.line_id: line.accepted for line in inspected}
    return any(accepted.values()) and all(
        line.returned + accepted.get(line.line_id, 0) == line.kept for line in order.progress
    )
