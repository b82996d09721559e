"""What do answers about payments look like? As in `api/read_bodies.py`, the models document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.read_bodies import AsOfPosition, NextCursor, ParkedSince


class LedgerEntry(BaseModel):
    """An operation of a payment, in minor units of its currency."""

    payment_id: str
    operation_id: Annotated[
        str,
        Field(description="of an authorisation the id of the payment, of a chargeback the bank's"),
    ]
    order_id: str
    customer_id: str
    operation: Annotated[
        str,
        Field(
            description="`authorize`, `capture`, `void`, `refund`, `reauthorize` or `chargeback`"
        ),
    ]
    amount_minor: Annotated[
        int, Field(description="what was asked for; once it is done, what was done")
    ]
    currency: str
    psp_ref: Annotated[
        str | None, Field(description="the provider's name of the payment; on the authorisation")
    ]
    status: Annotated[
        str,
        Field(
            description="`pending`, `requires_action`, `processing`, `unknown`: not answered; "
            "`done`, `failed`, `reversed` (done and taken back); of an authorisation also "
            "`expired` and `voided`; of a chargeback `won` or `lost`"
        ),
    ]
    code: Annotated[str | None, Field(description="the provider's word for a failure")]
    occurred_at: Annotated[datetime, Field(description="when what is said last of it happened")]
    recorded_at: datetime
    version: Annotated[int, Field(description="the payment's version that says so")]


class PaymentRead(BaseModel):
    """A payment, what its operations amount to, and how fresh the answer is."""

    payment_id: str
    order_id: str
    customer_id: str
    currency: str
    psp_ref: str | None
    status: Annotated[
        str,
        Field(
            description="`requested`, `requires_action`, `processing`, `authorized`, "
            "`partially_captured`, `captured`, `partially_refunded`, `refunded`, `disputed`, "
            "`failed`, `voided`, `expired`; `unknown`: nobody knows what the provider did"
        ),
    ]
    authorised_minor: int
    capture_pending_minor: int
    captured_minor: int
    voided_minor: int
    refund_pending_minor: int
    refunded_minor: Annotated[int, Field(description="with the chargebacks that were lost")]
    disputed_minor: int
    has_unknown_outcome: Annotated[
        bool, Field(description="the outcome of one of the operations is not known")
    ]
    version: int
    operations: list[LedgerEntry]
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class LedgerPage(BaseModel):
    """Operations of payments, by payment and id."""

    operations: list[LedgerEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince
