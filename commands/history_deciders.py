"""How are the commands decided that record what happened elsewhere?

Each is a script of other commands, so it is made with their deciders.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commands.decider import Decider, States
from commands.record_past_fulfilment import (
    RecordPastFulfilment,
    past_payment_id,
    past_shipment_id,
    record_past_fulfilment,
)
from commands.record_past_return import RecordPastReturn, record_past_return
from commands.script import Script
from domain.events import Event, order_stream, payment_stream, return_stream, shipment_stream

HistoryCommand = RecordPastFulfilment | RecordPastReturn


def _fulfilment_writes(command: RecordPastFulfilment) -> tuple[str, ...]:
    return (
        order_stream(command.order_id),
        payment_stream(past_payment_id(command.order_id)),
        shipment_stream(past_shipment_id(command.order_id)),
    )


def _return_writes(command: RecordPastReturn) -> tuple[str, ...]:
    return (
        return_stream(command.return_id),
        order_stream(command.order_id),
        payment_stream(past_payment_id(command.order_id)),
    )


def _occurred_at(command: HistoryCommand) -> datetime:
    return command.occurred_at


def history_deciders(deciders: Mapping[type, Decider[Any]]) -> Mapping[type, Decider[Any]]:
    """Make the deciders from those of the commands that the scripts are made of."""

    def fulfilment(command: RecordPastFulfilment, states: States) -> tuple[Event, ...]:
        return record_past_fulfilment(command, Script(states, deciders))

    def returned(command: RecordPastReturn, states: States) -> tuple[Event, ...]:
        return record_past_return(command, Script(states, deciders))

    return {
        RecordPastFulfilment: Decider(
            type="record-past-fulfilment",
            writes=_fulfilment_writes,
            decide=fulfilment,
            target_id=lambda command: command.order_id,
            occurred_at=_occurred_at,
        ),
        RecordPastReturn: Decider(
            type="record-past-return",
            writes=_return_writes,
            decide=returned,
            target_id=lambda command: command.return_id,
            occurred_at=_occurred_at,
            creates=True,
        ),
    }
