"""Which streams do the commands about shipments need?"""

import pytest

from commands.decider import StreamsMissing
from commands.registry import DECIDERS, Command
from commands.shipment_deciders import SHIPMENT_DECIDERS
from domain.events import fulfilment_stream, order_stream, shipment_stream, stock_stream
from domain.fold import State, evolve
from tests.examples import NOW, ORDER_ID, SKU
from tests.shipment_examples import (
    BOWL,
    ELSEWHERE,
    LOCATION,
    NEW_SHIPMENT_ID,
    SHIPMENT_ID,
    a_delivery,
    a_dispatch,
    a_failed_attempt,
    a_loss,
    a_move,
    a_packing,
    a_picking,
    a_plan,
    a_short,
    a_sighting,
    a_split,
    a_stop,
    a_way_back,
    planned,
)

SHIPMENT_STREAM = shipment_stream(SHIPMENT_ID)
NEW_SHIPMENT_STREAM = shipment_stream(NEW_SHIPMENT_ID)
ORDER_STREAM = order_stream(ORDER_ID)

STREAMS: list[tuple[Command, tuple[str, ...], tuple[str, ...]]] = [
    (a_plan(), (SHIPMENT_STREAM,), (ORDER_STREAM,)),
    (a_split(), (SHIPMENT_STREAM, NEW_SHIPMENT_STREAM), ()),
    (a_split(new_shipment_id=SHIPMENT_ID), (SHIPMENT_STREAM,), ()),
    *(
        (wish, (SHIPMENT_STREAM,), ())
        for wish in (
            a_picking(),
            a_short(),
            a_packing(),
            a_dispatch(),
            a_sighting(),
            a_delivery(),
            a_failed_attempt(),
            a_way_back(),
            a_loss(),
            a_move(),
            a_stop(),
        )
    ),
]


@pytest.mark.parametrize(("command", "writes", "reads"), STREAMS)
def test_names_the_streams_it_writes_and_reads(
    command: Command, writes: tuple[str, ...], reads: tuple[str, ...]
) -> None:
    decider = DECIDERS[type(command)]
    assert (decider.writes(command), decider.reads(command)) == (writes, reads)
    assert decider.target_id(command) == SHIPMENT_ID
    assert decider.occurred_at(command) == NOW


def test_every_command_has_its_streams_here() -> None:
    assert {type(command) for command, _, _ in STREAMS} == set(SHIPMENT_DECIDERS)


@pytest.mark.parametrize("command", [a_dispatch(), a_split()])
def test_asks_for_the_order_that_the_shipment_names(command: Command) -> None:
    decider = DECIDERS[type(command)]
    states: dict[str, State | None] = dict.fromkeys(decider.writes(command))
    states[SHIPMENT_STREAM] = evolve(None, planned())
    with pytest.raises(StreamsMissing) as missing:
        decider.decide(command, states)
    assert missing.value.streams == (ORDER_STREAM,)


def test_a_move_asks_at_once_for_the_process_and_the_stock_of_both_locations() -> None:
    decider = DECIDERS[type(a_move())]
    with pytest.raises(StreamsMissing) as missing:
        decider.decide(a_move(), {SHIPMENT_STREAM: evolve(None, planned())})
    assert missing.value.streams == (
        fulfilment_stream(ORDER_ID),
        *(stock_stream(sku, place) for place in (LOCATION, ELSEWHERE) for sku in (BOWL, SKU)),
    )
