"""FI-05 and FI-06: the relay is killed while it publishes. Is any event lost on the wire?

After the confirm and before the checkpoint, everything since the checkpoint comes twice; before the
publish, nothing does. Followers drop what they have; here the wire itself is watched.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.local_rabbitmq import LocalRabbitMQ
from tests.histories import a_history, append
from tests.running_workers import bystanding, eventually, program, relay_checkpoint

HISTORY = a_history(700, seed=9)


@pytest.mark.parametrize(
    ("failpoints", "comes_twice"),
    [("relay.after_publish=kill@2", True), ("relay.before_publish=kill@1", False)],
)
async def test_a_relay_started_again_publishes_everything_after_its_checkpoint(
    own_database_url: str,
    own_rabbitmq: Callable[[], LocalRabbitMQ],
    tmp_path: Path,
    failpoints: str,
    *,
    comes_twice: bool,
) -> None:
    broker, url, log = own_rabbitmq(), own_database_url, tmp_path / "log"
    await append(url, HISTORY)
    async with bystanding(broker.url) as seen:
        with program(url, broker.url, "relay", log=log, failpoints=failpoints) as doomed:
            await eventually(lambda: doomed.poll() is not None)
        assert doomed.returncode == -9, log.read_text()
        killed_at = await relay_checkpoint(url)
        assert killed_at < len(HISTORY)
        with program(url, broker.url, "relay", log=log):
            await eventually(lambda: _is_at(url, len(HISTORY)))
            await eventually(lambda: seen.positions[-1:] == [len(HISTORY)])
    assert set(seen.positions) == set(range(1, len(HISTORY) + 1))
    repeated = len(seen.positions) - len(HISTORY)
    assert (repeated > 0) == comes_twice


async def _is_at(database_url: str, position: int) -> bool:
    return await relay_checkpoint(database_url) == position
