"""What do the decisions about shipments share: rights, refusals, lines?"""

from collections.abc import Iterable, Mapping

from commands.order_rules import PartOfLine
from domain.about_order import OrderFacts, facts_of
from domain.digest import digest_of
from domain.envelope import Actor, ActorKind
from domain.errors import (
    DuplicateLineId,
    ErrorItem,
    Forbidden,
    OperationConflict,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound
from domain.permissions import require_shop, speaks_for_shop
from domain.shipment import Shipment, ShipmentStatus, pieces_per_line, taken_from
from domain.shipment_errors import (
    FulfillmentQuantityExceeded,
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    ShipmentNotFound,
    ShipmentStateConflict,
)
from domain.shipment_events import ShipmentLine


class ShipmentFacts(OrderFacts):
    """What every event of a shipment says, as arguments."""

    shipment_id: str
    location: str


def shipment_facts(shipment: Shipment) -> ShipmentFacts:
    """Answer what every event of a shipment says."""
    return ShipmentFacts(
        **facts_of(shipment), shipment_id=shipment.shipment_id, location=shipment.location
    )


def require_shipment_of_shop(shipment: Shipment | None, actor: Actor, shipment_id: str) -> Shipment:
    """Answer the shipment if it exists, to the shop alone.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
    """
    require_shop(actor)
    return _required(shipment, shipment_id)


def require_shipment_of_carrier(
    shipment: Shipment | None, actor: Actor, shipment_id: str
) -> Shipment:
    """Answer the shipment if it exists, to carriers and the shop.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
    """
    if actor.kind is not ActorKind.CARRIER and not speaks_for_shop(actor):
        raise Forbidden(f"a {actor.kind} may not say where a parcel is")
    return _required(shipment, shipment_id)


def _required(shipment: Shipment | None, shipment_id: str) -> Shipment:
    if shipment is None:
        raise ShipmentNotFound(f"there is no shipment {shipment_id}")
    return shipment


def shipment_conflict(shipment: Shipment, consequence: str) -> ShipmentStateConflict:
    """Make the refusal of what the shipment's state forbids."""
    return ShipmentStateConflict(
        f"shipment {shipment.shipment_id} is {shipment.status}; {consequence}",
        current_state=shipment.status,
    )


def is_repeat(shipment: Shipment, operation: str, *what: str | None) -> bool:
    """Tell whether the operation was carried out already.

    Raises:
        OperationConflict: its id was used for something else.
    """
    known = shipment.operations.get(operation)
    if known is not None and known != digest_of(operation, *what):
        raise OperationConflict(f"the id of {operation} was used for something else")
    return known is not None


def require_in_house(shipment: Shipment, consequence: str) -> None:
    """Refuse what can only be done before a shipment leaves.

    Raises:
        ShipmentAlreadyDispatched: the carrier has, or had, it.
        ShipmentStateConflict: it does not leave any more.
    """
    if shipment.status is ShipmentStatus.CANCELLED:
        raise shipment_conflict(shipment, consequence)
    if not shipment.is_in_house:
        raise ShipmentAlreadyDispatched("the carrier has it")


def require_lines_of(shipment: Shipment, parts: Iterable[PartOfLine]) -> tuple[ShipmentLine, ...]:
    """Answer parts of the shipment's lines, a line for every reservation that they come from.

    Raises:
        ShipmentEmpty: no line at all.
        QuantityInvalid: not a number of pieces.
        DuplicateLineId: a line twice.
        LineNotFound: the shipment has no such line.
        FulfillmentQuantityExceeded: fewer pieces are in it.
    """
    parts = tuple(parts)
    if not parts:
        raise ShipmentEmpty("name at least one line")
    if any(part.quantity < 1 for part in parts):
        raise QuantityInvalid("a quantity is one or more")
    if len({part.line_id for part in parts}) < len(parts):
        raise DuplicateLineId("every line is named once")
    there = pieces_per_line(shipment.lines)
    unknown: list[ErrorItem] = [
        {"line_id": part.line_id} for part in parts if part.line_id not in there
    ]
    if unknown:
        raise LineNotFound("the shipment has no such line", items=unknown)
    wanted = {part.line_id: part.quantity for part in parts}
    require_enough(there, wanted)
    return taken_from(shipment.lines, wanted)


def require_enough(there: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """Refuse more pieces of a line than there are. Shape: both by line id.

    Raises:
        FulfillmentQuantityExceeded: `items` says how many there are.
    """
    items: list[ErrorItem] = [
        {"line_id": line_id, "requested": quantity, "available": there.get(line_id, 0)}
        for line_id, quantity in wanted.items()
        if quantity > there.get(line_id, 0)
    ]
    if items:
        raise FulfillmentQuantityExceeded("there are fewer pieces", items=items)


def parts_of(lines: Iterable[ShipmentLine]) -> tuple[PartOfLine, ...]:
    """Answer lines of a shipment as parts of lines of the order, each named once."""
    return tuple(
        PartOfLine(line_id=line_id, quantity=quantity)
        for line_id, quantity in pieces_per_line(lines).items()
    )
