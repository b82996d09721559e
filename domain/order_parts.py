"""What is an order made of?

The values that the events of `order_events.py` carry. Amounts are minor units of the order's
currency, quantities are pieces.
"""

from dataclasses import dataclass
from enum import StrEnum


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
class AppliedCoupon:
    """A coupon that the order was placed with, and what it took off."""

    code: str
    redemption_id: str
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCredit:
    """What an order is paid with besides money: the credit of a return of the order `order_id`."""

    return_id: str
    order_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPersonal:
    """The personal fields of a new order."""

    shipping_address: Address | None = None
    billing_address: Address | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingAddressPersonal:
    """The personal field of a change of address."""

    shipping_address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTextPersonal:
    """A free text, personal because anybody may write anything into it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuantity:
    """So many pieces of a line."""

    line_id: str
    sku: str
    quantity: int


class CancellationReason(StrEnum):
    """Why an order, or a part of it, is cancelled."""

    CUSTOMER_REQUEST = "customer_request"
    DUPLICATE = "duplicate"
    PRICING_ERROR = "pricing_error"
    UNDELIVERABLE = "undeliverable"
    OUT_OF_STOCK = "out_of_stock"
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
class ReturnedLine:
    """The part of a line that came back and was accepted.

    Units: `value_minor` = unit price x quantity (the basis of gross sales); `total_minor` = the
    part of the line's total that the customer gets back. `written_off_quantity` of the pieces
    cannot be sold again.
    """

    line_id: str
    sku: str
    quantity: int
    value_minor: int
    total_minor: int
    written_off_quantity: int = 0


class RejectionReason(StrEnum):
    """Why the shop does not take an order."""

    OUT_OF_STOCK = "out_of_stock"
    PAYMENT_DECLINED = "payment_declined"
    FRAUD = "fraud"
    INVALID = "invalid"


class HoldKind(StrEnum):
    """What has to be cleared up before an order goes on."""

    FRAUD = "fraud"
    MANUAL = "manual"
    ADDRESS = "address"
    CREDIT = "credit"
    STOCK = "stock"


class HoldDecision(StrEnum):
    """How a hold ended."""

    APPROVE = "approve"
    REJECT = "reject"


class PaymentFactKind(StrEnum):
    """What happened to a payment, as far as the order is concerned.

    `CREDITED`: so much of what was paid became a credit of the return that stands in the payment's
    place; below zero, so much of the credit is money again, about to be refunded.
    """

    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    FAILED = "failed"
    DISPUTED = "disputed"
    CREDITED = "credited"


class NoteVisibility(StrEnum):
    """Who may read a note."""

    INTERNAL = "internal"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTotals:
    """What a finished order came to in the end, credits included. Units: minor units."""

    due_minor: int
    captured_minor: int
    refunded_minor: int
