"""Who brings the log to the broker, and who takes over when that one dies?

One relay is active, holding the session lock; others wait as standby. An active relay serves a
*term* (`workers/relay_term.py`) on one database session and one broker connection. Whatever goes
wrong ends the term: both are closed, which gives a standby its chance, and after a pause the relay
begins again from the checkpoint. Before its first publish it declares the exchange and all queues
of the settings.

Source: architecture.md §4; reliability.md DEL-03, DEL-04, DEL-05.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog

from domain.errors import Unavailable
from sql.log_listener import LogListener
from sql.relay_session import RelaySession
from sql.session_lock import KEEP_ALIVE_SECONDS, CheckpointLost
from workers.backoff import Backoff
from workers.metrics import RelayCounters, report_for_ever
from workers.options import RelayOptions
from workers.publisher import NoQueueBound, Publisher
from workers.relay_term import RelayTerm
from workers.topology import declare_topology
from workers.wake_ups import WakeUps

_LOG: Final = structlog.get_logger("ordertrail.relay")
Answer = TypeVar("Answer")


async def run_relay(options: RelayOptions, counters: RelayCounters | None = None) -> None:
    """Relay the log until cancelled. Whoever wants to watch gives `counters`.

    Raises:
        TopologyMismatch: a queue or exchange exists with other arguments.
    """
    relay = Relay(options, counters)
    report = asyncio.create_task(
        report_for_ever("relay", relay.counters, options.report_seconds), name="relay report"
    )
    try:
        await relay.run()
    finally:
        report.cancel()
        await asyncio.wait({report})


class Relay:
    """The relay of one process, active or standby."""

    def __init__(self, options: RelayOptions, counters: RelayCounters | None = None) -> None:
        self._options = options
        self._backoff = Backoff()
        self._wake_ups = WakeUps()
        self.counters = counters or RelayCounters()

    async def run(self) -> None:
        """Serve one term after the other, for ever.

        Raises:
            TopologyMismatch: a queue or exchange exists with other arguments.
        """
        options = self._options
        async with LogListener(options.database_url, options.role, self._wake_ups.log_grew):
            while True:
                before = self.counters.checkpoint
                try:
                    await self._serve_term()
                except NoQueueBound:
                    self.counters.returned += 1
                    _LOG.warning("relay.no_queue_bound", checkpoint=self.counters.checkpoint)
                except CheckpointLost as lost:
                    _LOG.warning("relay.standby", reason=str(lost))
                except Unavailable as error:
                    self.counters.failures += 1
                    _LOG.warning("relay.lost", reason=error.detail)
                if self.counters.checkpoint > before:
                    self._backoff.reset()
                await asyncio.sleep(self._backoff.pause_seconds())

    async def _serve_term(self) -> None:
        options = self._options
        session = await RelaySession.open(options.database_url, options.role)
        try:
            await session.acquire()
            publisher = await kept_alive(session, Publisher.open(options.broker, "relay"))
            try:
                broker = options.broker
                await kept_alive(
                    session, declare_topology(publisher.connection, broker, broker.groups)
                )
                log = await session.log_identity()
                _LOG.info("relay.active", checkpoint=session.checkpoint, log=log)
                term = RelayTerm(session, publisher, log, broker.signing_key, self.counters)
                await term.serve(self._wake_ups)
            finally:
                await publisher.close()
        finally:
            await session.close()


async def kept_alive(session: RelaySession, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Await work that leaves the session alone, while the server keeps hearing from it.

    Raises:
        DatabaseLost: the session broke meanwhile; the work is cancelled.
        Exception: what the work raises.
    """
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=KEEP_ALIVE_SECONDS))[0]:
            await session.keep_alive()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    return task.result()
