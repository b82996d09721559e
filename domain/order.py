"""An order: what is known of it, and what may still happen?

Stream `order-<uuid>`; its events stand in `order_events.py`, what follows from them in
`order_fold.py`, what they count in `order_progress.py`. Personal texts are not kept, only digests
of them (PRV-07).
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from immutables import Map

from domain.about_order import AboutOrder
from domain.digest import digest_of
from domain.line_parts import totals_kept
from domain.order_edit import PendingEdit
from domain.order_parts import (
    Address,
    AppliedCoupon,
    CancellationReason,
    CancellationScope,
    HoldDecision,
    HoldKind,
    NoteVisibility,
    OrderLine,
    OriginKind,
    ShippingLine,
    Totals,
)
from domain.order_progress import LineProgress, PaymentSums


class Lifecycle(StrEnum):
    """How far an order has come; payment, fulfilment and returns are dimensions of their own."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


OPEN: Final = frozenset({Lifecycle.PENDING, Lifecycle.CONFIRMED})
FINAL: Final = frozenset(
    {Lifecycle.COMPLETED, Lifecycle.CANCELLED, Lifecycle.REJECTED, Lifecycle.EXPIRED}
)


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept of a note: enough to recognise it when it is written again."""

    digest: bytes
    visibility: NoteVisibility


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the order is held, and what was decided; None while nothing is."""

    kind: HoldKind
    decision: HoldDecision | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The wish to cancel the order that is under way, or was carried out.

    `from_lifecycle` is where the order goes on if it is refused.
    """

    cancellation_id: str
    reason_code: CancellationReason
    scope: CancellationScope
    from_lifecycle: Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(AboutOrder):
    """An order as its events left it, without its personal texts, of which digests are kept.

    Shape: `progress` has one element per line, in the order of `lines`. `operations`: operation ->
    a digest of what it was. `totals` are those of the order as it was placed; `version` is the
    place of its last event in its stream, `edit` a change that was proposed and not decided yet.
    `granted_minor` is what was promised back for returned pieces, delivery and fees included.
    """

    order_number: str
    fingerprint: str
    origin_kind: OriginKind
    version: int
    price_list: str
    lifecycle: Lifecycle
    lines: tuple[OrderLine, ...]
    progress: tuple[LineProgress, ...]
    payments: tuple[PaymentSums, ...] = ()
    granted_minor: int = 0
    shipping_lines: tuple[ShippingLine, ...]
    totals: Totals
    coupons: tuple[AppliedCoupon, ...]
    shipping_country: str | None
    shipping_address_digest: bytes | None
    payment_method_ref: str | None
    pay_by: datetime | None
    allow_backorder: bool
    allow_split: bool
    edit: PendingEdit | None = None
    cancellation: Cancellation | None = None
    refused_cancellations: tuple[str, ...] = ()
    holds: Map[str, Hold]
    notes: Map[str, Note]
    operations: Map[str, bytes]

    @property
    def is_pending(self) -> bool:
        """Tell whether nothing has been confirmed, cancelled or refused yet."""
        return self.lifecycle is Lifecycle.PENDING

    @property
    def is_open(self) -> bool:
        """Tell whether the order is on its way: neither over nor about to be cancelled."""
        return self.lifecycle in OPEN

    @property
    def is_final(self) -> bool:
        """Tell whether nothing but notes, returns and money can follow."""
        return self.lifecycle in FINAL

    @property
    def is_imported(self) -> bool:
        """Tell whether the order comes from elsewhere, with everything that happened to it."""
        return self.origin_kind is OriginKind.IMPORT

    @property
    def is_held(self) -> bool:
        """Tell whether a hold keeps the goods in the house."""
        return any(each.decision is None for each in self.holds.values())

    @property
    def unshipped(self) -> int:
        """Tell how many wanted pieces have not left the house."""
        return sum(line.unshipped for line in self.progress)

    @property
    def has_shipped(self) -> bool:
        """Tell whether anything has left the house."""
        return any(line.shipped for line in self.progress)

    @property
    def due_totals(self) -> Totals:
        """Add up what is left of the order."""
        return totals_kept(self.lines, self.progress, self.shipping_lines)

    @property
    def payable_minor(self) -> int:
        """Tell what the order comes to, with the edit that is not decided if that is more."""
        due_minor = self.due_totals.grand_minor
        return due_minor if self.edit is None else max(due_minor, self.edit.totals.grand_minor)

    @property
    def authorised_minor(self) -> int:
        """Tell what payments and credits are good for, taken or not."""
        return sum(each.uncaptured_minor + each.kept_minor for each in self.payments)

    @property
    def credits(self) -> tuple[PaymentSums, ...]:
        """Tell with which credits the order is paid, as far as they were not given back."""
        return tuple(each for each in self.payments if each.is_credit and each.kept_minor > 0)

    @property
    def credit_minor(self) -> int:
        """Tell how much of the order is paid with credits."""
        return sum(each.kept_minor for each in self.credits)

    @property
    def captured_minor(self) -> int:
        """Tell what was taken."""
        return sum(each.captured_minor for each in self.payments)

    @property
    def refunded_minor(self) -> int:
        """Tell what was given back."""
        return sum(each.refunded_minor for each in self.payments)

    @property
    def is_settled(self) -> bool:
        """Tell whether everything is delivered or cancelled, and paid for what was kept."""
        is_delivered = all(line.delivered >= line.kept for line in self.progress)
        kept_minor = sum(each.kept_minor for each in self.payments)
        return is_delivered and kept_minor >= self.due_totals.grand_minor - self.granted_minor

    @property
    def tax_country(self) -> str:
        """Tell the country whose tax rates the order carries."""
        return self.country if self.shipping_country is None else self.shipping_country

    def ships_to(self, address: Address) -> bool:
        """Tell whether this is the address to which the parcel goes."""
        return self.shipping_address_digest == address_digest(self.order_id, address)


def address_digest(order_id: str, address: Address) -> bytes:
    """Make what an order keeps of an address."""
    return digest_of(order_id, *astuple(address))


def note_of(order_id: str, text: str, visibility: NoteVisibility) -> Note:
    """Make what an order keeps of a note."""
    return Note(digest_of(order_id, text), visibility)
