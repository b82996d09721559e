"""What does a caller send about a payment?"""

from typing import Annotated, Final

from pydantic import Field

from api.fields import INT64_MAX, Body, Currency, Reason, Reference, Uuid
from domain.money import AMOUNT_MINOR_MAX
from domain.payment_events import CaptureMode

_AMOUNT: Final = Field(
    ge=-INT64_MAX - 1,
    le=INT64_MAX,
    json_schema_extra={"minimum": 1, "maximum": AMOUNT_MINOR_MAX},
)
AmountToMove = Annotated[int, _AMOUNT]
"""More than nothing, which the domain sees to."""

_AN_OPERATION: Final = Field(description="the same id again has no second effect")
OperationId = Annotated[Uuid, _AN_OPERATION]


class RequestPaymentBody(Body):
    """What is to be paid, of which order, and with what."""

    payment_id: OperationId
    order_id: Uuid
    amount_minor: Annotated[
        AmountToMove, Field(description="all that is left to pay of the order, or a part of it")
    ]
    currency: Annotated[Currency, Field(description="that of the order")]
    method_ref: Annotated[Reference, Field(description="the provider's name of card or account")]
    capture_mode: Annotated[
        CaptureMode,
        Field(strict=False, description="take the money when goods leave, or at once"),
    ] = CaptureMode.ON_DISPATCH


class RequestCaptureBody(Body):
    """How much of what is authorised is to be taken."""

    capture_id: OperationId
    amount_minor: AmountToMove
    shipment_id: Annotated[Uuid | None, Field(description="what it is taken for")] = None


class RequestVoidBody(Body):
    """Why what was not taken is to be given up."""

    void_id: OperationId
    reason: Reason


class RequestRefundBody(Body):
    """How much of what was taken is to be given back, and why."""

    refund_id: OperationId
    amount_minor: AmountToMove
    reason: Reason
    return_id: Annotated[Uuid | None, Field(description="what it is given back for")] = None
