"""How are the commands about fulfilments decided?

AdvanceFulfilment is decided by a script of other commands, so it is made with their deciders.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.advance_fulfilment import AdvanceFulfilment, advance_fulfilment
from commands.decider import Decider, States, on_own_state
from commands.fire_timer import FireTimer, fire_timer
from commands.require_intervention import RequireIntervention, require_intervention
from commands.retry_fulfilment_step import RetryFulfilmentStep, retry_fulfilment_step
from commands.script import Script
from commands.skip_fulfilment_step import SkipFulfilmentStep, skip_fulfilment_step
from domain.events import Event, fulfilment_stream, order_stream
from domain.fold import as_fulfilment
from domain.fulfilment import Fulfilment

OwnCommand = FireTimer | RequireIntervention | RetryFulfilmentStep | SkipFulfilmentStep
FulfilmentCommand = AdvanceFulfilment | OwnCommand


def _order_id(command: FulfilmentCommand) -> str:
    return command.order_id


def _writes(command: OwnCommand) -> tuple[str, ...]:
    return (fulfilment_stream(command.order_id),)


def _fulfilment(command: OwnCommand, states: States) -> Fulfilment | None:
    return as_fulfilment(states[fulfilment_stream(command.order_id)])


def _advance_writes(command: AdvanceFulfilment) -> tuple[str, ...]:
    own = (fulfilment_stream(command.order_id), order_stream(command.order_id))
    return tuple(dict.fromkeys((*own, *command.streams)))


def advance_decider(deciders: Mapping[type, Decider[Any]]) -> Decider[AdvanceFulfilment]:
    """Make the decider of AdvanceFulfilment from those of the commands that it sends."""

    def decide(command: AdvanceFulfilment, states: States) -> tuple[Event, ...]:
        return advance_fulfilment(command, Script(states, deciders))

    return Decider(
        type="advance-fulfilment", writes=_advance_writes, decide=decide, target_id=_order_id
    )


_of_fulfilment: Final = partial(
    on_own_state, state=_fulfilment, writes=_writes, target_id=_order_id
)

FULFILMENT_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    FireTimer: _of_fulfilment("fire-timer", fire_timer),
    RequireIntervention: _of_fulfilment("require-intervention", require_intervention),
    RetryFulfilmentStep: _of_fulfilment("retry-fulfilment-step", retry_fulfilment_step),
    SkipFulfilmentStep: _of_fulfilment("skip-fulfilment-step", skip_fulfilment_step),
}
