"""FireTimer: the time has come that the process wants to be woken at."""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import facts_of
from domain.envelope import Actor
from domain.fulfilment import Fulfilment
from domain.fulfilment_errors import FulfilmentNotFound
from domain.fulfilment_events import TimerFired
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimer:
    """Wake the process; `token` tells this setting of the timer from others."""

    actor: Actor
    asked_at: datetime
    order_id: str
    timer: str
    token: str


def fire_timer(command: FireTimer, process: Fulfilment | None) -> tuple[TimerFired, ...]:
    """Fire the timer, or nothing if it was fired, cancelled or set anew, or is not due.

    Raises:
        Forbidden: only the shop has timers.
        FulfilmentNotFound: nobody carries this order out.
    """
    require_shop(command.actor)
    if process is None:
        raise FulfilmentNotFound(f"nobody carries order {command.order_id} out")
    timer = process.timers.get(command.timer)
    if timer is None or timer.token != command.token or command.asked_at < timer.due_at:
        return ()
    return (TimerFired(**facts_of(process), timer=command.timer, token=command.token),)
