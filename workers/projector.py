"""How does a process run projectors: one group or several, with a broker or without?

Each group is a follower of its own, with its own session, queue and checkpoints; they share a
listener and a small pool for reading the log. When one of them ends with an error, because newer
code has rebuilt a table, all of them finish their batch and the process ends with that error: a
stopped projection must be seen, and a supervisor that starts the process again brings the others
on.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from sql.followed_log import open_followed_log
from sql.log_listener import LogListener
from workers.broker import BrokerLost, close, connect
from workers.follower import Follower
from workers.metrics import FollowerCounters, report_for_ever
from workers.options import BrokerOptions, ProjectorOptions
from workers.topology import declare_topology

_LOG: Final = structlog.get_logger("ordertrail.projector")


async def run_projector(
    options: ProjectorOptions, counters: Mapping[str, FollowerCounters] | None = None
) -> None:
    """Run the projectors of all groups until cancelled.

    Groups without projections have nothing to do and no queue. Whoever wants to watch a group
    gives `counters` for its name.

    Raises:
        TopologyMismatch: a queue exists with other arguments.
        StaleProjection: a table was built by another fold.
    """
    groups = [group for group in options.groups if group.projections]
    async with open_followed_log(options.database_url, options.role) as log:
        given = counters or {}
        followers = {
            group.name: Follower(options, group, log, given.get(group.name, FollowerCounters()))
            for group in groups
        }

        def wake() -> None:
            for follower in followers.values():
                follower.wake_ups.log_grew()

        async with LogListener(options.database_url, options.role, wake):
            await run_followers(followers, options)


async def run_followers(followers: Mapping[str, Follower], options: ProjectorOptions) -> None:
    """Run followers, by the names of their queues, until one of them ends or all are cancelled.

    Raises:
        TopologyMismatch: a queue exists with other arguments.
        StaleProjection: a table was built by another fold.
    """
    if options.broker is not None:
        await _check_topology(options.broker, tuple(followers))
    await _run_all(followers, options.report_seconds)


async def _check_topology(broker: BrokerOptions, groups: tuple[str, ...]) -> None:
    """Find out at the start whether our queues exist with other arguments."""
    try:
        connection = await connect(broker, "projector start")
        try:
            await declare_topology(connection, broker, groups)
        finally:
            await close(connection)
    except BrokerLost as error:
        _LOG.warning("projector.without_broker", reason=error.detail)


async def _run_all(followers: Mapping[str, Follower], report_seconds: float) -> None:
    reports = [
        asyncio.create_task(
            report_for_ever("follower", follower.counters, report_seconds, group=name)
        )
        for name, follower in followers.items()
    ]
    running = [
        asyncio.create_task(follower.run(), name=f"follower {name}")
        for name, follower in followers.items()
    ]
    if not running:
        _LOG.warning("projector.nothing_to_do")
        await asyncio.Event().wait()
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for tasks in (running, reports):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    for task in running:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
