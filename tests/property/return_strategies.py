"""Which wishes about returns does Hypothesis try? Few ids and pieces, so that they meet."""

from datetime import datetime
from typing import Final

from hypothesis import strategies as st

from commands.inspect_return import InspectedPart
from commands.receive_return import ReceivedPart
from commands.registry import Command
from domain.envelope import Actor
from domain.return_events import ReturnCondition, ReturnDisposition, ReturnResolution
from tests.examples import CUSTOMER, DAY, ORDER_ID, OTHER_CUSTOMER, STAFF, a_line
from tests.exchange_examples import EXCHANGE_ID, OTHER_EXCHANGE_ID, an_exchange
from tests.return_examples import (
    ASKED_AT,
    SEND_BY,
    a_change_of_mind,
    a_closing,
    a_credit_release,
    a_refusal,
    a_return_receipt,
    a_return_request,
    a_return_timer,
    an_approval,
    an_inspection,
    came_back,
    judged,
    unwanted,
)

Parts = tuple[tuple[str, int], ...]
"""Lines and how many pieces of each."""

actors: st.SearchStrategy[Actor] = st.sampled_from([STAFF] * 6 + [CUSTOMER, OTHER_CUSTOMER])
askers: st.SearchStrategy[Actor] = st.sampled_from([STAFF, CUSTOMER, CUSTOMER, OTHER_CUSTOMER])
RETURN_IDS: Final = tuple(f"0196a000-0000-7000-8000-00000000007{end}" for end in "abcd")
return_ids = st.sampled_from(RETURN_IDS)
with_credit = st.sampled_from([RETURN_IDS[1]] * 8 + [*RETURN_IDS])
"""Most often the one that came back for an exchange."""
few = st.sampled_from([0, 1, 3])
contents: st.SearchStrategy[Parts] = st.sampled_from(
    [(("1", 1),), (("1", 1),), (("1", 2),), (("1", 1), ("2", 1)), (("1", 3),), (("9", 1),)]
)
"""What returns, receipts and inspections are about: often the same, so that they agree."""
days: st.SearchStrategy[datetime] = st.sampled_from([ASKED_AT, ASKED_AT, ASKED_AT + 60 * DAY])


def received(parts: Parts, condition: ReturnCondition) -> tuple[ReceivedPart, ...]:
    """All that is named came back like this."""
    return tuple(came_back(line_id, number, condition=condition) for line_id, number in parts)


def inspected(
    parts: Parts, rejected: int, disposition: ReturnDisposition
) -> tuple[InspectedPart, ...]:
    """All that is named was looked at, and some of each line rejected."""
    return tuple(
        judged(line_id, number - min(rejected, number), rejected, disposition=disposition)
        for line_id, number in parts
    )


receipts: st.SearchStrategy[Command] = st.builds(
    a_return_receipt,
    actor=actors,
    return_id=return_ids,
    receipt_id=st.sampled_from(["1", "2", "3"]),
    lines=st.builds(received, contents, st.sampled_from(ReturnCondition)),
)

return_wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        a_return_request,
        actor=askers,
        order_id=st.sampled_from([ORDER_ID] * 5 + ["o2"]),
        return_id=return_ids,
        asked_at=days,
        resolution=st.sampled_from([ReturnResolution.REFUND, *ReturnResolution]),
        lines=contents.map(lambda parts: tuple(unwanted(*each) for each in parts)),
    ),
    st.builds(
        an_approval,
        actor=actors,
        return_id=return_ids,
        restocking_fee_minor=st.sampled_from([0, 0, 250, -1]),
        refunds_shipping=st.booleans(),
        send_by=st.sampled_from([SEND_BY, None]),
    ),
    st.builds(a_refusal, actor=actors, return_id=return_ids),
    receipts,
    receipts,
    st.builds(
        an_inspection,
        actor=actors,
        return_id=return_ids,
        lines=st.builds(inspected, contents, few, st.sampled_from(ReturnDisposition)),
    ),
    st.just(an_inspection(return_id=RETURN_IDS[1], lines=(judged("1", 1), judged("2", 1)))),
    st.builds(a_credit_release, actor=actors, return_id=with_credit),
    st.builds(
        an_exchange,
        with_credit,
        order_id=st.sampled_from([EXCHANGE_ID, OTHER_EXCHANGE_ID]),
        actor=actors,
        lines=st.sampled_from([1, 1, 4]).map(lambda pieces: (a_line(quantity=pieces),)),
    ),
    st.builds(a_closing, actor=actors, return_id=return_ids),
    st.builds(a_change_of_mind, actor=askers, return_id=return_ids),
    st.builds(
        a_return_timer,
        actor=actors,
        return_id=return_ids,
        at=st.sampled_from([SEND_BY, SEND_BY - DAY]),
    ),
)
"""Any wish about a return, sensible or not."""
