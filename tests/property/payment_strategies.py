"""Which wishes and facts about payments does Hypothesis try? Few ids and amounts, so they meet."""

from typing import Final

from hypothesis import strategies as st

from commands.registry import Command
from domain.envelope import Actor
from domain.payment_events import CaptureMode, PaymentOperation
from tests.examples import CUSTOMER, MINUTE, NOW, STAFF, SYSTEM
from tests.payment_examples import (
    DUE_MINOR,
    LONGER,
    PSP,
    VALID_UNTIL,
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
    money_back,
    money_back_again,
    money_given_up,
    money_not_back,
    money_not_given_up,
    money_not_taken,
    money_taken,
    rest_kept,
    rest_not_kept,
)

PAID_ORDER_ID: Final = "a"

PAID_BEFORE: Final[tuple[Command, ...]] = (
    a_payment(payment_id="p1", order_id=PAID_ORDER_ID),
    an_authorization(payment_id="p1"),
    a_capture(payment_id="p1", capture_id="c1", amount_minor=1_250),
    money_taken(payment_id="p1", capture_id="c1", amount_minor=1_250),
    a_capture(payment_id="p1", capture_id="c2", amount_minor=500),
    a_refund(payment_id="p1", refund_id="r1", amount_minor=500),
    a_reauthorization(payment_id="p1", reauthorization_id="t1"),
    a_chargeback(payment_id="p1", case_id="d1", amount_minor=250),
    a_payment(payment_id="p2", order_id=PAID_ORDER_ID),
    an_authorization(payment_id="p2"),
    a_void(payment_id="p2", void_id="v1"),
    a_payment(payment_id="p3", order_id=PAID_ORDER_ID),
    a_payment(payment_id="p4", order_id=PAID_ORDER_ID, amount_minor=500),
    an_authorization(payment_id="p4", amount_minor=500),
    a_capture(payment_id="p4", capture_id="c1", amount_minor=500),
    money_taken(payment_id="p4", capture_id="c1", amount_minor=500),
    money_back(payment_id="p4", refund_id="r1", amount_minor=250),
    a_payment(payment_id="p5", order_id=PAID_ORDER_ID),
    an_authorization(payment_id="p5"),
)
"""What makes the wishes below meet something: half of p1 and all of p4 is taken, p2 is about to be
given up, nothing is known of p3, p5 can be taken."""

payment_ids = st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6"])
capture_ids = st.sampled_from(["c1", "c1", "c2", "c2", "c3", "x"])
void_ids = st.sampled_from(["v1", "v1", "v2", "x"])
refund_ids = st.sampled_from(["r1", "r1", "r2", "x"])
reauthorization_ids = st.sampled_from(["t1", "t1", "t2", "x"])
case_ids = st.sampled_from(["d1", "d1", "d2", "x", "p1"])
of_the_shop: st.SearchStrategy[Actor] = st.sampled_from([SYSTEM, SYSTEM, STAFF, STAFF, PSP])
of_the_provider: st.SearchStrategy[Actor] = st.sampled_from(
    [PSP, PSP, PSP, SYSTEM, SYSTEM, CUSTOMER]
)
payers: st.SearchStrategy[Actor] = st.sampled_from([CUSTOMER, CUSTOMER, STAFF, PSP])
moments = st.sampled_from([NOW, NOW, VALID_UNTIL - MINUTE, VALID_UNTIL])
small_amounts = st.sampled_from([500, 500, 500, 500, 250, 750, 1_250, DUE_MINOR, 0, 2**53])
large_amounts = st.sampled_from([DUE_MINOR, DUE_MINOR, DUE_MINOR, 500, -1, DUE_MINOR + 1, 2**53])
ends = st.sampled_from([None, VALID_UNTIL, LONGER])

unknown_outcomes = st.one_of(
    *(
        st.builds(
            an_unknown_outcome,
            actor=of_the_provider,
            payment_id=payment_ids,
            operation=st.just(operation),
            operation_id=ids,
            attempt=st.integers(0, 3),
        )
        for operation, ids in (
            (PaymentOperation.AUTHORIZE, payment_ids),
            (PaymentOperation.CAPTURE, capture_ids),
            (PaymentOperation.VOID, void_ids),
            (PaymentOperation.REFUND, refund_ids),
            (PaymentOperation.REAUTHORIZE, reauthorization_ids),
        )
    )
)

authorization_wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        a_payment,
        actor=payers,
        payment_id=payment_ids,
        order_id=st.sampled_from([PAID_ORDER_ID, PAID_ORDER_ID, "b"]),
        amount_minor=large_amounts,
        currency=st.sampled_from(["GBP", "GBP", "EUR"]),
        capture_mode=st.sampled_from(CaptureMode),
    ),
    st.builds(an_action_required, actor=of_the_provider, payment_id=payment_ids),
    st.builds(a_beginning, actor=of_the_provider, payment_id=payment_ids),
    st.builds(
        an_authorization,
        actor=of_the_provider,
        payment_id=payment_ids,
        amount_minor=large_amounts,
        valid_until=ends,
    ),
    st.builds(a_decline, actor=of_the_provider, payment_id=payment_ids),
    st.builds(
        an_end_of_authorization, actor=of_the_provider, payment_id=payment_ids, asked_at=moments
    ),
    st.builds(
        a_reauthorization,
        actor=of_the_shop,
        payment_id=payment_ids,
        reauthorization_id=reauthorization_ids,
    ),
    st.builds(
        rest_kept,
        actor=of_the_provider,
        payment_id=payment_ids,
        reauthorization_id=reauthorization_ids,
    ),
    st.builds(
        rest_not_kept,
        actor=of_the_provider,
        payment_id=payment_ids,
        reauthorization_id=reauthorization_ids,
    ),
)

capture_wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        a_capture,
        actor=of_the_shop,
        asked_at=moments,
        payment_id=payment_ids,
        capture_id=capture_ids,
        amount_minor=small_amounts,
    ),
    st.builds(
        money_taken,
        actor=of_the_provider,
        payment_id=payment_ids,
        capture_id=capture_ids,
        amount_minor=small_amounts,
    ),
    st.builds(
        money_not_taken, actor=of_the_provider, payment_id=payment_ids, capture_id=capture_ids
    ),
    st.builds(a_void, actor=of_the_shop, payment_id=payment_ids, void_id=void_ids),
    st.builds(
        money_given_up,
        actor=of_the_provider,
        payment_id=payment_ids,
        void_id=void_ids,
        amount_minor=small_amounts,
    ),
    st.builds(money_not_given_up, actor=of_the_provider, payment_id=payment_ids, void_id=void_ids),
)

refund_wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        a_refund,
        actor=of_the_shop,
        payment_id=payment_ids,
        refund_id=refund_ids,
        amount_minor=small_amounts,
    ),
    st.builds(
        money_back,
        actor=of_the_provider,
        payment_id=payment_ids,
        refund_id=refund_ids,
        amount_minor=small_amounts,
    ),
    st.builds(money_not_back, actor=of_the_provider, payment_id=payment_ids, refund_id=refund_ids),
    st.builds(
        money_back_again, actor=of_the_provider, payment_id=payment_ids, refund_id=refund_ids
    ),
    st.builds(
        a_chargeback,
        actor=of_the_provider,
        payment_id=payment_ids,
        case_id=case_ids,
        amount_minor=small_amounts,
    ),
    st.builds(
        a_judgement,
        actor=of_the_provider,
        payment_id=payment_ids,
        case_id=case_ids,
        is_won=st.booleans(),
    ),
)

payment_wishes: st.SearchStrategy[Command] = st.one_of(
    authorization_wishes, capture_wishes, refund_wishes, unknown_outcomes
)
"""Any wish or fact about payments, sensible or not."""
