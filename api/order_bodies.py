"""What does a caller send about an order?"""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from api.fields import (
    AmountMinor,
    Body,
    Channel,
    Code,
    Country,
    Currency,
    Instant,
    LineId,
    Name,
    NoteText,
    Quantity,
    Reason,
    Reference,
    Sku,
    Uuid,
)
from domain.order_parts import (
    Address,
    CancellationReason,
    HoldDecision,
    HoldKind,
    NoteVisibility,
    OriginKind,
)

COUPON_CODES_MAX: Final = 20
LINES_DOCUMENTED: Final[dict[str, Any]] = {"minItems": 1, "maxItems": 2_000}
"""The domain refuses other numbers with codes of its own; the size of the body bounds the rest."""

CityText = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class AddressBody(Body):
    """A postal address."""

    recipient: Name
    line1: Name
    line2: Name | None = None
    city: CityText
    region: CityText | None = None
    postal_code: ShortText | None = None
    country: Annotated[Country, Field(description="ISO 3166-1 alpha-2 recommended")]
    phone: ShortText | None = None

    def address(self) -> Address:
        """Answer the address as the domain knows it."""
        return Address(
            recipient=self.recipient,
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            region=self.region,
            postal_code=self.postal_code,
            country=self.country,
            phone=self.phone,
        )


class OriginBody(Body):
    """Where an order came from; anything but `web` is for staff and importers."""

    kind: Annotated[OriginKind, Field(strict=False)] = OriginKind.WEB
    ref: Annotated[
        Reference | None,
        Field(description="of an `exchange`: the return whose credit pays the order"),
    ] = None


class LineBody(Body):
    """One line of a new order. Prices are looked up; a caller only says what it expects."""

    line_id: Annotated[LineId, Field(description="unique within the order")]
    sku: Sku
    quantity: Quantity
    expected_unit_price_minor: Annotated[
        AmountMinor | None, Field(description="refuse with `price_changed` if it costs otherwise")
    ] = None
    agreed_unit_price_minor: Annotated[
        AmountMinor | None, Field(description="staff only: a negotiated or historical price")
    ] = None
    agreed_price_reason: Reason | None = None


class PlaceOrderBody(Body):
    """A new order. `order_id` is yours: the same id with the same body is the same order."""

    order_id: Annotated[Uuid, Field(description="any UUID, version 7 recommended")]
    customer_id: Uuid
    currency: Currency
    price_list: Code
    channel: Channel
    country: Annotated[Country, Field(description="ISO 3166-1 alpha-2 recommended")]
    origin: OriginBody = OriginBody()
    lines: Annotated[list[LineBody], Field(json_schema_extra=LINES_DOCUMENTED)]
    agreed_shipping_minor: AmountMinor | None = None
    coupon_codes: Annotated[
        tuple[Sku, ...],
        Field(
            max_length=COUPON_CODES_MAX,
            strict=False,
            description="applied one after the other; several only if all of them are stackable",
        ),
    ] = ()
    shipping_address: AddressBody | None = None
    billing_address: AddressBody | None = None
    shipping_method: Code | None = None
    payment_method_ref: Reference | None = None
    allow_backorder: bool = False
    allow_split: bool = False
    note: NoteText | None = None
    expected_total_minor: AmountMinor | None = None
    occurred_at: Annotated[
        Instant | None, Field(description="business time, for staff and importers")
    ] = None


class ChangeShippingAddressBody(Body):
    """The address to which the parcel shall go instead, in the same country."""

    address: AddressBody


class CancelOrderBody(Body):
    """Why an order is cancelled. The same `cancellation_id` again has no second effect."""

    cancellation_id: Uuid
    reason_code: Annotated[CancellationReason, Field(strict=False)]
    note: NoteText | None = None
    all_or_nothing: Annotated[
        bool, Field(description="refuse with `already_shipped` if a part of the order has left")
    ] = False


class LineQuantityBody(Body):
    """So many pieces of a line."""

    line_id: LineId
    quantity: Quantity


class CancelLinesBody(Body):
    """What of an order is cancelled. The same `cancellation_id` again has no second effect."""

    cancellation_id: Uuid
    lines: Annotated[list[LineQuantityBody], Field(json_schema_extra=LINES_DOCUMENTED)]
    reason_code: Annotated[CancellationReason, Field(strict=False)]


class PlaceHoldBody(Body):
    """Why an order is held. The same `hold_id` again has no second effect."""

    hold_id: Uuid
    kind: Annotated[HoldKind, Field(strict=False)]
    reason: NoteText


class ReleaseHoldBody(Body):
    """What was decided about a hold."""

    decision: Annotated[HoldDecision, Field(strict=False)]
    note: NoteText | None = None


class AddNoteBody(Body):
    """A note on an order. The same `note_id` again has no second effect."""

    note_id: Uuid
    text: NoteText
    visibility: Annotated[NoteVisibility, Field(strict=False)] = NoteVisibility.INTERNAL
