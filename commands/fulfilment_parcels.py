"""How does the fulfilment process plan parcels, stop them, and see an order to its end?"""

from collections import defaultdict
from datetime import datetime

from commands.cancel_shipment import CancelShipment
from commands.complete_order import CompleteOrder
from commands.fulfilment_money import credit_beyond_due, give_back, give_payments_up
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import held_pieces
from commands.plan_shipment import PlanShipment
from domain.about_order import facts_of
from domain.fulfilment_events import FulfilmentShipmentPlanned, Stage
from domain.order import Lifecycle
from domain.shipment import Shipment
from domain.shipment_events import ShipmentLine


def plan_shipments(step: Step) -> None:
    """Plan a parcel per location for what is firm and in no parcel yet.

    A customer who wants one delivery gets none before everything is there.
    """
    order = step.order
    is_waiting = order.is_held or order.edit is not None
    if is_waiting or order.lifecycle is not Lifecycle.CONFIRMED:
        return
    per_location = _unplanned(step)
    planned = sum(line.quantity for lines in per_location.values() for line in lines)
    if not planned or (not order.allow_split and planned < order.unshipped):
        return
    for location, lines in sorted(per_location.items()):
        _plan(step, location, tuple(lines))


def _unplanned(step: Step) -> dict[str, list[ShipmentLine]]:
    in_parcels: defaultdict[str, int] = defaultdict(int)
    for shipment in step.shipments():
        if shipment.is_in_house:
            for line in shipment.lines:
                in_parcels[line.reservation_id] += line.quantity
    per_location: defaultdict[str, list[ShipmentLine]] = defaultdict(list)
    for pieces, allocated in held_pieces(step, [line.line_id for line in step.order.lines]):
        quantity = allocated - in_parcels[pieces.reservation_id]
        if quantity > 0:
            per_location[pieces.location].append(
                ShipmentLine(
                    line_id=pieces.line_id,
                    sku=pieces.sku,
                    quantity=quantity,
                    reservation_id=pieces.reservation_id,
                )
            )
    return per_location


def _plan(step: Step, location: str, lines: tuple[ShipmentLine, ...]) -> None:
    shipment_id = step.derived_id("shipment", str(len(step.begun.shipments)))
    ship_by = step.now + step.policy.ship_by
    accepted = step.succeeds(
        PlanShipment(
            actor=FULFILMENT,
            asked_at=step.now,
            shipment_id=shipment_id,
            order_id=step.order_id,
            location=location,
            lines=lines,
            carrier=step.policy.carrier,
            service=step.policy.service,
            ship_by=ship_by,
        )
    )
    if accepted:
        watch_parcel(step, shipment_id, ship_by)


def watch_parcel(step: Step, shipment_id: str, ship_by: datetime) -> None:
    """Count a parcel as one of the order's, and be woken if it does not leave."""
    step.script.append(FulfilmentShipmentPlanned(**facts_of(step.order), shipment_id=shipment_id))
    step.set_timer(f"ship_by:{shipment_id}", ship_by)


def stop_parcels(step: Step, reason: str) -> None:
    """Stop every parcel that has not left."""
    for shipment in step.shipments():
        if shipment.is_in_house:
            stop_parcel(step, shipment, reason)


def stop_parcel(step: Step, shipment: Shipment, reason: str) -> None:
    """Stop a parcel that has not left."""
    step.send(
        CancelShipment(
            actor=FULFILMENT,
            asked_at=step.now,
            shipment_id=shipment.shipment_id,
            reason=reason,
        )
    )
    step.cancel_timer(f"ship_by:{shipment.shipment_id}")


def complete_or_stay(step: Step) -> None:
    """Complete the order if everything is delivered or cancelled and paid; else wait on.

    A credit paid it from the beginning: what is left of that, because pieces could not be found or
    were cancelled, is given back by now.
    """
    order, process = step.order, step.begun
    is_done = order.lifecycle is Lifecycle.CONFIRMED and order.is_settled
    if process.stage is not Stage.FULFILLING or not is_done:
        step.stay()
        return
    give_payments_up(step, "superfluous")
    beyond_minor = credit_beyond_due(step)
    if beyond_minor > 0:
        give_back(step, beyond_minor, "superfluous", "completed")
    step.send(CompleteOrder(actor=FULFILMENT, asked_at=step.now, order_id=step.order_id))
    step.cancel_timers()
    step.go(Stage.COMPLETED)
