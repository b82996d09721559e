"""What do the stored events about fulfilments mean?"""

from typing import Final

from domain.fulfilment_events import (
    FulfilmentAdvanced,
    FulfilmentEvent,
    FulfilmentShipmentPlanned,
    FulfilmentStepRefused,
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    FulfilmentStepTried,
    FulfilmentStockKept,
    KeptPieces,
    ManualInterventionRequired,
    MissingPieces,
    Stage,
    StockReservationRejected,
    TimerCancelled,
    TimerFired,
    TimerSet,
)
from domain.order_parts import FreeTextPersonal
from tests.golden.golden_orders import ABOUT, LATER, SHIPMENT_ID

GOLDEN_FULFILMENT: Final[dict[tuple[str, int], FulfilmentEvent]] = {
    ("fulfilment-advanced", 1): FulfilmentAdvanced(
        **ABOUT, input_position=4711, input_type="order-placed", stage=Stage.AWAITING_PAYMENT
    ),
    ("fulfilment-advanced", 2): FulfilmentAdvanced(
        **ABOUT,
        input_position=4711,
        input_type="order-placed",
        stage=Stage.AWAITING_PAYMENT,
        stage_since=LATER,
    ),
    ("fulfilment-stock-kept", 1): FulfilmentStockKept(
        **ABOUT,
        kept=(
            KeptPieces(
                reservation_id="r1", line_id="1", sku="MUG-BLUE", location="MAIN", quantity=2
            ),
        ),
    ),
    ("stock-reservation-rejected", 1): StockReservationRejected(
        **ABOUT,
        missing=(MissingPieces(sku="MUG-BLUE", location="MAIN", requested=2, available=1),),
    ),
    ("fulfilment-shipment-planned", 1): FulfilmentShipmentPlanned(**ABOUT, shipment_id=SHIPMENT_ID),
    ("fulfilment-step-refused", 1): FulfilmentStepRefused(
        **ABOUT, command_type="reserve-stock", code="insufficient_stock", detail="“too few”"
    ),
    ("fulfilment-step-tried", 1): FulfilmentStepTried(**ABOUT, step="capture:c1"),
    ("timer-set", 1): TimerSet(**ABOUT, timer="pay_by", token="t1", due_at=LATER),
    ("timer-cancelled", 1): TimerCancelled(**ABOUT, timer="pay_by", token="t1"),
    ("timer-fired", 1): TimerFired(**ABOUT, timer="pay_by", token="t1"),
    ("manual-intervention-required", 1): ManualInterventionRequired(
        **ABOUT, step="refund:r1", last_error="account_closed", money_at_risk_minor=939
    ),
    ("fulfilment-step-retried", 1): FulfilmentStepRetried(
        **ABOUT, step="refund:r1", personal=FreeTextPersonal(text="new account")
    ),
    ("fulfilment-step-skipped", 1): FulfilmentStepSkipped(
        **ABOUT, step="refund:r1", personal=FreeTextPersonal(text="sent a cheque")
    ),
}
"""(stored type, schema version) -> the event that its file means."""
