"""What can happen to a return?

Stream `return-<uuid>`; an order may have several. Units: pieces, and minor units of the order's
currency.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.about_order import AboutOrder
from domain.order_parts import FreeTextPersonal, LineQuantity


class ReturnResolution(StrEnum):
    """What the customer wants for what comes back."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    CREDIT = "credit"


class ReturnReason(StrEnum):
    """Why something comes back."""

    UNWANTED = "unwanted"
    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    LATE = "late"
    OTHER = "other"


class ReturnCondition(StrEnum):
    """How something came back."""

    UNOPENED = "unopened"
    OPENED = "opened"
    DAMAGED = "damaged"


class ReturnDisposition(StrEnum):
    """What becomes of accepted pieces."""

    SHELF = "shelf"
    QUARANTINE = "quarantine"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """Pieces of a line that shall come back, and why."""

    line_id: str
    sku: str
    quantity: int
    reason_code: ReturnReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLine:
    """Pieces of a line that came back, and how."""

    line_id: str
    sku: str
    quantity: int
    condition: ReturnCondition


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedLine:
    """What was decided about the pieces of a line that came back.

    Units: `value_minor` = unit price x accepted pieces; `total_minor` = their part of what the
    customer paid for the line, `tax_minor` of it tax.
    """

    line_id: str
    sku: str
    accepted: int
    rejected: int
    disposition: ReturnDisposition
    value_minor: int
    total_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDue:
    """What the customer gets back.

    `items_minor` + `tax_minor` + `shipping_minor` - `fee_minor` = `total_minor`; `tax_minor` is the
    tax that was paid on top.
    """

    items_minor: int
    tax_minor: int
    shipping_minor: int
    fee_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutReturn(AboutOrder):
    """What every event of a return says."""

    return_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(AboutReturn):
    """The customer wants to send pieces back."""

    lines: tuple[ReturnLine, ...]
    resolution: ReturnResolution
    personal: FreeTextPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnApproved(AboutReturn):
    """The shop takes them back if they are sent by `send_by`, for a fee perhaps."""

    send_by: datetime | None
    label: str | None
    restocking_fee_minor: int
    refunds_shipping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDeclined(AboutReturn):
    """The shop does not take them back."""

    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(AboutReturn):
    """Pieces came back."""

    receipt_id: str
    lines: tuple[ReceivedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspected(AboutReturn):
    """Somebody looked at them and decided what becomes of them, and what the customer gets.

    `credit_minor` of it is no refund but a credit, with which another order may be paid.
    """

    lines: tuple[InspectedLine, ...]
    refund_due: RefundDue
    credit_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCreditUsed(AboutReturn):
    """The order `used_by` is paid with the credit; `rest_minor` of it is given back."""

    used_by: str
    amount_minor: int
    rest_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCreditReleased(AboutReturn):
    """No order will be paid with the credit any more: it is given back."""

    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnClosed(AboutReturn):
    """The return is over: refunded, or nothing was to be refunded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCancelled(AboutReturn):
    """The customer keeps them."""

    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnExpired(AboutReturn):
    """They were not sent in time."""

    lines: tuple[LineQuantity, ...]


ReturnEvent = (
    ReturnRequested
    | ReturnApproved
    | ReturnDeclined
    | ReturnReceived
    | ReturnInspected
    | ReturnCreditUsed
    | ReturnCreditReleased
    | ReturnClosed
    | ReturnCancelled
    | ReturnExpired
)
