"""What does a caller send about a change of an order?"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from api.fields import AmountMinor, Body, Code, LineId, Quantity, Reason, Sku, Uuid
from domain.order_edit import EditKind, EditOperation

OPERATIONS_MAX: Final = 500
VERSION_MAX: Final = 2**31 - 1

_AGREED: Final = Field(description="staff only: a negotiated amount, with a reason")


class AddLineBody(Body):
    """A line more, at the price of this moment."""

    kind: Literal["add_line"]
    line_id: Annotated[LineId, Field(description="new to the order")]
    sku: Sku
    quantity: Quantity
    amount_minor: Annotated[AmountMinor | None, _AGREED] = None
    reason: Reason | None = None


class SetQuantityBody(Body):
    """So many pieces of a line are wanted, at its price."""

    kind: Literal["set_quantity"]
    line_id: LineId
    quantity: Quantity


class RemoveLineBody(Body):
    """Nothing of a line is wanted."""

    kind: Literal["remove_line"]
    line_id: LineId


class AdjustPriceBody(Body):
    """Another unit price for a line; for staff."""

    kind: Literal["adjust_price"]
    line_id: LineId
    amount_minor: AmountMinor
    reason: Reason | None = None


class SetShippingBody(Body):
    """Another delivery: a method at its price, or (for staff) an agreed amount."""

    kind: Literal["set_shipping"]
    shipping_method: Code | None = None
    amount_minor: Annotated[AmountMinor | None, _AGREED] = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def says_which(self) -> "SetShippingBody":
        """Refuse a delivery that is neither.

        Raises:
            ValueError: there is neither a method nor an amount.
        """
        if self.shipping_method is None and self.amount_minor is None:
            raise ValueError("name a method or an amount")
        return self


class AddCouponBody(Body):
    """A coupon more."""

    kind: Literal["add_coupon"]
    coupon_code: Sku


class RemoveCouponBody(Body):
    """A coupon less."""

    kind: Literal["remove_coupon"]
    coupon_code: Sku


OperationBody = Annotated[
    AddLineBody
    | SetQuantityBody
    | RemoveLineBody
    | AdjustPriceBody
    | SetShippingBody
    | AddCouponBody
    | RemoveCouponBody,
    Field(discriminator="kind"),
]


class ProposeEditBody(Body):
    """A change of an order. The same `edit_id` again has no second effect."""

    edit_id: Uuid
    base_version: Annotated[
        int,
        Field(
            ge=1,
            le=VERSION_MAX,
            description="the version of the order that the change was thought out for",
        ),
    ]
    operations: Annotated[
        list[OperationBody],
        Field(
            min_length=1,
            max_length=OPERATIONS_MAX,
            description="carried out one after the other, all or none",
        ),
    ]


class RejectEditBody(Body):
    """Why a proposed change shall not be made."""

    reason: Reason


def operation_of(body: Body) -> EditOperation:
    """Answer an operation as the domain knows it."""
    fields: dict[str, Any] = body.model_dump()
    return EditOperation(kind=EditKind(fields.pop("kind")), **fields)
