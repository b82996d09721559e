"""What can happen to a payment?

Stream `payment-<uuid>`; an order may have several. A wish of ours (`…Requested`) and the provider's
answer to it are events of their own, because answers come late, twice, out of order or not at all
(domain.md §1.9). Units: minor units of the order's currency.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.about_order import AboutOrder


class CaptureMode(StrEnum):
    """When the money is taken: when goods leave, or at once."""

    ON_DISPATCH = "on_dispatch"
    IMMEDIATE = "immediate"


class PaymentOperation(StrEnum):
    """What a provider is asked to do."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    REAUTHORIZE = "reauthorize"


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPayment(AboutOrder):
    """What every event of a payment says."""

    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequested(AboutPayment):
    """The provider is to authorise the amount; `method_ref` is its name for card or account."""

    amount_minor: int
    method_ref: str
    capture_mode: CaptureMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentActionRequired(AboutPayment):
    """The customer has to confirm the payment at `url` before `until`."""

    url: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentProcessing(AboutPayment):
    """The provider has begun and will tell later, as with a bank transfer."""

    psp_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized(AboutPayment):
    """The amount can be captured until `valid_until`. `risk_score` is from 0 to 100."""

    psp_ref: str
    amount_minor: int
    valid_until: datetime | None = None
    risk_score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(AboutPayment):
    """The provider refuses; `is_retriable`: another attempt may succeed."""

    code: str
    is_retriable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptureRequested(AboutPayment):
    """The provider is to take a part of what it authorised."""

    capture_id: str
    amount_minor: int
    shipment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(AboutPayment):
    """The money is taken."""

    capture_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptureFailed(AboutPayment):
    """The money was not taken, or the provider takes its success back (`was_captured`)."""

    capture_id: str
    amount_minor: int
    code: str
    was_captured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoidRequested(AboutPayment):
    """The provider is to give up what was not captured."""

    void_id: str
    amount_minor: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoided(AboutPayment):
    """What was not captured is given up."""

    void_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoidFailed(AboutPayment):
    """The provider could not give it up, for example because it was captured."""

    void_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorizationExpired(AboutPayment):
    """What was not captured can no longer be."""

    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReauthorizationRequested(AboutPayment):
    """The provider is to keep the uncaptured rest available for longer."""

    reauthorization_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReauthorized(AboutPayment):
    """The uncaptured rest can be captured until `valid_until`."""

    reauthorization_id: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReauthorizationFailed(AboutPayment):
    """The provider does not keep the rest available."""

    reauthorization_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(AboutPayment):
    """The provider is to give captured money back."""

    refund_id: str
    amount_minor: int
    reason: str
    return_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(AboutPayment):
    """The money is on its way back to the customer."""

    refund_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(AboutPayment):
    """The money was not given back."""

    refund_id: str
    amount_minor: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReversed(AboutPayment):
    """The money that was given back came back, for example from a closed account."""

    refund_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackOpened(AboutPayment):
    """The customer disputes a payment at the bank."""

    case_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackResolved(AboutPayment):
    """The bank decided; a lost case takes the money back for good."""

    case_id: str
    amount_minor: int
    is_won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOutcomeUnknown(AboutPayment):
    """Nobody knows what the provider did: it is asked, never told again under a new key."""

    operation: PaymentOperation
    operation_id: str
    attempt: int


PaymentEvent = (
    PaymentRequested
    | PaymentActionRequired
    | PaymentProcessing
    | PaymentAuthorized
    | PaymentDeclined
    | PaymentCaptureRequested
    | PaymentCaptured
    | PaymentCaptureFailed
    | PaymentVoidRequested
    | PaymentVoided
    | PaymentVoidFailed
    | PaymentAuthorizationExpired
    | PaymentReauthorizationRequested
    | PaymentReauthorized
    | PaymentReauthorizationFailed
    | RefundRequested
    | RefundSucceeded
    | RefundFailed
    | RefundReversed
    | ChargebackOpened
    | ChargebackResolved
    | PaymentOutcomeUnknown
)
