"""RequestReturn: a customer wants to send pieces back.

The order learns of it in the same append, so that two requests never count on the same pieces,
however close they come (ADR 10).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commands.business_time import require_business_time
from commands.order_rules import PartOfLine, require_parts
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import ErrorItem, OperationConflict
from domain.order import Order
from domain.order_errors import ReturnQuantityExceeded
from domain.order_events import OrderReturnRequested
from domain.order_parts import FreeTextPersonal, LineQuantity
from domain.permissions import require_order
from domain.product import Product
from domain.return_errors import ItemNotReturnable, ReturnWindowClosed
from domain.return_events import ReturnLine, ReturnReason, ReturnRequested, ReturnResolution
from domain.return_request import ReturnRequest, request_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwantedPart(PartOfLine):
    """So many pieces of a line that shall come back, and why."""

    reason_code: ReturnReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn:
    """Send these pieces back; `occurred_at` is business time if it differs (the shop only)."""

    actor: Actor
    asked_at: datetime
    return_id: str
    order_id: str
    lines: tuple[UnwantedPart, ...]
    resolution: ReturnResolution
    note: str | None = None
    occurred_at: datetime | None = None

    @property
    def requested_at(self) -> datetime:
        """Tell the business time of the request."""
        return self.asked_at if self.occurred_at is None else self.occurred_at


@dataclass(frozen=True, slots=True)
class RequestReturnState:
    """What a new return rests on. Shape: `products` has an entry for the sku of every line."""

    returned: ReturnRequest | None
    order: Order | None
    products: Mapping[str, Product | None]


def request_return(
    command: RequestReturn, state: RequestReturnState
) -> tuple[ReturnRequested | OrderReturnRequested, ...]:
    """Request the return, or nothing if it was requested.

    Raises:
        OrderNotFound: no such order, or another customer's.
        OperationConflict: the return id was used for something else.
        Forbidden: only the shop may say when it happened.
        OccurredAtInFuture: it has not happened yet.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        ReturnQuantityExceeded: fewer were delivered that no return counts on.
        ItemNotReturnable: the shop never takes the product back.
        ReturnWindowClosed: it was delivered too long ago.
    """
    order = require_order(state.order, command.actor, command.order_id)
    requested = _requested(command, order)
    if state.returned is not None:
        if state.returned.request != request_digest(requested):
            raise OperationConflict(f"return id {command.return_id} was used already")
        return ()
    require_business_time(command.actor, command.asked_at, command.occurred_at)
    # How many pieces there may be is judged below, under a code of its own.
    most = max((part.quantity for part in command.lines), default=0)
    parts = require_parts(order, command.lines, lambda _: most)
    _require_delivered(order, parts)
    _require_returnable(parts, state.products)
    _require_window(command, order, state.products)
    return (
        requested,
        OrderReturnRequested(**facts_of(order), return_id=command.return_id, lines=parts),
    )


def _requested(command: RequestReturn, order: Order) -> ReturnRequested:
    skus = {line.line_id: line.sku for line in order.lines}
    return ReturnRequested(
        **facts_of(order),
        return_id=command.return_id,
        lines=tuple(
            ReturnLine(
                line_id=part.line_id,
                sku=skus.get(part.line_id, ""),
                quantity=part.quantity,
                reason_code=part.reason_code,
            )
            for part in command.lines
        ),
        resolution=command.resolution,
        personal=None if command.note is None else FreeTextPersonal(text=command.note),
    )


def _require_delivered(order: Order, parts: Sequence[LineQuantity]) -> None:
    left = {line.line_id: line.returnable for line in order.progress}
    items: list[ErrorItem] = [
        {"line_id": part.line_id, "requested": part.quantity, "available": left[part.line_id]}
        for part in parts
        if part.quantity > left[part.line_id]
    ]
    if items:
        raise ReturnQuantityExceeded("fewer pieces can come back", items=items)


def _require_returnable(
    parts: Sequence[LineQuantity], products: Mapping[str, Product | None]
) -> None:
    items: list[ErrorItem] = [
        {"line_id": part.line_id, "sku": part.sku}
        for part in parts
        if not _product(products, part.sku).registration.returnable
    ]
    if items:
        raise ItemNotReturnable("the shop does not take these back", items=items)


def _require_window(
    command: RequestReturn, order: Order, products: Mapping[str, Product | None]
) -> None:
    items = list(_closed_windows(command, order, products))
    if items:
        raise ReturnWindowClosed("it was delivered too long ago", items=items)


def _closed_windows(
    command: RequestReturn, order: Order, products: Mapping[str, Product | None]
) -> Iterator[ErrorItem]:
    wanted = {part.line_id for part in command.lines}
    for line in order.progress:
        if line.line_id not in wanted:
            continue
        days = _product(products, line.sku).registration.return_window_days
        assert line.delivered_at is not None
        if days is None:
            continue
        ended_at = line.delivered_at + timedelta(days=days)
        if command.requested_at > ended_at:
            yield {"line_id": line.line_id, "sku": line.sku, "ended_at": ended_at.isoformat()}


def _product(products: Mapping[str, Product | None], sku: str) -> Product:
    """Answer the product of a line: what was sold was registered."""
    product = products[sku]
    assert product is not None
    return product
