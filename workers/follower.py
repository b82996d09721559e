"""Who writes a projector's tables, and who takes over when that one dies?

A follower serves one *term* after the other: the time for which this process holds the right to
write the group (`workers/follower_term.py`). A lost session or a lost right ends a term: what is
held goes back to the broker, and the next term waits as standby. An event that cannot be read or
applied ends nothing: what it touches is parked. A table that another fold has built ends the
follower, loudly.

Source: architecture.md §4; reliability.md DEL-04, DEL-07, DEL-08.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from domain.errors import Unavailable
from domain.events import EVENT_NAMES
from sql.begun import BegunMarks
from sql.followed_log import FollowedLog
from sql.projector_session import ProjectorSession
from sql.session_lock import CheckpointLost
from workers.backoff import Backoff
from workers.broker_feed import BrokerFeed
from workers.feeds import FollowedSession
from workers.follow_rule import Rules
from workers.follower_term import FollowerTerm
from workers.metrics import FollowerCounters
from workers.options import GroupOptions, ProjectorOptions
from workers.store_feed import StoreFeed
from workers.wake_ups import WakeUps

OpenSession = Callable[[], Awaitable[FollowedSession]]
"""Connects as standby."""

_LOG: Final = structlog.get_logger("ordertrail.follower")


class Follower:
    """The follower of one projector group in this process, active or standby."""

    def __init__(
        self,
        options: ProjectorOptions,
        group: GroupOptions,
        log: FollowedLog,
        counters: FollowerCounters,
        open_session: OpenSession | None = None,
    ) -> None:
        """Follow the log for a group: for its tables, or for what `open_session` opens."""
        self._options = options
        self._group = group
        self._log = log
        self._backoff = Backoff()
        self._begun = BegunMarks()
        self._open = open_session or self._open_projector
        self.wake_ups = WakeUps()
        self.counters = counters

    async def run(self) -> None:
        """Serve one term after the other, for ever.

        Raises:
            StaleProjection: a table was built by another fold.
        """
        while True:
            before = self.counters.position
            try:
                await self._serve_term()
            except CheckpointLost as lost:
                _LOG.warning("follower.standby", group=self._group.name, reason=str(lost))
            except Unavailable as error:
                self.counters.failures += 1
                _LOG.warning("follower.lost", group=self._group.name, reason=error.detail)
            if self.counters.position > before:
                self._backoff.reset()
            await asyncio.sleep(self._backoff.pause_seconds())

    async def _serve_term(self) -> None:
        group = self._group
        session = await self._open()
        try:
            await session.acquire()
            broker = await self._broker_feed()
            store = StoreFeed(self._log, group.wanted_types)
            term = FollowerTerm(
                session, store, broker, self.wake_ups, self.counters, group.pace_seconds
            )
            _LOG.info("follower.active", group=group.name, position=session.position)
            await term.serve()
        finally:
            await session.close()

    async def _open_projector(self) -> FollowedSession:
        options, group = self._options, self._group
        return await ProjectorSession.open(
            options.database_url, group.name, group.projections, options.role, self._begun
        )

    async def _broker_feed(self) -> BrokerFeed | None:
        broker, group = self._options.broker, self._group
        if broker is None:
            return None
        rules = Rules(
            log=await self._log.identity(),
            signing_key=broker.signing_key,
            personal_types=frozenset(
                EVENT_NAMES[event_class][0]
                for projection in group.projections
                for event_class in projection.personal
            ),
            wanted_types=group.wanted_types,
        )
        wake = self.wake_ups.something_happened
        return BrokerFeed(broker, group.name, rules, self._log, wake)
