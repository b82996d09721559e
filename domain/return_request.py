"""A return: what shall come back, and how far has it come?

Stream `return-<uuid>`; its events stand in `return_events.py`. Of texts only digests are kept
(PRV-07).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from immutables import Map

from domain.about_order import AboutOrder, facts_of
from domain.digest import digest_of
from domain.order_parts import LineQuantity
from domain.replace import replace
from domain.return_events import (
    RefundDue,
    ReturnApproved,
    ReturnCancelled,
    ReturnClosed,
    ReturnCreditReleased,
    ReturnCreditUsed,
    ReturnDeclined,
    ReturnEvent,
    ReturnExpired,
    ReturnInspected,
    ReturnLine,
    ReturnReceived,
    ReturnRequested,
    ReturnResolution,
)
from domain.return_operations import inspected_pieces, received_pieces, requested_pieces


class ReturnStatus(StrEnum):
    """How far a return has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    RECEIVED = "received"
    INSPECTED = "inspected"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTerms:
    """On which terms the shop takes pieces back. Units: minor units of the order's currency."""

    send_by: datetime | None
    label: str | None
    restocking_fee_minor: int
    refunds_shipping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest(AboutOrder):
    """A return as its events left it. Units: pieces.

    Shape: `received` and `accepted`: line id -> how many of its pieces. `receipts`: receipt id -> a
    digest of it. `request` and `inspection` are digests of what was asked for and decided.
    `credit_minor` is what another order can be paid with, in minor units: nothing once an order is.
    """

    return_id: str
    status: ReturnStatus
    lines: tuple[ReturnLine, ...]
    resolution: ReturnResolution
    request: bytes
    terms: ReturnTerms | None = None
    received: Map[str, int]
    accepted: Map[str, int]
    receipts: Map[str, bytes]
    inspection: bytes | None = None
    refund_due: RefundDue | None = None
    credit_minor: int = 0

    @property
    def can_be_received(self) -> bool:
        """Tell whether pieces may come in."""
        return self.status in {ReturnStatus.APPROVED, ReturnStatus.RECEIVED}

    @property
    def can_be_given_up(self) -> bool:
        """Tell whether nothing has come back yet and still may."""
        return self.status in {ReturnStatus.REQUESTED, ReturnStatus.APPROVED}

    @property
    def unaccepted(self) -> tuple[LineQuantity, ...]:
        """Tell which pieces did not come back or were refused. Shape: in the order of the lines."""
        return tuple(
            LineQuantity(line_id=line.line_id, sku=line.sku, quantity=left)
            for line in self.lines
            if (left := line.quantity - self.accepted.get(line.line_id, 0))
        )


def evolve_return(state: ReturnRequest | None, event: ReturnEvent) -> ReturnRequest:
    """Answer the return after the event."""
    if isinstance(event, ReturnRequested):
        assert state is None
        return ReturnRequest(
            **facts_of(event),
            return_id=event.return_id,
            status=ReturnStatus.REQUESTED,
            lines=event.lines,
            resolution=event.resolution,
            request=request_digest(event),
            received=Map(),
            accepted=Map(),
            receipts=Map(),
        )
    assert state is not None
    match event:
        case ReturnApproved():
            return replace(state, status=ReturnStatus.APPROVED, terms=terms_of(event))
        case ReturnReceived():
            return _received(state, event)
        case ReturnInspected():
            return replace(
                state,
                status=ReturnStatus.INSPECTED,
                accepted=Map({line.line_id: line.accepted for line in event.lines}),
                inspection=digest_of(state.return_id, inspected_pieces(event.lines)),
                refund_due=event.refund_due,
                credit_minor=event.credit_minor,
            )
        case ReturnCreditUsed() | ReturnCreditReleased():
            assert state.credit_minor > 0
            return replace(state, credit_minor=0)
        case _:
            return replace(state, status=STATUS_AFTER[type(event)])


STATUS_AFTER: Final[Mapping[type[ReturnEvent], ReturnStatus]] = {
    ReturnDeclined: ReturnStatus.DECLINED,
    ReturnClosed: ReturnStatus.CLOSED,
    ReturnCancelled: ReturnStatus.CANCELLED,
    ReturnExpired: ReturnStatus.EXPIRED,
}
"""What ends a return -> how it ended."""


def _received(state: ReturnRequest, event: ReturnReceived) -> ReturnRequest:
    assert event.receipt_id not in state.receipts
    received = state.received
    for line in event.lines:
        received = received.set(line.line_id, received.get(line.line_id, 0) + line.quantity)
    receipt = digest_of(event.receipt_id, received_pieces(event.lines))
    return replace(
        state,
        status=ReturnStatus.RECEIVED,
        received=received,
        receipts=state.receipts.set(event.receipt_id, receipt),
    )


def request_digest(requested: ReturnRequested) -> bytes:
    """Make what a return keeps of the request, to tell another one under the same id."""
    return digest_of(
        requested.order_id,
        requested.resolution,
        requested_pieces(requested.lines),
        None if requested.personal is None else requested.personal.text,
    )


def terms_of(approved: ReturnApproved) -> ReturnTerms:
    """Answer the terms of an approval."""
    return ReturnTerms(
        send_by=approved.send_by,
        label=approved.label,
        restocking_fee_minor=approved.restocking_fee_minor,
        refunds_shipping=approved.refunds_shipping,
    )
