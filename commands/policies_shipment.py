"""What does the process do when something happens to a parcel, or to the pieces for one?"""

from typing import cast

from commands.adjust_stock import AdjustStock
from commands.cancel_lines import CancelLines
from commands.deduct_stock import DeductStock
from commands.fulfilment_holds import hold_for
from commands.fulfilment_money import take_for_shipment
from commands.fulfilment_parcels import complete_or_stay, plan_shipments, watch_parcel
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import (
    give_missing_back,
    held_pieces,
    keep_stock,
    make_firm,
)
from commands.order_rules import PartOfLine
from commands.policies_edit import drop_edit
from commands.record_allocation import RecordAllocation
from commands.record_backorder import RecordBackorder
from commands.record_lines_delivered import RecordLinesDelivered
from commands.shipment_rules import parts_of
from domain.events import stock_stream
from domain.order_parts import CancellationReason, HoldKind, LineQuantity
from domain.shipment import pieces_per_line
from domain.shipment_events import (
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentLineShorted,
    ShipmentLost,
    ShipmentPlanned,
    ShipmentReturnedToSender,
)
from domain.stock_events import BackorderFilled


def after_shipment_planned(step: Step) -> None:
    """Watch a parcel that somebody else planned, for instance by splitting one."""
    data = cast("ShipmentPlanned", step.event.data)
    if step.process is None or step.process.has_ended:
        return
    watch_parcel(step, data.shipment_id, data.ship_by)
    step.stay()


def after_dispatched(step: Step) -> None:
    """Take the pieces off the shelf and the money for them."""
    data = cast("ShipmentDispatched", step.event.data)
    process = step.process
    if process is None:
        return
    step.script.require(*{stock_stream(line.sku, data.location) for line in data.lines})
    for line in data.lines:
        step.send(
            DeductStock(
                actor=FULFILMENT,
                asked_at=step.now,
                sku=line.sku,
                location=data.location,
                reservation_id=line.reservation_id,
                shipment_id=data.shipment_id,
                quantity=line.quantity,
            )
        )
    missing = take_for_shipment(step, data.shipment_id)
    if missing:
        if step.order.unshipped:
            hold_for(step, HoldKind.CREDIT, data.shipment_id, "not enough is authorised")
        step.call_for_help(f"money:{data.shipment_id}", "not enough is authorised", missing)
    step.cancel_timer(f"ship_by:{data.shipment_id}")
    step.wake_in(f"delivery:{data.shipment_id}", step.policy.delivery)
    complete_or_stay(step)


def after_delivered(step: Step) -> None:
    """Tell the order, and complete it if that was the last thing."""
    data = cast("ShipmentDelivered", step.event.data)
    if step.process is None:
        return
    step.send(
        RecordLinesDelivered(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            shipment_id=data.shipment_id,
            lines=parts_of(data.lines),
            delivered_at=data.delivered_at,
        )
    )
    step.cancel_timer(f"delivery:{data.shipment_id}")
    complete_or_stay(step)


def after_parcel_gone(step: Step) -> None:
    """Leave it to people: whether to send again or to give the money back is theirs to say."""
    data = cast("ShipmentLost | ShipmentReturnedToSender", step.event.data)
    if step.process is None:
        return
    pieces = pieces_per_line(data.lines)
    value = sum(
        line.total_minor * pieces.get(line.line_id, 0) // line.quantity for line in step.order.lines
    )
    step.cancel_timer(f"delivery:{data.shipment_id}")
    step.call_for_help(f"parcel:{data.shipment_id}", step.event.type, value)
    step.stay()


def after_shipment_cancelled(step: Step) -> None:
    """Plan anew what somebody stopped, while the order goes on."""
    if step.process is None or step.begun.has_ended:
        return
    plan_shipments(step)
    step.stay()


def after_line_shorted(step: Step) -> None:
    """Find the missing pieces elsewhere, promise them, or cancel them, in this order."""
    data = cast("ShipmentLineShorted", step.event.data)
    if step.process is None:
        return
    drop_edit(step, "short")
    missing = LineQuantity(line_id=data.line_id, sku=data.sku, quantity=data.quantity)
    part = PartOfLine(line_id=data.line_id, quantity=data.quantity)
    step.send(
        AdjustStock(
            actor=FULFILMENT,
            asked_at=step.now,
            sku=data.sku,
            location=data.location,
            movement_id=step.derived_id("short", data.short_id),
            delta=-data.quantity,
            reason="shorted",
        )
    )
    step.send(
        RecordBackorder(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            operation_id=data.short_id,
            lines=(part,),
        )
    )
    give_missing_back(step, data.reservation_id, data.quantity, data.short_id)
    expires_at = step.now + step.policy.reservation_grace
    if keep_stock(step, (missing,), purpose=f"short/{data.short_id}", expires_at=expires_at):
        make_firm(step)
        _note_firm(step, data.line_id, f"found/{data.short_id}")
        plan_shipments(step)
    else:
        step.send(
            CancelLines(
                actor=FULFILMENT,
                asked_at=step.now,
                order_id=step.order_id,
                cancellation_id=step.derived_id("short", data.short_id),
                lines=(part,),
                reason_code=CancellationReason.OUT_OF_STOCK,
            )
        )
    step.stay()


def _note_firm(step: Step, line_id: str, operation_id: str) -> None:
    """Tell the order what of a line is firm in stock and promised in the order's books."""
    (progress,) = [line for line in step.order.progress if line.line_id == line_id]
    firm = sum(quantity for _, quantity in held_pieces(step, [line_id]))
    quantity = min(progress.backordered, firm - progress.allocated)
    if quantity > 0:
        step.send(
            RecordAllocation(
                actor=FULFILMENT,
                asked_at=step.now,
                order_id=step.order_id,
                operation_id=operation_id,
                lines=(PartOfLine(line_id=line_id, quantity=quantity),),
            )
        )


def after_backorder_filled(step: Step) -> None:
    """Tell the order that promised pieces are there, and send them."""
    data = cast("BackorderFilled", step.event.data)
    process = step.process
    if process is None or data.reservation_id not in process.kept:
        return
    _note_firm(step, data.line_id, f"fill/{step.event.position}")
    plan_shipments(step)
    step.stay()
