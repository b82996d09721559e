"""How far has an order come: how many pieces per line, how much money per payment?

The counters are the truth; payment, fulfilment and return state (`order_states.py`) are functions
of them (domain.md §1.1). The order's own fold and the read model `order_detail` count with the same
lines of code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.order_events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEdited,
    OrderEvent,
    OrderExpired,
    OrderLinesAllocated,
    OrderLinesBackordered,
    OrderLinesCancelled,
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderLinesShipped,
    OrderPaymentRecorded,
    OrderPlaced,
    OrderRejected,
    OrderReturnEnded,
    OrderReturnRequested,
)
from domain.order_parts import (
    CancelledLine,
    LineQuantity,
    OrderLine,
    PaymentFactKind,
    ReturnedLine,
)
from domain.replace import replace

Part = LineQuantity | CancelledLine | ReturnedLine
"""So many pieces of a line, for whatever reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProgress:
    """What has become of the pieces of a line so far.

    Units: pieces. `allocated` are firm and have not left yet, `backordered` are promised;
    `return_requested` are on their way back. `written_off` are those returned ones that cannot be
    sold again. `refunded_minor` is what was granted for returned pieces.
    """

    line_id: str
    sku: str
    ordered: int
    cancelled: int = 0
    allocated: int = 0
    backordered: int = 0
    shipped: int = 0
    delivered: int = 0
    return_requested: int = 0
    returned: int = 0
    written_off: int = 0
    refunded_minor: int = 0
    delivered_at: datetime | None = None

    @property
    def kept(self) -> int:
        """Tell how many pieces are still wanted."""
        return self.ordered - self.cancelled

    @property
    def unshipped(self) -> int:
        """Tell how many wanted pieces have not left the house."""
        return self.kept - self.shipped

    @property
    def returnable(self) -> int:
        """Tell how many delivered pieces no return counts on yet."""
        return self.delivered - self.returned - self.return_requested


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSums:
    """What a payment of the order has come to. Units: minor units of the order's currency.

    A credit counts like a payment under the id of its return: the one that the order is paid with
    is captured, one that the customer got for pieces of this order is refunded.
    """

    payment_id: str
    requested_minor: int = 0
    authorised_minor: int = 0
    captured_minor: int = 0
    voided_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    has_failed: bool = False
    is_credit: bool = False

    @property
    def uncaptured_minor(self) -> int:
        """Tell what is authorised and neither taken nor given up."""
        return self.authorised_minor - self.voided_minor - self.captured_minor

    @property
    def kept_minor(self) -> int:
        """Tell what was taken and not given back."""
        return self.captured_minor - self.refunded_minor - self.disputed_minor


Lines = tuple[LineProgress, ...]
Payments = tuple[PaymentSums, ...]


def lines_placed(lines: Iterable[OrderLine]) -> Lines:
    """Begin to count the pieces of a new order."""
    return tuple(
        LineProgress(line_id=line.line_id, sku=line.sku, ordered=line.quantity) for line in lines
    )


def evolve_lines(lines: Lines, event: OrderEvent) -> Lines:
    """Answer the counters after an event; most events touch none."""
    match event:
        case OrderConfirmed():
            return _changed(
                _changed(lines, event.allocations, _allocated), event.backorders, _promised
            )
        case OrderEdited():
            lines = edit_pieces(lines, event.content.lines)
            return _changed(
                _changed(lines, event.allocations, _allocated), event.backorders, _promised
            )
        case OrderLinesDelivered():
            delivered_at = event.delivered_at
            return _changed(
                lines, event.lines, lambda line, part: _delivered(line, part, delivered_at)
            )
        case _:
            change = _CHANGES.get(type(event))
            return lines if change is None else _changed(lines, parts_of(event), change)


def parts_of(event: OrderEvent) -> tuple[Part, ...]:
    """Answer the parts of lines that an event is about; none for an event about no lines."""
    parts: tuple[Part, ...] = getattr(event, "lines", ())
    return parts


def cancel_pieces(lines: Lines, cancelled: Iterable[CancelledLine]) -> Lines:
    """Answer the counters as they are when so much more is cancelled."""
    return _changed(lines, cancelled, _cancelled)


def edit_pieces(lines: Lines, wanted: Sequence[OrderLine]) -> Lines:
    """Answer the counters when these lines are wanted: one that has begun to leave stays as it is.

    What was cancelled of the others before is no longer counted: they begin anew.
    """
    known = {line.line_id: line for line in (*lines_placed(wanted), *lines)}
    return tuple(_edited(known[line.line_id], line.quantity) for line in wanted)


def _edited(line: LineProgress, quantity: int) -> LineProgress:
    if line.shipped:
        return line
    less = max(0, line.kept - quantity)
    promised = min(less, line.backordered)
    return replace(
        line,
        ordered=quantity,
        cancelled=0,
        backordered=line.backordered - promised,
        allocated=line.allocated - min(less - promised, line.allocated),
    )


def _changed(
    lines: Lines, changes: Iterable[Part], change: Callable[[LineProgress, Part], LineProgress]
) -> Lines:
    changed = {line.line_id: line for line in lines}
    for part in changes:  # one line may be named several times, once per reservation
        assert part.line_id in changed
        changed[part.line_id] = change(changed[part.line_id], part)
    return tuple(changed.values())


def _allocated(line: LineProgress, part: Part) -> LineProgress:
    return replace(line, allocated=line.allocated + part.quantity)


def _promised(line: LineProgress, part: Part) -> LineProgress:
    return replace(line, backordered=line.backordered + part.quantity)


def _cancelled(line: LineProgress, part: Part) -> LineProgress:
    """Cancel promised pieces before those that are there, as a release does (ADR 9)."""
    assert part.quantity <= line.unshipped
    promised = min(part.quantity, line.backordered)
    firm = min(part.quantity - promised, line.allocated)
    return replace(
        line,
        cancelled=line.cancelled + part.quantity,
        backordered=line.backordered - promised,
        allocated=line.allocated - firm,
    )


def _backordered(line: LineProgress, part: Part) -> LineProgress:
    assert part.quantity <= line.allocated
    return replace(
        line,
        allocated=line.allocated - part.quantity,
        backordered=line.backordered + part.quantity,
    )


def _filled(line: LineProgress, part: Part) -> LineProgress:
    assert part.quantity <= line.backordered
    return replace(
        line,
        backordered=line.backordered - part.quantity,
        allocated=line.allocated + part.quantity,
    )


def _shipped(line: LineProgress, part: Part) -> LineProgress:
    assert part.quantity <= line.allocated
    return replace(
        line,
        allocated=line.allocated - part.quantity,
        shipped=line.shipped + part.quantity,
    )


def _delivered(line: LineProgress, part: Part, delivered_at: datetime) -> LineProgress:
    assert line.delivered + part.quantity <= line.shipped
    return replace(line, delivered=line.delivered + part.quantity, delivered_at=delivered_at)


def _return_requested(line: LineProgress, part: Part) -> LineProgress:
    assert part.quantity <= line.returnable
    return replace(line, return_requested=line.return_requested + part.quantity)


def _return_ended(line: LineProgress, part: Part) -> LineProgress:
    assert part.quantity <= line.return_requested
    return replace(line, return_requested=line.return_requested - part.quantity)


def _returned(line: LineProgress, part: Part) -> LineProgress:
    assert isinstance(part, ReturnedLine)
    assert part.quantity <= line.return_requested
    return replace(
        line,
        return_requested=line.return_requested - part.quantity,
        returned=line.returned + part.quantity,
        written_off=line.written_off + part.written_off_quantity,
        refunded_minor=line.refunded_minor + part.total_minor,
    )


_CHANGES: Final[Mapping[type[OrderEvent], Callable[[LineProgress, Part], LineProgress]]] = {
    OrderLinesCancelled: _cancelled,
    OrderCancelled: _cancelled,
    OrderRejected: _cancelled,
    OrderExpired: _cancelled,
    OrderLinesBackordered: _backordered,
    OrderLinesAllocated: _filled,
    OrderLinesShipped: _shipped,
    OrderReturnRequested: _return_requested,
    OrderReturnEnded: _return_ended,
    OrderLinesReturned: _returned,
}
"""Event -> what it does to the counters of the lines that it names."""


def payments_placed(placed: OrderPlaced) -> Payments:
    """Begin to count what a new order is paid with."""
    credit = placed.credit
    if credit is None or not credit.amount_minor:
        return ()
    sums = PaymentSums(
        payment_id=credit.return_id,
        requested_minor=credit.amount_minor,
        authorised_minor=credit.amount_minor,
        captured_minor=credit.amount_minor,
        is_credit=True,
    )
    return (sums,)


def evolve_payments(payments: Payments, event: OrderPaymentRecorded) -> Payments:
    """Answer the sums per payment after an event; a payment that is new comes last."""
    is_credit = event.kind is PaymentFactKind.CREDITED
    key = (event.payment_id, is_credit)  # ids are chosen outside: a return may be called so too
    known = {(each.payment_id, each.is_credit): each for each in payments}
    before = known.get(key) or PaymentSums(payment_id=event.payment_id, is_credit=is_credit)
    known[key] = _recorded(before, event.kind, event.amount_minor)
    return tuple(known.values())


def _recorded(sums: PaymentSums, kind: PaymentFactKind, amount_minor: int) -> PaymentSums:
    if kind is PaymentFactKind.FAILED:
        return replace(sums, has_failed=True)
    counted = _COUNTED_AS[kind]
    return replace(sums, **{counted: getattr(sums, counted) + amount_minor})


_COUNTED_AS: Final[Mapping[PaymentFactKind, str]] = {
    PaymentFactKind.REQUESTED: "requested_minor",
    PaymentFactKind.AUTHORIZED: "authorised_minor",
    PaymentFactKind.CAPTURED: "captured_minor",
    PaymentFactKind.VOIDED: "voided_minor",
    PaymentFactKind.REFUNDED: "refunded_minor",
    PaymentFactKind.DISPUTED: "disputed_minor",
    PaymentFactKind.CREDITED: "refunded_minor",
}
"""What happened to a payment -> the sum to which its amount is added."""
