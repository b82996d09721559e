"""An order: what happened to it, and what may still happen?

Stream `order-<uuid>`. Every event carries the order's customer, currency, channel, country and
`placed_at`, and every event about lines carries sku, quantity and amounts, because a fold can look
nothing up (domain.md §1.2). Personal data stands in `personal` only.
"""

from dataclasses import astuple, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from immutables import Map

from domain.digest import digest_of
from domain.envelope import ActorKind


class OriginKind(StrEnum):
    """Where an order came from."""

    WEB = "web"
    STAFF = "staff"
    IMPORT = "import"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an order came from, with the reference it has there."""

    kind: OriginKind
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is a label, ISO 3166-1 alpha-2 recommended."""

    recipient: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line as it was sold.

    Units: minor units of the order's currency; `tax_ppm` parts per million.
    `discounts_minor` are its shares of discounts, in the order in which they were applied.
    `gross_minor` = unit price x quantity; `net_minor` = gross less discounts (tax still inside when
    `tax_included`); `total_minor` = what the customer pays for the line.
    """

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    catalogue_unit_price_minor: int
    agreed_price_reason: str | None = None
    price_id: str
    tax_class: str
    tax_ppm: int
    tax_included: bool
    discounts_minor: tuple[int, ...] = ()
    gross_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingLine:
    """What is charged for delivery. Units: minor units; `method` is None for an agreed amount."""

    method: str | None
    amount_minor: int
    discount_minor: int
    tax_class: str
    tax_ppm: int
    tax_included: bool
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of an order in minor units.

    `subtotal_minor` is the gross of the product lines; `tax_minor` the tax of all lines, shipping
    included; `shipping_minor` the shipping amounts less their discounts (before exclusive tax);
    `grand_minor` what the customer pays.
    """

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    grand_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPersonal:
    """The personal fields of a new order."""

    shipping_address: Address | None = None
    billing_address: Address | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced:
    """The customer ordered; every price, tax rate and total is fixed by this event."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingAddressPersonal:
    """The personal field of a change of address."""

    shipping_address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShippingAddressChanged:
    """The parcel goes elsewhere; within the same country, so that no tax changes."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    personal: ShippingAddressPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTextPersonal:
    """A free text, personal because anybody may write anything into it."""

    text: str


class CancellationReason(StrEnum):
    """Why an order is cancelled."""

    CUSTOMER_REQUEST = "customer_request"
    DUPLICATE = "duplicate"
    PRICING_ERROR = "pricing_error"
    UNDELIVERABLE = "undeliverable"
    FRAUD = "fraud"
    HOLD_TIMEOUT = "hold_timeout"
    OTHER = "other"


class CancellationScope(StrEnum):
    """How much of an order a cancellation asks for."""

    ALL = "all"
    REMAINING = "remaining"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledLine:
    """The part of a line that is cancelled.

    Units: `value_minor` = unit price x quantity (the basis of gross sales); `total_minor` = the
    part of the line's total, discounts and tax included, that the customer no longer owes.
    """

    line_id: str
    sku: str
    quantity: int
    value_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancellationRequested:
    """Somebody wants the order gone; what was reserved or paid has to be undone first."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    cancellation_id: str
    reason_code: CancellationReason
    requested_by: ActorKind
    scope: CancellationScope
    personal: FreeTextPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    """The order is gone: nothing of it will be delivered or has to be paid.

    Units: `totals` are the sums that are taken back, shipping included, not what is left (nothing).
    """

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    cancellation_id: str
    reason_code: CancellationReason
    lines: tuple[CancelledLine, ...]
    totals: Totals


class NoteVisibility(StrEnum):
    """Who may read a note."""

    INTERNAL = "internal"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNoteAdded:
    """Somebody wrote a note on the order."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    note_id: str
    visibility: NoteVisibility
    personal: FreeTextPersonal


OrderEvent = (
    OrderPlaced
    | OrderShippingAddressChanged
    | OrderCancellationRequested
    | OrderCancelled
    | OrderNoteAdded
)


class Lifecycle(StrEnum):
    """How far an order has come; payment, fulfilment and returns are dimensions of their own."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept of a note: enough to recognise it when it is written again."""

    digest: bytes
    visibility: NoteVisibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as its events left it, without its personal texts, of which digests are kept."""

    order_id: str
    order_number: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime
    fingerprint: str
    lifecycle: Lifecycle
    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ShippingLine, ...]
    totals: Totals
    shipping_country: str | None
    shipping_address_digest: bytes | None
    cancellation_id: str | None
    notes: Map[str, Note]

    @property
    def is_pending(self) -> bool:
        """Tell whether nothing has been confirmed, cancelled or refused yet."""
        return self.lifecycle is Lifecycle.PENDING

    @property
    def tax_country(self) -> str:
        """Tell the country whose tax rates the order carries."""
        return self.country if self.shipping_country is None else self.shipping_country

    def ships_to(self, address: Address) -> bool:
        """Tell whether this is the address to which the parcel goes."""
        return self.shipping_address_digest == _address_digest(self.order_id, address)


def note_of(order_id: str, text: str, visibility: NoteVisibility) -> Note:
    """Make what an order keeps of a note."""
    return Note(digest_of(order_id, text), visibility)


_ALWAYS_ALLOWED: Final = ("add-note",)


def allowed_commands(order: Order) -> tuple[str, ...]:
    """Tell which commands the order's state allows, by their stored names."""
    if order.is_pending:
        return (*_ALWAYS_ALLOWED, "cancel-order", "change-shipping-address")
    return _ALWAYS_ALLOWED


def evolve_order(state: Order | None, event: OrderEvent) -> Order:
    """Answer the order after the event."""
    if isinstance(event, OrderPlaced):
        assert state is None
        return _placed(event)
    assert state is not None
    match event:
        case OrderShippingAddressChanged():
            assert state.is_pending
            address = event.personal.shipping_address
            return replace(
                state,
                shipping_country=address.country,
                shipping_address_digest=_address_digest(state.order_id, address),
            )
        case OrderCancellationRequested():
            assert state.is_pending
            return replace(
                state, lifecycle=Lifecycle.CANCELLING, cancellation_id=event.cancellation_id
            )
        case OrderCancelled():
            assert state.cancellation_id == event.cancellation_id
            return replace(state, lifecycle=Lifecycle.CANCELLED)
        case OrderNoteAdded():
            assert event.note_id not in state.notes
            note = note_of(state.order_id, event.personal.text, event.visibility)
            return replace(state, notes=state.notes.set(event.note_id, note))
        case _:
            assert_never(event)


def _address_digest(order_id: str, address: Address) -> bytes:
    return digest_of(order_id, *astuple(address))


def _placed(event: OrderPlaced) -> Order:
    address = None if event.personal is None else event.personal.shipping_address
    return Order(
        order_id=event.order_id,
        order_number=event.order_number,
        customer_id=event.customer_id,
        currency=event.currency,
        channel=event.channel,
        country=event.country,
        placed_at=event.placed_at,
        fingerprint=event.fingerprint,
        lifecycle=Lifecycle.PENDING,
        lines=event.lines,
        shipping_lines=event.shipping_lines,
        totals=event.totals,
        shipping_country=None if address is None else address.country,
        shipping_address_digest=(
            None if address is None else _address_digest(event.order_id, address)
        ),
        cancellation_id=None,
        notes=Map(),
    )
