"""What do answers about orders look like?

These models document the answers; the rows of the read tables are sent as they come.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.read_bodies import AddressRead, AsOfPosition, NextCursor, ParkedSince


class LineRead(BaseModel):
    """A line as it was sold; amounts in minor units of the order's currency."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    catalogue_unit_price_minor: int
    agreed_price_reason: str | None
    price_id: str
    tax_class: str
    tax_ppm: int
    tax_included: bool
    discounts_minor: list[int]
    gross_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int


class ShippingLineRead(BaseModel):
    """What is charged for delivery."""

    method: str | None
    amount_minor: int
    discount_minor: int
    tax_class: str
    tax_ppm: int
    tax_included: bool
    tax_minor: int
    total_minor: int


class NoteRead(BaseModel):
    """A note, who wrote it and when. Customers see the ones that are meant for them."""

    note_id: str
    visibility: str
    text: str
    author_kind: str
    author_id: str
    written_at: datetime


class CouponRead(BaseModel):
    """A coupon that the order was placed with, and what it took off."""

    code: str
    redemption_id: str
    discount_minor: int


class HoldRead(BaseModel):
    """What has, or had, to be cleared up before the goods leave; only the shop sees it."""

    hold_id: str
    kind: str
    reason: str
    placed_by: str
    placed_at: datetime
    decision: Annotated[str | None, Field(description="null while the hold is open")]
    decision_note: str | None
    decided_by: str | None
    decided_at: datetime | None


class FlaggedStageRead(BaseModel):
    """A stage that was found to take too long."""

    stage: str
    since: datetime
    sla_seconds: int
    flagged_at: datetime


class LineProgressRead(BaseModel):
    """What has become of the pieces of a line so far."""

    line_id: str
    sku: str
    ordered: int
    cancelled: int
    allocated: Annotated[int, Field(description="there for this order, and not sent yet")]
    backordered: Annotated[int, Field(description="promised, and not there yet")]
    shipped: int
    delivered: int
    return_requested: Annotated[int, Field(description="on their way back")]
    returned: int
    written_off: Annotated[int, Field(description="returned ones that cannot be sold again")]
    refunded_minor: Annotated[int, Field(description="granted for what came back")]
    delivered_at: datetime | None


class TotalsRead(BaseModel):
    """Sums of an order, in minor units."""

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    grand_minor: int


class EditOperationRead(BaseModel):
    """One change that was asked for; which fields count is a matter of its kind."""

    kind: str
    line_id: str | None
    sku: str | None
    quantity: int | None
    amount_minor: int | None
    reason: str | None
    shipping_method: str | None
    coupon_code: str | None


class ProposedEditRead(BaseModel):
    """A change of the order that is not decided yet, and what the order would come to."""

    edit_id: str
    operations: list[EditOperationRead]
    totals_after: TotalsRead
    delta_minor: Annotated[int, Field(description="how much more is owed; less when below zero")]
    proposed_by: str
    proposed_at: datetime


class PaymentSumsRead(BaseModel):
    """What a payment of the order, or the credit of a return, has come to, in minor units."""

    payment_id: Annotated[str, Field(description="that of the return, if it is a credit")]
    requested_minor: int
    authorised_minor: int
    captured_minor: int
    voided_minor: int
    refunded_minor: int
    disputed_minor: int
    has_failed: bool
    is_credit: Annotated[
        bool,
        Field(
            description="captured: this order is paid with it; refunded: what was paid became it"
        ),
    ]


CancelledMinor = Annotated[int, Field(description="what of `grand_minor` is no longer owed")]


class OrderEntry(BaseModel):
    """An order in a list; `grand_minor` is what it was placed with, in minor units."""

    order_id: str
    order_number: str
    placed_at: datetime
    customer_id: str
    lifecycle: str
    payment_state: str
    fulfilment_state: str
    return_state: str
    currency: str
    channel: str
    country: str
    item_count: int
    units: int
    grand_minor: int
    version: int
    cancelled_minor: CancelledMinor
    confirmed_at: datetime | None
    flagged_stages: Annotated[list[str], Field(description="stages found to take too long")]


class OrderRead(BaseModel):
    """An order with everything that is known of it.

    The totals are those it was placed with, changed by edits since.
    """

    order_id: str
    order_number: str
    customer_id: str
    lifecycle: str
    payment_state: str
    fulfilment_state: str
    return_state: str
    currency: str
    channel: str
    country: str
    price_list: str
    origin_kind: str
    origin_ref: str | None
    placed_at: datetime
    lines: list[LineRead]
    shipping_lines: list[ShippingLineRead]
    item_count: int
    units: int
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    grand_minor: int
    cancelled_minor: CancelledMinor
    shipping_method: str | None
    payment_method_ref: str | None
    allow_backorder: bool
    allow_split: bool
    policy_version: str
    calc_version: int
    shipping_address: AddressRead | None
    billing_address: AddressRead | None
    note: str | None
    notes: list[NoteRead]
    cancellation_id: str | None
    cancellation_reason: str | None
    cancellation_note: str | None
    cancellation_requested_by: str | None
    cancellation_requested_at: datetime | None
    cancelled_at: datetime | None
    version: int
    recorded_at: datetime
    last_position: int
    pay_by: datetime | None
    coupons: list[CouponRead]
    confirmed_at: datetime | None
    rejection_reason: str | None
    holds: Annotated[list[HoldRead], Field(description="only the shop sees them")]
    flagged_stages: list[FlaggedStageRead]
    progress: list[LineProgressRead]
    payments: list[PaymentSumsRead]
    edit: ProposedEditRead | None
    allowed_commands: Annotated[
        list[str],
        Field(description="the commands of people, by their names, that its state allows"),
    ]
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class OrderPage(BaseModel):
    """Orders, newest first."""

    orders: list[OrderEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
