"""What do the stored events about payments mean?"""

from typing import Any, Final

from domain.payment_events import (
    CaptureMode,
    ChargebackOpened,
    ChargebackResolved,
    PaymentActionRequired,
    PaymentAuthorizationExpired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureRequested,
    PaymentDeclined,
    PaymentEvent,
    PaymentOperation,
    PaymentOutcomeUnknown,
    PaymentProcessing,
    PaymentReauthorizationFailed,
    PaymentReauthorizationRequested,
    PaymentReauthorized,
    PaymentRequested,
    PaymentVoided,
    PaymentVoidFailed,
    PaymentVoidRequested,
    RefundFailed,
    RefundRequested,
    RefundReversed,
    RefundSucceeded,
)
from tests.golden.golden_orders import ABOUT, LATER, PAYMENT_ID, RETURN_ID, SHIPMENT_ID

PAYMENT: Final[dict[str, Any]] = {**ABOUT, "payment_id": PAYMENT_ID}

GOLDEN_PAYMENTS: Final[dict[tuple[str, int], PaymentEvent]] = {
    ("payment-requested", 1): PaymentRequested(
        **PAYMENT,
        amount_minor=2**53 - 1,
        method_ref="card_visa",
        capture_mode=CaptureMode.ON_DISPATCH,
    ),
    ("payment-action-required", 1): PaymentActionRequired(
        **PAYMENT, url="https://psp.example/3ds/1", until=LATER
    ),
    ("payment-processing", 1): PaymentProcessing(**PAYMENT, psp_ref="pi_1"),
    ("payment-authorized", 1): PaymentAuthorized(
        **PAYMENT, psp_ref="pi_1", amount_minor=1_878, valid_until=LATER, risk_score=12
    ),
    ("payment-declined", 1): PaymentDeclined(
        **PAYMENT, code="insufficient_funds", is_retriable=True
    ),
    ("payment-capture-requested", 1): PaymentCaptureRequested(
        **PAYMENT, capture_id="c1", amount_minor=1_878, shipment_id=SHIPMENT_ID
    ),
    ("payment-captured", 1): PaymentCaptured(**PAYMENT, capture_id="c1", amount_minor=1_878),
    ("payment-capture-failed", 1): PaymentCaptureFailed(
        **PAYMENT, capture_id="c1", amount_minor=1_878, code="expired_card", was_captured=True
    ),
    ("payment-void-requested", 1): PaymentVoidRequested(
        **PAYMENT, void_id="v1", amount_minor=1_878, reason="cancelled"
    ),
    ("payment-voided", 1): PaymentVoided(**PAYMENT, void_id="v1", amount_minor=1_878),
    ("payment-void-failed", 1): PaymentVoidFailed(**PAYMENT, void_id="v1", code="captured"),
    ("payment-authorization-expired", 1): PaymentAuthorizationExpired(
        **PAYMENT, amount_minor=1_878
    ),
    ("payment-reauthorization-requested", 1): PaymentReauthorizationRequested(
        **PAYMENT, reauthorization_id="a1", amount_minor=1_878
    ),
    ("payment-reauthorized", 1): PaymentReauthorized(
        **PAYMENT, reauthorization_id="a1", valid_until=LATER
    ),
    ("payment-reauthorization-failed", 1): PaymentReauthorizationFailed(
        **PAYMENT, reauthorization_id="a1", code="do_not_honor"
    ),
    ("refund-requested", 1): RefundRequested(
        **PAYMENT, refund_id="r1", amount_minor=939, reason="return", return_id=RETURN_ID
    ),
    ("refund-succeeded", 1): RefundSucceeded(**PAYMENT, refund_id="r1", amount_minor=939),
    ("refund-failed", 1): RefundFailed(
        **PAYMENT, refund_id="r1", amount_minor=939, code="account_closed"
    ),
    ("refund-reversed", 1): RefundReversed(**PAYMENT, refund_id="r1", amount_minor=939),
    ("chargeback-opened", 1): ChargebackOpened(**PAYMENT, case_id="dp_1", amount_minor=939),
    ("chargeback-resolved", 1): ChargebackResolved(
        **PAYMENT, case_id="dp_1", amount_minor=939, is_won=True
    ),
    ("payment-outcome-unknown", 1): PaymentOutcomeUnknown(
        **PAYMENT, operation=PaymentOperation.CAPTURE, operation_id="c1", attempt=2
    ),
}
"""(stored type, schema version) -> the event that its file means."""
