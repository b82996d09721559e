"""How are processes woken when their time has come?

Due timers are taken from the read table with SKIP LOCKED, so that several processes can share the
work; firing appends TimerFired under the timer's token. Timers run on the database's clock.
"""

import asyncio
from collections import deque
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog

from commands.envelope import CommandEnvelope
from commands.fire_timer import FireTimer
from commands.handler import CommandHandler
from domain.envelope import Actor, ActorKind
from domain.errors import OrderTrailError, Unavailable
from sql.connection import Connection, connect
from sql.database_lost import lost_as_unavailable
from sql.due_timers import DueTimer, due_timers
from sql.failpoints import failpoint
from workers.backoff import Backoff

TIMERS_MAX: Final = 200
POLL_SECONDS: Final = 0.5
REMEMBERED_MAX: Final = 2_000
"""Fired timers whose rows may still be there."""

CLOCK: Final = Actor(ActorKind.SYSTEM, "timers")
_LOG: Final = structlog.get_logger("ordertrail.timers")


class Timers:
    """Fires what is due, for ever."""

    def __init__(self, database_url: str, role: str, handler: CommandHandler) -> None:
        """Connect later, under a role that may lock the timers' rows."""
        self._database_url = database_url
        self._role = role
        self._handler = handler
        self._fired: deque[str] = deque(maxlen=REMEMBERED_MAX)

    async def run(self) -> None:
        """Fire one batch after the other; whatever is lost is connected anew."""
        backoff = Backoff()
        while True:
            try:
                with lost_as_unavailable():
                    connection = await connect(
                        self._database_url, role=self._role, application="ordertrail timers"
                    )
                async with connection:
                    while True:
                        fired = await self._fire_due(connection)
                        backoff.reset()
                        await asyncio.sleep(0.0 if fired == TIMERS_MAX else POLL_SECONDS)
            except Unavailable as error:
                _LOG.warning("timers.lost", reason=error.detail)
                await asyncio.sleep(backoff.pause_seconds())

    async def _fire_due(self, connection: Connection) -> int:
        with lost_as_unavailable():
            async with connection.transaction():
                timers = await due_timers(connection, list(self._fired), TIMERS_MAX)
                await failpoint("timers.before_fire")
                await asyncio.gather(*(self._fire(timer) for timer in timers))
        self._fired.extend(timer.token for timer in timers)
        return len(timers)

    async def _fire(self, timer: DueTimer) -> None:
        command = FireTimer(
            actor=CLOCK,
            asked_at=max(datetime.now(UTC), timer.due_at),
            order_id=timer.order_id,
            timer=timer.timer,
            token=timer.token,
        )
        envelope = CommandEnvelope(
            principal="system:timers",
            idempotency_key=timer.token,
            fingerprint=sha256(timer.token.encode()).digest(),
            actor=CLOCK,
            command_id=timer.token,
            correlation_id=timer.order_id,
        )
        try:
            await self._handler.handle(command, envelope)
        except Unavailable:
            raise
        except OrderTrailError as error:
            _LOG.warning("timers.refused", timer=timer.timer, code=error.code)
