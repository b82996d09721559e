"""What do the rows of a payment's ledger amount to?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.payment import PaymentStatus
from domain.replace import replace
from projections.payment_ledger import UNSETTLED, LedgerOperation, LedgerStatus

UNKNOWN: Final = "unknown"
"""Nobody knows what became of the authorisation."""

_BEFORE: Final = {
    LedgerStatus.REQUIRES_ACTION: PaymentStatus.REQUIRES_ACTION,
    LedgerStatus.PROCESSING: PaymentStatus.PROCESSING,
    LedgerStatus.FAILED: PaymentStatus.FAILED,
    LedgerStatus.VOIDED: PaymentStatus.VOIDED,
    LedgerStatus.UNKNOWN: UNKNOWN,
}
"""The status of a payment before anything is authorised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSummary:
    """How far a payment has come. Units: minor units of its currency.

    `status` is a `PaymentStatus` or `unknown`.
    """

    status: str
    authorised_minor: int
    capture_pending_minor: int
    captured_minor: int
    voided_minor: int
    refund_pending_minor: int
    refunded_minor: int
    disputed_minor: int
    has_unknown_outcome: bool


@dataclass(frozen=True, slots=True)
class LedgerAmount:
    """What counts of a row of the ledger. Units: minor units."""

    operation: LedgerOperation
    status: LedgerStatus
    amount_minor: int


def summary_of(ledger: Iterable[LedgerAmount]) -> PaymentSummary:
    """Add the rows of one payment up, to what the payment itself says."""
    pending: Counter[LedgerOperation] = Counter()
    done: Counter[LedgerOperation] = Counter()
    lost_minor, authorization, has_unknown_outcome = 0, LedgerStatus.PENDING, False
    for each in ledger:
        has_unknown_outcome |= each.status is LedgerStatus.UNKNOWN
        if each.operation is LedgerOperation.AUTHORIZE:
            authorization = each.status
        if each.status in UNSETTLED:
            pending[each.operation] += each.amount_minor
        elif each.status in {LedgerStatus.DONE, LedgerStatus.EXPIRED}:
            done[each.operation] += each.amount_minor
        elif each.status is LedgerStatus.LOST:
            lost_minor += each.amount_minor
    sums = PaymentSummary(
        status=_BEFORE.get(authorization, PaymentStatus.REQUESTED),
        authorised_minor=done[LedgerOperation.AUTHORIZE],
        capture_pending_minor=pending[LedgerOperation.CAPTURE],
        captured_minor=done[LedgerOperation.CAPTURE],
        voided_minor=done[LedgerOperation.VOID],
        refund_pending_minor=pending[LedgerOperation.REFUND],
        refunded_minor=done[LedgerOperation.REFUND] + lost_minor,
        disputed_minor=pending[LedgerOperation.CHARGEBACK],
        has_unknown_outcome=has_unknown_outcome,
    )
    has_expired = authorization is LedgerStatus.EXPIRED
    return replace(sums, status=_status_of(sums, has_expired=has_expired))


def _status_of(sums: PaymentSummary, *, has_expired: bool) -> str:
    if sums.disputed_minor > 0:
        return PaymentStatus.DISPUTED
    if sums.captured_minor > 0:
        return _captured_status(sums)
    if sums.authorised_minor > sums.voided_minor:
        return PaymentStatus.EXPIRED if has_expired else PaymentStatus.AUTHORIZED
    return PaymentStatus.VOIDED if sums.authorised_minor else sums.status


def _captured_status(sums: PaymentSummary) -> str:
    if sums.refunded_minor >= sums.captured_minor:
        return PaymentStatus.REFUNDED
    if sums.refunded_minor > 0:
        return PaymentStatus.PARTIALLY_REFUNDED
    is_all = sums.captured_minor + sums.voided_minor == sums.authorised_minor
    return PaymentStatus.CAPTURED if is_all else PaymentStatus.PARTIALLY_CAPTURED
