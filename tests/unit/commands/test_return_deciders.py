"""Which streams do the commands about returns need?"""

import pytest

from commands.decider import StreamsMissing
from commands.registry import DECIDERS, Command
from commands.return_deciders import RETURN_DECIDERS
from domain.events import order_stream, product_stream, return_stream
from domain.fold import State, evolve
from tests.examples import DAY, ORDER_ID, SKU
from tests.return_examples import (
    ASKED_AT,
    RETURN_ID,
    a_change_of_mind,
    a_closing,
    a_credit_release,
    a_refusal,
    a_return_receipt,
    a_return_request,
    a_return_timer,
    an_approval,
    an_inspection,
    requested,
    unwanted,
)
from tests.shipment_examples import BOWL, a_wanted_order

RETURN_STREAM = return_stream(RETURN_ID)
ORDER_STREAM = order_stream(ORDER_ID)

TELLING: tuple[Command, ...] = (
    a_refusal(),
    an_inspection(),
    a_closing(),
    a_change_of_mind(),
    a_return_timer(at=ASKED_AT),
)
ALONE: tuple[Command, ...] = (an_approval(), a_return_receipt(), a_credit_release())
STREAMS: list[tuple[Command, tuple[str, ...]]] = [
    (a_return_request(), (RETURN_STREAM, ORDER_STREAM)),
    *((wish, (RETURN_STREAM,)) for wish in (*ALONE, *TELLING)),
]


@pytest.mark.parametrize(("command", "writes"), STREAMS)
def test_names_the_streams_it_writes(command: Command, writes: tuple[str, ...]) -> None:
    decider = DECIDERS[type(command)]
    assert (decider.writes(command), decider.reads(command)) == (writes, ())
    assert decider.target_id(command) == RETURN_ID
    assert decider.occurred_at(command) == ASKED_AT


def test_every_command_has_its_streams_here() -> None:
    assert {type(command) for command, _ in STREAMS} == set(RETURN_DECIDERS)


def test_a_request_happens_at_its_business_time() -> None:
    past = a_return_request(occurred_at=ASKED_AT - DAY)
    assert DECIDERS[type(past)].occurred_at(past) == ASKED_AT - DAY


@pytest.mark.parametrize("command", TELLING)
def test_asks_for_the_order_that_the_return_names(command: Command) -> None:
    states: dict[str, State | None] = {RETURN_STREAM: evolve(None, requested())}
    with pytest.raises(StreamsMissing) as missing:
        DECIDERS[type(command)].decide(command, states)
    assert missing.value.streams == (ORDER_STREAM,)


def test_asks_at_once_for_all_products_of_its_lines_and_for_no_others() -> None:
    wish = a_return_request(lines=(unwanted("2", 1), unwanted("1", 1), unwanted("9", 1)))
    states: dict[str, State | None] = {
        RETURN_STREAM: None,
        ORDER_STREAM: evolve(None, a_wanted_order()),
    }
    with pytest.raises(StreamsMissing) as missing:
        DECIDERS[type(wish)].decide(wish, states)
    assert missing.value.streams == (product_stream(SKU), product_stream(BOWL))
