"""What can a payment provider say, and which command tells it to the log?

The same words come as the answer to a call and in a webhook; `command_of` is the one place where
they become commands, so that it makes no difference which is faster (domain.md §1.9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from commands.expire_authorization import ExpireAuthorization
from commands.record_action_required import RecordActionRequired
from commands.record_authorized import RecordAuthorized
from commands.record_capture_failed import RecordCaptureFailed
from commands.record_captured import RecordCaptured
from commands.record_chargeback import RecordChargeback
from commands.record_declined import RecordDeclined
from commands.record_processing import RecordProcessing
from commands.record_reauthorization_failed import RecordReauthorizationFailed
from commands.record_reauthorized import RecordReauthorized
from commands.record_refund_failed import RecordRefundFailed
from commands.record_refund_reversed import RecordRefundReversed
from commands.record_refunded import RecordRefunded
from commands.record_void_failed import RecordVoidFailed
from commands.record_voided import RecordVoided
from commands.resolve_chargeback import ResolveChargeback
from domain.envelope import Actor


class FactKind(StrEnum):
    """What a provider says."""

    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture_failed"
    VOIDED = "voided"
    VOID_FAILED = "void_failed"
    EXPIRED = "expired"
    REAUTHORIZED = "reauthorized"
    REAUTHORIZATION_FAILED = "reauthorization_failed"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    REFUND_REVERSED = "refund_reversed"
    CHARGEBACK = "chargeback"
    CHARGEBACK_WON = "chargeback_won"
    CHARGEBACK_LOST = "chargeback_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFact:
    """Something that a provider says about a payment.

    `operation_id` is our id of the capture, void, refund or reauthorisation, or the bank's of a
    case; `until` the end of an authorisation or of the time to confirm. `attempt` is which of our
    tries failed or came back, None where that is not said. Units: minor units.
    """

    kind: FactKind
    payment_id: str
    operation_id: str = ""
    psp_ref: str = ""
    amount_minor: int = 0
    until: datetime | None = None
    risk_score: int | None = None
    code: str = ""
    is_retriable: bool = False
    url: str = ""
    attempt: int | None = None


ProviderCommand = (
    ExpireAuthorization
    | RecordActionRequired
    | RecordAuthorized
    | RecordCaptureFailed
    | RecordCaptured
    | RecordChargeback
    | RecordDeclined
    | RecordProcessing
    | RecordReauthorizationFailed
    | RecordReauthorized
    | RecordRefundFailed
    | RecordRefundReversed
    | RecordRefunded
    | RecordVoidFailed
    | RecordVoided
    | ResolveChargeback
)


def command_of(fact: ProviderFact, actor: Actor, asked_at: datetime) -> ProviderCommand:
    """Make the command that tells the log what a provider said."""
    return _COMMANDS[fact.kind](
        fact, {"actor": actor, "asked_at": asked_at, "payment_id": fact.payment_id}
    )


_Who = Mapping[str, Any]
"""Who says it, when, about which payment: the arguments that every command has."""


def _reauthorized(fact: ProviderFact, who: _Who) -> ProviderCommand:
    assert fact.until is not None, "an authorisation that is kept has an end"
    return RecordReauthorized(**who, reauthorization_id=fact.operation_id, valid_until=fact.until)


_COMMANDS: Final[Mapping[FactKind, Callable[[ProviderFact, _Who], ProviderCommand]]] = {
    FactKind.ACTION_REQUIRED: lambda fact, who: RecordActionRequired(
        **who, url=fact.url, until=fact.until
    ),
    FactKind.PROCESSING: lambda fact, who: RecordProcessing(**who, psp_ref=fact.psp_ref or None),
    FactKind.AUTHORIZED: lambda fact, who: RecordAuthorized(
        **who,
        psp_ref=fact.psp_ref,
        amount_minor=fact.amount_minor,
        valid_until=fact.until,
        risk_score=fact.risk_score,
    ),
    FactKind.DECLINED: lambda fact, who: RecordDeclined(
        **who, code=fact.code, is_retriable=fact.is_retriable
    ),
    FactKind.CAPTURED: lambda fact, who: RecordCaptured(
        **who,
        capture_id=fact.operation_id,
        amount_minor=fact.amount_minor,
        psp_ref=fact.psp_ref,
    ),
    FactKind.CAPTURE_FAILED: lambda fact, who: RecordCaptureFailed(
        **who, capture_id=fact.operation_id, code=fact.code
    ),
    FactKind.VOIDED: lambda fact, who: RecordVoided(
        **who, void_id=fact.operation_id, amount_minor=fact.amount_minor
    ),
    FactKind.VOID_FAILED: lambda fact, who: RecordVoidFailed(
        **who, void_id=fact.operation_id, code=fact.code
    ),
    FactKind.EXPIRED: lambda _, who: ExpireAuthorization(**who),
    FactKind.REAUTHORIZED: _reauthorized,
    FactKind.REAUTHORIZATION_FAILED: lambda fact, who: RecordReauthorizationFailed(
        **who, reauthorization_id=fact.operation_id, code=fact.code
    ),
    FactKind.REFUNDED: lambda fact, who: RecordRefunded(
        **who, refund_id=fact.operation_id, amount_minor=fact.amount_minor
    ),
    FactKind.REFUND_FAILED: lambda fact, who: RecordRefundFailed(
        **who, refund_id=fact.operation_id, code=fact.code, attempt=fact.attempt
    ),
    FactKind.REFUND_REVERSED: lambda fact, who: RecordRefundReversed(
        **who, refund_id=fact.operation_id, attempt=fact.attempt
    ),
    FactKind.CHARGEBACK: lambda fact, who: RecordChargeback(
        **who, case_id=fact.operation_id, amount_minor=fact.amount_minor
    ),
    FactKind.CHARGEBACK_WON: lambda fact, who: ResolveChargeback(
        **who, case_id=fact.operation_id, is_won=True
    ),
    FactKind.CHARGEBACK_LOST: lambda fact, who: ResolveChargeback(
        **who, case_id=fact.operation_id, is_won=False
    ),
}
"""What a provider says -> the command that tells it."""
