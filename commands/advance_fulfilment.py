"""AdvanceFulfilment: the process that carries an order out reacts to something that happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from commands.fulfilment_step import Step
from commands.policies import POLICIES
from commands.script import Script
from domain.envelope import Actor, RecordedEvent
from domain.events import Event, fulfilment_stream
from domain.fold import as_fulfilment
from domain.fulfilment import Fulfilment
from domain.fulfilment_events import Stage
from domain.fulfilment_policy import FulfilmentPolicy
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceFulfilment:
    """React to `event`. `streams` are those that will most likely be needed besides."""

    actor: Actor
    asked_at: datetime
    order_id: str
    event: RecordedEvent
    policy: FulfilmentPolicy
    streams: tuple[str, ...] = ()


def advance_fulfilment(command: AdvanceFulfilment, script: Script) -> tuple[Event, ...]:
    """Do what the state table says, or nothing if the event was reacted to.

    Raises:
        Forbidden: only the process itself reacts.
        StreamsMissing: the policy needs more streams.
    """
    require_shop(command.actor)
    process = as_fulfilment(script.state(fulfilment_stream(command.order_id)))
    if process is not None and _has_nothing_to_do(process, command.event):
        return ()
    react: Callable[[Step], None] = POLICIES[type(command.event.data)]
    react(Step(script, command.order_id, command.event, command.policy, command.asked_at))
    return script.outcome()


def _has_nothing_to_do(process: Fulfilment, event: RecordedEvent) -> bool:
    """Tell whether the event was reacted to, or the order comes from elsewhere."""
    return process.stage is Stage.RECORDED or event.position <= process.handled_position
