"""Does the ledger of payments say what the payments themselves say, after whatever happened?"""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from domain.errors import Refusal
from domain.payment import Payment, PaymentStatus
from domain.payment_events import PaymentEvent, PaymentOperation
from projections.payment_ledger import PAYMENT_LEDGER, LedgerStatus, PaymentLedgerEntry
from projections.payment_summary import UNKNOWN, LedgerAmount, PaymentSummary, summary_of
from projections.projection import Key
from projections.projector import fold
from tests.examples import a_shop, an_order
from tests.histories import History
from tests.property.payment_strategies import PAID_BEFORE, PAID_ORDER_ID, payment_wishes
from tests.specification import Streams

Rows = dict[Key, PaymentLedgerEntry]

histories = st.lists(payment_wishes, min_size=30, max_size=60)


def happened(wishes: list[Command]) -> tuple[Streams, History]:
    """Carry out the wishes; answer the payments and what was written down."""
    history, streams = History(), Streams()
    for wish in (*a_shop(), an_order(order_id=PAID_ORDER_ID), *PAID_BEFORE, *wishes):
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        for event in events:
            history.add(event, wish.actor, wish.asked_at)
    return streams, history


def said_of(payment: Payment) -> PaymentSummary:
    """Tell what a payment says of itself."""
    is_unknown = payment.is_undecided and payment.payment_id in payment.unknown
    return PaymentSummary(
        status=UNKNOWN if is_unknown else payment.status,
        authorised_minor=payment.authorised_minor,
        capture_pending_minor=payment.pending_minor(PaymentOperation.CAPTURE),
        captured_minor=payment.captured_minor,
        voided_minor=payment.voided_minor,
        refund_pending_minor=payment.pending_minor(PaymentOperation.REFUND),
        refunded_minor=payment.refunded_minor,
        disputed_minor=payment.disputed_minor,
        has_unknown_outcome=bool(payment.unknown),
    )


def summaries(rows: Rows) -> dict[str, PaymentSummary]:
    ledgers: dict[str, list[LedgerAmount]] = {}
    for row in rows.values():
        amount = LedgerAmount(row.operation, row.status, row.amount_minor)
        ledgers.setdefault(row.payment_id, []).append(amount)
    return {payment_id: summary_of(ledger) for payment_id, ledger in ledgers.items()}


@given(wishes=histories)
@settings(max_examples=100)
def test_the_sums_of_the_rows_are_those_of_the_payment(wishes: list[Command]) -> None:
    streams, history = happened(wishes)
    payments = [each for each in streams.states.values() if isinstance(each, Payment)]
    rows: Rows = fold(PAYMENT_LEDGER, {}, history.events)
    assert summaries(rows) == {each.payment_id: said_of(each) for each in payments}
    versions: Counter[str] = Counter()
    for event in history.events:
        if isinstance(event.data, PaymentEvent):
            versions[event.data.payment_id] = event.version
    for payment in payments:
        own = [row for row in rows.values() if row.payment_id == payment.payment_id]
        assert max(row.version for row in own) == versions[payment.payment_id]
        ids = {payment.payment_id, *payment.operations, *payment.cases}
        assert {row.operation_id for row in own} == ids
        authorisation = rows[payment.payment_id, payment.payment_id]
        assert authorisation.psp_ref == payment.psp_ref


def test_the_histories_reach_every_status_of_a_row_and_of_a_payment() -> None:
    seen: Counter[str] = Counter()

    @given(wishes=histories)
    @settings(max_examples=500, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        rows: Rows = {}
        for event in happened(wishes)[1].events:
            rows = fold(PAYMENT_LEDGER, rows, [event])
            seen.update(row.status for row in rows.values())
            seen.update(each.status for each in summaries(rows).values())

    explore()
    assert set(seen) == {*LedgerStatus, *PaymentStatus, UNKNOWN}
