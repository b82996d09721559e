"""Can a fault test stop a follower at every point at which it waits?"""

from dataclasses import replace

import pytest

from sql import generation_feed, projector_session
from tests import running_workers
from tests.histories import a_history, append
from tests.running_workers import (
    OPERATIONAL,
    checkpoint_of,
    eventually,
    log_name,
    make_read_tables,
    projecting,
    sending,
    signed,
)
from workers import broker_feed, dead_letters, follower_term

HISTORY = a_history(20, seed=5)
POINTS = {
    "follower.before_read",
    "follower.after_read",
    "projector.after_move",
    "projector.before_commit",
    "projector.after_commit",
    "projector.before_park",
    "projector.after_park",
    "follower.before_dead_letter",
    "follower.after_dead_letter",
    "follower.before_acknowledge",
    "follower.after_acknowledge",
}


async def test_passes_every_point(
    database_url: str, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[str] = []

    async def note(point: str) -> None:
        passed.append(point)

    for module in (broker_feed, dead_letters, follower_term, generation_feed, projector_session):
        monkeypatch.setattr(module, "failpoint", note)
    culprit = next(event for event in HISTORY[10:] if event.stream.startswith("order-"))
    log = [replace(each, type="order-x") if each is culprit else each for each in HISTORY]
    await make_read_tables(database_url)
    async with projecting(database_url, amqp_url, (OPERATIONAL,)) as counting:
        await eventually(lambda: counting[OPERATIONAL].attached > 0)
        name = await log_name(database_url)
        await append(database_url, log)
        spoilt = replace(signed(log[:5], name), body=b"?")
        async with sending(amqp_url) as send:
            await send(spoilt, signed(log, name))
        await running_workers.dead_letters(amqp_url, 1)

        async def is_at_the_head() -> bool:
            return await checkpoint_of(database_url, OPERATIONAL) == len(log)

        await eventually(is_at_the_head)
        await eventually(lambda: set(passed) >= POINTS)
        assert counting[OPERATIONAL].parked == 4
    assert set(passed) == POINTS
    assert passed.index("projector.after_move") < passed.index("projector.before_commit")
    assert passed.index("projector.before_park") < passed.index("projector.after_park")
