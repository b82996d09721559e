"""What can happen to an order?

Stream `order-<uuid>`. Every event carries the facts of `about_order.py`, and every event about
lines carries sku, quantity and amounts, because a fold can look nothing up (domain.md §1.2).
Personal data stands in `personal` only.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import AboutOrder
from domain.envelope import ActorKind
from domain.order_edit import EditedContent, EditOperation, LineChange
from domain.order_parts import (
    AppliedCoupon,
    AppliedCredit,
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    HoldDecision,
    HoldKind,
    LineQuantity,
    NoteVisibility,
    OrderLine,
    OrderPersonal,
    Origin,
    PaymentFactKind,
    RejectionReason,
    ReturnedLine,
    SettledTotals,
    ShippingAddressPersonal,
    ShippingLine,
    Totals,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """The customer ordered; every price, tax rate and total is fixed by this event.

    `credit` pays a part of the grand total, or all of it; the totals are what they are without it.
    """

    order_id: str
    order_number: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    price_list: str
    origin: Origin
    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ShippingLine, ...]
    totals: Totals
    calc_version: int
    policy_version: str
    fingerprint: str
    shipping_method: str | None = None
    payment_method_ref: str | None = None
    allow_backorder: bool = False
    allow_split: bool = False
    personal: OrderPersonal | None = None
    coupons: tuple[AppliedCoupon, ...] = ()
    pay_by: datetime | None = None
    credit: AppliedCredit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShippingAddressChanged(AboutOrder):
    """The parcel goes elsewhere; within the same country, so that no tax changes."""

    personal: ShippingAddressPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancellationRequested(AboutOrder):
    """Somebody wants the order gone; what was reserved or paid has to be undone first."""

    cancellation_id: str
    reason_code: CancellationReason
    requested_by: ActorKind
    scope: CancellationScope
    personal: FreeTextPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(AboutOrder):
    """The order is gone: nothing of it will be delivered or has to be paid.

    Units: `totals` are the sums that are taken back, shipping included, not what is left (nothing).
    `released` are the pieces that others may have again; the amounts are minor units.
    """

    cancellation_id: str
    reason_code: CancellationReason
    lines: tuple[CancelledLine, ...]
    totals: Totals
    released: tuple[LineQuantity, ...] = ()
    voided_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNoteAdded(AboutOrder):
    """Somebody wrote a note on the order."""

    note_id: str
    visibility: NoteVisibility
    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(AboutOrder):
    """Stock and money are there: the shop will deliver.

    `backorders` are promised and follow; `authorised_minor` is what payments, and a credit, are
    good for.
    """

    allocations: tuple[LineQuantity, ...]
    backorders: tuple[LineQuantity, ...]
    authorised_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(AboutOrder):
    """The shop does not take the order; `totals` are the sums that are taken back."""

    reason: RejectionReason
    details: str | None
    lines: tuple[CancelledLine, ...]
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(AboutOrder):
    """Nobody paid by the deadline; `totals` are the sums that are taken back."""

    deadline: datetime
    lines: tuple[CancelledLine, ...]
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeld(AboutOrder):
    """Nothing leaves the house until the hold is released."""

    hold_id: str
    kind: HoldKind
    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHoldReleased(AboutOrder):
    """Somebody decided what a hold was for."""

    hold_id: str
    kind: HoldKind
    decision: HoldDecision
    personal: FreeTextPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesCancelled(AboutOrder):
    """A part of the order will not be delivered.

    Units: `totals_after` are the sums of what is left, `refund_due_minor` what was captured beyond
    them.
    """

    cancellation_id: str
    reason_code: CancellationReason
    lines: tuple[CancelledLine, ...]
    totals_after: Totals
    refund_due_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEditProposed(AboutOrder):
    """Somebody wants the order changed; what it would come to is fixed by this event.

    Units: the totals are what is owed before and after; `delta_minor` is how much more, or below
    zero how much less.
    """

    edit_id: str
    operations: tuple[EditOperation, ...]
    content: EditedContent
    totals_before: Totals
    totals_after: Totals
    delta_minor: int
    calc_version: int
    policy_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEdited(AboutOrder):
    """The order is changed as proposed.

    `changes` are the lines that are not what they were. `allocations` and `backorders` are the
    pieces that are there, or promised, for what an edit adds to an order that was confirmed.
    """

    edit_id: str
    changes: tuple[LineChange, ...]
    content: EditedContent
    totals_before: Totals
    totals_after: Totals
    allocations: tuple[LineQuantity, ...]
    backorders: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEditRejected(AboutOrder):
    """The order stays as it is."""

    edit_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancellationRefused(AboutOrder):
    """The order goes on, because there was nothing left that could be stopped."""

    cancellation_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesBackordered(AboutOrder):
    """Pieces are promised that are not there (any more)."""

    operation_id: str
    lines: tuple[LineQuantity, ...]
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesAllocated(AboutOrder):
    """Promised pieces are there and belong to the order."""

    operation_id: str
    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesShipped(AboutOrder):
    """Pieces left the house in a parcel."""

    shipment_id: str
    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesDelivered(AboutOrder):
    """A parcel reached the customer; the window for returns begins."""

    shipment_id: str
    lines: tuple[LineQuantity, ...]
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturnRequested(AboutOrder):
    """The customer wants to send pieces back, which no other return may count on."""

    return_id: str
    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReturnEnded(AboutOrder):
    """A return is over; `lines` are the pieces of it that did not come back or were refused."""

    return_id: str
    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesReturned(AboutOrder):
    """Pieces came back and were accepted. Units: `refund_due_minor` is what the customer gets."""

    return_id: str
    lines: tuple[ReturnedLine, ...]
    refund_due_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentRecorded(AboutOrder):
    """Something happened to a payment of the order.

    `operation_id` names what happened within the payment: its request, a capture, a refund.
    """

    payment_id: str
    kind: PaymentFactKind
    operation_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(AboutOrder):
    """Everything is delivered or cancelled, and paid."""

    settled: SettledTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFlaggedOverdue(AboutOrder):
    """A stage takes longer than it should. Units: seconds."""

    stage: str
    since: datetime
    sla_seconds: int


OrderEvent = (
    OrderPlaced
    | OrderConfirmed
    | OrderRejected
    | OrderExpired
    | OrderHeld
    | OrderHoldReleased
    | OrderShippingAddressChanged
    | OrderEditProposed
    | OrderEdited
    | OrderEditRejected
    | OrderCancellationRequested
    | OrderLinesCancelled
    | OrderCancelled
    | OrderCancellationRefused
    | OrderLinesBackordered
    | OrderLinesAllocated
    | OrderLinesShipped
    | OrderLinesDelivered
    | OrderReturnRequested
    | OrderReturnEnded
    | OrderLinesReturned
    | OrderPaymentRecorded
    | OrderCompleted
    | OrderNoteAdded
    | OrderFlaggedOverdue
)
