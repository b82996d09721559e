"""What do the decisions about returns share: rights, refusals, what the order is told?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.about_order import OrderFacts, facts_of
from domain.envelope import Actor
from domain.errors import ErrorItem
from domain.order import Order
from domain.order_errors import LineNotFound
from domain.order_events import OrderReturnEnded
from domain.order_parts import LineQuantity
from domain.permissions import may_act_for, require_shop
from domain.return_errors import (
    ReceivedQuantityExceeded,
    ReturnNotFound,
    ReturnStateConflict,
)
from domain.return_request import ReturnRequest


@dataclass(frozen=True, slots=True)
class ReturnState:
    """What a decision about a return that exists rests on."""

    returned: ReturnRequest | None
    order: Order | None

    @property
    def known_order(self) -> Order:
        """The order of a return that there is."""
        assert self.order is not None
        return self.order


class ReturnFacts(OrderFacts):
    """What every event of a return says, as arguments."""

    return_id: str


def return_facts(returned: ReturnRequest) -> ReturnFacts:
    """Answer what every event of a return says."""
    return ReturnFacts(**facts_of(returned), return_id=returned.return_id)


def require_return(returned: ReturnRequest | None, actor: Actor, return_id: str) -> ReturnRequest:
    """Answer the return if it exists and the actor may know of it.

    Raises:
        ReturnNotFound: unknown, or another customer's, which must look the same.
    """
    if returned is None or not may_act_for(actor, returned.customer_id):
        raise ReturnNotFound(f"there is no return {return_id}")
    return returned


def require_return_of_shop(
    returned: ReturnRequest | None, actor: Actor, return_id: str
) -> ReturnRequest:
    """Answer the return if it exists, to the shop alone.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
    """
    require_shop(actor)
    return require_return(returned, actor, return_id)


def return_conflict(returned: ReturnRequest, consequence: str) -> ReturnStateConflict:
    """Make the refusal of what the return's state forbids."""
    return ReturnStateConflict(
        f"return {returned.return_id} is {returned.status}; {consequence}",
        current_state=returned.status,
    )


def require_known_lines(returned: ReturnRequest, line_ids: Iterable[str]) -> None:
    """Refuse lines that the return is not about.

    Raises:
        LineNotFound: `items` names them.
    """
    known = {line.line_id for line in returned.lines}
    unknown: list[ErrorItem] = [
        {"line_id": line_id} for line_id in line_ids if line_id not in known
    ]
    if unknown:
        raise LineNotFound("the return has no such line", items=unknown)


def require_no_more(told: Mapping[str, int], there: Mapping[str, int], what: str) -> None:
    """Refuse more pieces of a line than there can be.

    Raises:
        ReceivedQuantityExceeded: `items` says how many there can be.
    """
    items: list[ErrorItem] = [
        {"line_id": line_id, "requested": quantity, "available": there.get(line_id, 0)}
        for line_id, quantity in told.items()
        if quantity > there.get(line_id, 0)
    ]
    if items:
        raise ReceivedQuantityExceeded(what, items=items)


def ended(
    returned: ReturnRequest, order: Order, lines: Iterable[LineQuantity]
) -> tuple[OrderReturnEnded, ...]:
    """Tell the order that other returns may count on these pieces again; nothing without pieces.

    No more than the order takes to be on their way back.
    """
    coming = {line.line_id: line.return_requested for line in order.progress}
    freed = tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=left)
        for line in lines
        if (left := min(line.quantity, coming[line.line_id]))
    )
    if not freed:
        return ()
    return (OrderReturnEnded(**facts_of(returned), return_id=returned.return_id, lines=freed),)
