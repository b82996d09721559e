"""Does payment_ledger tell of every operation what became of it last?"""

from datetime import timedelta
from typing import Any, Final, get_args

import pytest

from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.payment_events import (
    PaymentCaptureRequested,
    PaymentEvent,
    PaymentOperation,
    PaymentRequested,
    RefundSucceeded,
)
from projections.payment_ledger import (
    PAYMENT_LEDGER,
    UNSETTLED,
    LedgerOperation,
    LedgerStatus,
    PaymentLedgerEntry,
)
from projections.payment_summary import LedgerAmount, PaymentSummary, summary_of
from projections.projection import Key
from projections.projector import fold
from tests.examples import CUSTOMER_ID, NOW, ORDER_ID, STAFF
from tests.golden.golden_payments import GOLDEN_PAYMENTS
from tests.histories import RECORDED_FROM, History
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    CASE_ID,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    PSP_REF,
    REAUTHORIZATION_ID,
    REFUND_ID,
    REFUNDED,
    REQUESTED,
    VALID_UNTIL,
    VOID_ID,
    a_beginning,
    a_capture,
    a_chargeback,
    a_decline,
    a_judgement,
    a_payment,
    a_reauthorization,
    a_refund,
    a_void,
    an_action_required,
    an_authorization,
    an_end_of_authorization,
    an_unknown_outcome,
    money_back_again,
    money_given_up,
    money_not_back,
    money_not_given_up,
    money_not_taken,
    money_taken,
    rest_kept,
    rest_not_kept,
)

OF_THE_AUTHORIZATION: Final = an_unknown_outcome(
    operation=PaymentOperation.AUTHORIZE, operation_id=PAYMENT_ID
)
Rows = dict[Key, PaymentLedgerEntry]


def written(*commands: Command) -> list[RecordedEvent]:
    history = History()
    for command in commands:
        history.do(command)
    return history.events


def rows_after(*commands: Command) -> Rows:
    return fold(PAYMENT_LEDGER, {}, written(*commands))


def said_of(rows: Rows) -> dict[str, tuple[str, int, str | None]]:
    return {row.operation_id: (row.status, row.amount_minor, row.code) for row in rows.values()}


def test_tells_a_payment_with_what_was_said_last_of_each_operation() -> None:
    events = written(*AUTHORIZED, a_capture(), money_taken(), a_refund(asked_at=VALID_UNTIL))
    first = events[-5].position
    fields: dict[str, Any] = {
        "payment_id": PAYMENT_ID,
        "order_id": ORDER_ID,
        "customer_id": CUSTOMER_ID,
        "currency": "GBP",
        "psp_ref": None,
        "code": None,
        "occurred_at": NOW,
    }

    def place(version: int) -> dict[str, Any]:
        position = first + version - 1
        recorded_at = RECORDED_FROM + timedelta(seconds=position)
        return {"version": version, "last_position": position, "recorded_at": recorded_at}

    authorised = PaymentLedgerEntry(
        **{**fields, "psp_ref": PSP_REF},
        **place(2),
        operation_id=PAYMENT_ID,
        operation=LedgerOperation.AUTHORIZE,
        amount_minor=DUE_MINOR,
        status=LedgerStatus.DONE,
    )
    captured = PaymentLedgerEntry(
        **fields,
        **place(4),
        operation_id=CAPTURE_ID,
        operation=LedgerOperation.CAPTURE,
        amount_minor=1_250,
        status=LedgerStatus.DONE,
    )
    refund = PaymentLedgerEntry(
        **{**fields, "occurred_at": VALID_UNTIL},
        **place(5),
        operation_id=REFUND_ID,
        operation=LedgerOperation.REFUND,
        amount_minor=1_000,
        status=LedgerStatus.PENDING,
    )
    assert fold(PAYMENT_LEDGER, {}, events) == {
        (PAYMENT_ID, PAYMENT_ID): authorised,
        (PAYMENT_ID, CAPTURE_ID): captured,
        (PAYMENT_ID, REFUND_ID): refund,
    }


@pytest.mark.parametrize(
    ("past", "operation_id", "said"),
    [
        (REQUESTED, PAYMENT_ID, ("pending", DUE_MINOR, None)),
        ((*REQUESTED, an_action_required()), PAYMENT_ID, ("requires_action", DUE_MINOR, None)),
        ((*REQUESTED, a_beginning()), PAYMENT_ID, ("processing", DUE_MINOR, None)),
        ((*REQUESTED, OF_THE_AUTHORIZATION), PAYMENT_ID, ("unknown", DUE_MINOR, None)),
        ((*REQUESTED, a_decline(code="no")), PAYMENT_ID, ("failed", DUE_MINOR, "no")),
        ((*REQUESTED, a_decline(), an_authorization()), PAYMENT_ID, ("done", DUE_MINOR, None)),
        ((*REQUESTED, an_authorization(amount_minor=9)), PAYMENT_ID, ("done", 9, None)),
        ((*AUTHORIZED, an_end_of_authorization()), PAYMENT_ID, ("expired", DUE_MINOR, None)),
        (
            (*AUTHORIZED, an_end_of_authorization(), a_reauthorization(), rest_kept()),
            PAYMENT_ID,
            ("done", DUE_MINOR, None),
        ),
        (
            (*REQUESTED, a_void(), money_given_up(amount_minor=0)),
            PAYMENT_ID,
            ("voided", DUE_MINOR, None),
        ),
        ((*AUTHORIZED, money_given_up()), PAYMENT_ID, ("done", DUE_MINOR, None)),
        ((*AUTHORIZED, a_void()), VOID_ID, ("pending", DUE_MINOR, None)),
        ((*AUTHORIZED, a_void(), money_given_up(amount_minor=9)), VOID_ID, ("done", 9, None)),
        ((*AUTHORIZED, a_void(), money_not_given_up()), VOID_ID, ("failed", DUE_MINOR, "captured")),
        ((*AUTHORIZED, a_capture()), CAPTURE_ID, ("pending", 1_250, None)),
        ((*AUTHORIZED, a_capture(), an_unknown_outcome()), CAPTURE_ID, ("unknown", 1_250, None)),
        (
            (*AUTHORIZED, a_capture(), money_not_taken()),
            CAPTURE_ID,
            ("failed", 1_250, "expired_card"),
        ),
        (
            (*AUTHORIZED, a_capture(), money_taken(), money_not_taken()),
            CAPTURE_ID,
            ("reversed", 1_250, "expired_card"),
        ),
        (
            (*AUTHORIZED, a_capture(), money_not_taken(), a_capture()),
            CAPTURE_ID,
            ("pending", 1_250, None),
        ),
        (
            (*AUTHORIZED, a_reauthorization(), rest_not_kept()),
            REAUTHORIZATION_ID,
            ("failed", DUE_MINOR, "do_not_honor"),
        ),
        (
            (*AUTHORIZED, a_reauthorization(), rest_kept()),
            REAUTHORIZATION_ID,
            ("done", DUE_MINOR, None),
        ),
        (REFUNDED, REFUND_ID, ("done", 1_000, None)),
        ((*REFUNDED, money_back_again()), REFUND_ID, ("reversed", 1_000, None)),
        (
            (*CAPTURED, a_refund(), money_not_back()),
            REFUND_ID,
            ("failed", 1_000, "account_closed"),
        ),
        ((*CAPTURED, a_chargeback()), CASE_ID, ("pending", DUE_MINOR, None)),
        ((*CAPTURED, a_chargeback(), a_judgement()), CASE_ID, ("lost", DUE_MINOR, None)),
        ((*CAPTURED, a_chargeback(), a_judgement(is_won=True)), CASE_ID, ("won", DUE_MINOR, None)),
    ],
)
def test_follows_an_operation(
    past: tuple[Command, ...], operation_id: str, said: tuple[str, int, str | None]
) -> None:
    assert said_of(rows_after(*past))[operation_id] == said


def test_what_does_not_change_the_authorisation_leaves_its_times_alone() -> None:
    before = rows_after(*AUTHORIZED)[PAYMENT_ID, PAYMENT_ID]
    after = rows_after(*AUTHORIZED, money_given_up(asked_at=VALID_UNTIL))[PAYMENT_ID, PAYMENT_ID]
    assert (after.version, after.occurred_at) == (before.version, before.occurred_at)
    assert after.last_position > before.last_position


def test_keeps_the_payments_of_an_order_apart() -> None:
    second = a_payment(payment_id="p2", amount_minor=1)
    rows = rows_after(*CAPTURED, second)
    assert set(rows) == {(PAYMENT_ID, PAYMENT_ID), (PAYMENT_ID, CAPTURE_ID), ("p2", "p2")}


def test_keeps_the_name_that_the_provider_gave_at_first() -> None:
    rows = rows_after(*REQUESTED, a_beginning(psp_ref="pi_0"))
    assert rows[PAYMENT_ID, PAYMENT_ID].psp_ref == "pi_0"
    rows = rows_after(*REQUESTED, a_beginning(psp_ref="pi_0"), a_decline())
    assert rows[PAYMENT_ID, PAYMENT_ID].psp_ref == "pi_0"


REQUESTED_PAYMENT: Final = GOLDEN_PAYMENTS["payment-requested", 1]
A_CAPTURE: Final = PaymentCaptureRequested(**PAYMENT, capture_id=CAPTURE_ID, amount_minor=1)


@pytest.mark.parametrize(
    "events",
    [
        [REQUESTED_PAYMENT, REQUESTED_PAYMENT],
        [A_CAPTURE, A_CAPTURE],
        [RefundSucceeded(**PAYMENT, refund_id=REFUND_ID, amount_minor=1)],
    ],
)
def test_what_cannot_have_happened_is_a_failure(events: list[PaymentEvent]) -> None:
    history = History()
    for event in events:
        history.add(event, STAFF, NOW)
    with pytest.raises(ProjectionFailed):
        fold(PAYMENT_LEDGER, {}, history.events)


def test_handles_every_event_about_payments() -> None:
    assert set(get_args(PaymentEvent)) == PAYMENT_LEDGER.handles
    assert isinstance(REQUESTED_PAYMENT, PaymentRequested)


def test_adds_up_what_is_known_of_a_payment() -> None:
    ledger = [
        LedgerAmount(row.operation, row.status, row.amount_minor)
        for row in rows_after(*REFUNDED, a_chargeback(amount_minor=500)).values()
    ]
    assert summary_of(ledger) == PaymentSummary(
        status="disputed",
        authorised_minor=DUE_MINOR,
        capture_pending_minor=0,
        captured_minor=DUE_MINOR,
        voided_minor=0,
        refund_pending_minor=0,
        refunded_minor=1_000,
        disputed_minor=500,
        has_unknown_outcome=False,
    )


def test_without_the_authorisation_nothing_is_known_but_the_wish() -> None:
    assert summary_of([]).status == "requested"


def test_the_work_list_is_of_what_nobody_has_answered() -> None:
    assert sorted(UNSETTLED) == ["pending", "processing", "requires_action", "unknown"]
