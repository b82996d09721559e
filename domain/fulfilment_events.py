"""What can happen to the fulfilment of an order?

Stream `fulfilment-<order id>`: the process that carries an order from its placing to its end tells
here what it reacted to, and why it waits, so that an auditor can replay why a command was sent
(domain.md §2.1). Its timers are events as well.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.about_order import AboutOrder
from domain.order_parts import FreeTextPersonal


class Stage(StrEnum):
    """Where the process stands."""

    AWAITING_STOCK = "awaiting_stock"
    AWAITING_PAYMENT = "awaiting_payment"
    ON_HOLD = "on_hold"
    FULFILLING = "fulfilling"
    COMPENSATING = "compensating"
    RECORDED = "recorded"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPieces:
    """Pieces that a reservation keeps for a line of the order, at one location."""

    reservation_id: str
    line_id: str
    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPieces:
    """Pieces that an order wanted and that are not there."""

    sku: str
    location: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutFulfilment(AboutOrder):
    """What every event of a fulfilment says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentAdvanced(AboutFulfilment):
    """The process reacted to the event at `input_position`, and stands in `stage` now.

    `stage_since` is when it came there; None in what was written before that was noted.
    """

    input_position: int
    input_type: str
    stage: Stage
    stage_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentStockKept(AboutFulfilment):
    """These reservations were made for the order."""

    kept: tuple[KeptPieces, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReservationRejected(AboutFulfilment):
    """There are not enough pieces for the order."""

    missing: tuple[MissingPieces, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentShipmentPlanned(AboutFulfilment):
    """A shipment was planned for the order."""

    shipment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentStepRefused(AboutFulfilment):
    """A command of the process was refused; what it does then stands in the next events."""

    command_type: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentStepTried(AboutFulfilment):
    """The process asked again for something that had failed."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSet(AboutFulfilment):
    """The process wants to be woken; `token` tells this setting of the timer from others."""

    timer: str
    token: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCancelled(AboutFulfilment):
    """The process need not be woken."""

    timer: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(AboutFulfilment):
    """The time has come."""

    timer: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualInterventionRequired(AboutFulfilment):
    """The process cannot go on by itself. Units: minor units of the order's currency."""

    step: str
    last_error: str
    money_at_risk_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentStepRetried(AboutFulfilment):
    """An operator lets the process try a step again."""

    step: str
    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentStepSkipped(AboutFulfilment):
    """An operator has seen to a step otherwise."""

    step: str
    personal: FreeTextPersonal


FulfilmentEvent = (
    FulfilmentAdvanced
    | FulfilmentStockKept
    | StockReservationRejected
    | FulfilmentShipmentPlanned
    | FulfilmentStepRefused
    | FulfilmentStepTried
    | TimerSet
    | TimerCancelled
    | TimerFired
    | ManualInterventionRequired
    | FulfilmentStepRetried
    | FulfilmentStepSkipped
)
