"""MoveShipment: a shipment shall leave from another location.

Pieces there are taken for it and those where it was are given back, all of it in one append. The
process that carries the order out learns of the new reservations in the same append: whatever it
does next, it does with them.
"""

from dataclasses import dataclass
from datetime import datetime

from commands.allocate_reservation import AllocateReservation
from commands.reserve_stock import ReserveStock, WantedStock
from commands.script import Script
from commands.shipment_rules import (
    require_enough,
    require_in_house,
    require_shipment_of_shop,
    shipment_facts,
)
from commands.stock_rules import require_stock_item, with_fills
from domain.about_order import facts_of
from domain.derived_id import derived_id
from domain.envelope import Actor
from domain.errors import Refusal
from domain.events import Event, fulfilment_stream, shipment_stream, stock_stream
from domain.fold import as_fulfilment, as_shipment, as_stock_item
from domain.fulfilment_events import FulfilmentStockKept, KeptPieces
from domain.shipment import Shipment, pieces_per_line
from domain.shipment_errors import ShipmentEmpty
from domain.shipment_events import ShipmentLine, ShipmentMoved
from domain.stock_events import ReleaseReason, StockReservationReleased
from domain.stock_item import StockItem
from domain.stock_operations import release


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveShipment:
    """Let the shipment leave from this location."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    location: str


def move_shipment(command: MoveShipment, script: Script) -> tuple[Event, ...]:
    """Move it with all its pieces, to be picked there; nothing if it leaves from there already.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: the carrier has it.
        ShipmentStateConflict: it does not leave any more.
        ShipmentEmpty: all that was in it turned out to be missing.
        FulfillmentQuantityExceeded: fewer pieces are allocated to it.
        StockItemNotFound: a product is not kept at the location.
        InsufficientStock: what is short there, all lines of it.
    """
    state = as_shipment(script.state(shipment_stream(command.shipment_id)))
    shipment = require_shipment_of_shop(state, command.actor, command.shipment_id)
    if shipment.location == command.location:
        return ()
    require_in_house(shipment, "it cannot move")
    if not shipment.lines:
        raise ShipmentEmpty("nothing is left in it")
    places = (shipment.location, command.location)
    skus = sorted({line.sku for line in shipment.lines})
    script.require(
        fulfilment_stream(shipment.order_id),
        *(stock_stream(sku, location) for location in places for sku in skus),
    )
    _require_allocated(script, shipment)
    lines = tuple(_elsewhere(shipment, line, command.location) for line in shipment.lines)
    _take(script, command, shipment.order_id, lines)
    for old, new in zip(shipment.lines, lines, strict=True):
        _give_back(script, shipment, old, new.reservation_id)
    _tell(script, shipment, command.location, lines)
    return script.outcome()


def _stock_item(script: Script, sku: str, location: str) -> StockItem | None:
    return as_stock_item(script.state(stock_stream(sku, location)))


def _require_allocated(script: Script, shipment: Shipment) -> None:
    """Refuse to move pieces that are not there to be given back."""
    allocated: dict[str, int] = {}
    for line in shipment.lines:
        item = _stock_item(script, line.sku, shipment.location)
        kept = None if item is None else item.reservations.get(line.reservation_id)
        there = 0 if kept is None else min(line.quantity, kept.allocated)
        allocated[line.line_id] = allocated.get(line.line_id, 0) + there
    require_enough(allocated, pieces_per_line(shipment.lines))


def _elsewhere(shipment: Shipment, line: ShipmentLine, location: str) -> ShipmentLine:
    """Name the reservation under which the pieces of a line will be kept at the location."""
    reservation_id = derived_id(
        shipment.order_id, "move", shipment.shipment_id, line.reservation_id, location
    )
    return ShipmentLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=line.quantity,
        reservation_id=reservation_id,
    )


def _take(
    script: Script, command: MoveShipment, order_id: str, lines: tuple[ShipmentLine, ...]
) -> None:
    """Reserve the pieces at the new location and make them firm."""
    for line in lines:
        item = _stock_item(script, line.sku, command.location)
        require_stock_item(item, line.sku, command.location)
    wanted = tuple(
        WantedStock(
            reservation_id=line.reservation_id,
            line_id=line.line_id,
            sku=line.sku,
            location=command.location,
            quantity=line.quantity,
        )
        for line in lines
    )
    _carry_out(
        script,
        ReserveStock(
            actor=command.actor,
            asked_at=command.asked_at,
            order_id=order_id,
            lines=wanted,
            expires_at=command.asked_at,  # it is firm in the same append
        ),
    )
    for each in wanted:
        _carry_out(
            script,
            AllocateReservation(
                actor=command.actor,
                asked_at=command.asked_at,
                sku=each.sku,
                location=each.location,
                reservation_id=each.reservation_id,
            ),
        )


def _carry_out(script: Script, command: ReserveStock | AllocateReservation) -> None:
    outcome = script.carry_out(command)
    if isinstance(outcome, Refusal):
        raise outcome


def _give_back(script: Script, shipment: Shipment, line: ShipmentLine, release_id: str) -> None:
    """Give firm pieces back; what the line still waits for stays promised."""
    item = _stock_item(script, line.sku, shipment.location)
    assert item is not None
    released = StockReservationReleased(
        sku=line.sku,
        location=shipment.location,
        reservation_id=line.reservation_id,
        order_id=shipment.order_id,
        line_id=line.line_id,
        release_id=release_id,
        asked_quantity=line.quantity,
        from_backordered=0,
        from_reserved=0,
        from_allocated=line.quantity,
        reason=ReleaseReason.MOVED,
    )
    for event in with_fills(item, release(release_id), released):
        script.append(event)


def _tell(
    script: Script, shipment: Shipment, location: str, lines: tuple[ShipmentLine, ...]
) -> None:
    """Say what became of the shipment, to the process of its order too if there is one."""
    facts = shipment_facts(shipment)
    facts["location"] = location
    script.append(ShipmentMoved(**facts, from_location=shipment.location, lines=lines))
    if as_fulfilment(script.state(fulfilment_stream(shipment.order_id))) is not None:
        kept = tuple(
            KeptPieces(
                reservation_id=line.reservation_id,
                line_id=line.line_id,
                sku=line.sku,
                location=location,
                quantity=line.quantity,
            )
            for line in lines
        )
        script.append(FulfilmentStockKept(**facts_of(shipment), kept=kept))
