"""FI-05 and FI-06: the relay is killed wherever it can be. Is any event lost on the wire?

After the confirm and before the checkpoint, everything since the checkpoint comes twice; before the
publish, nothing does. Followers drop what they have.
"""

from contextlib import ExitStack
from subprocess import Popen

from tests.delivery import Delivery, deaths, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.running_workers import Bystander, bystanding, eventually, projecting, relay_checkpoint

HISTORY = a_history(600, seed=9)
PART_EVENTS = 150
POINTS = (
    "relay.before_read",
    "relay.after_read",
    "relay.before_publish",
    "relay.after_confirm",
    "relay.before_checkpoint",
    "relay.after_checkpoint",
)
PUBLISHED_BEYOND_CHECKPOINT = {"relay.after_confirm", "relay.before_checkpoint"}


async def test_before_the_publish_nothing_is_lost_and_nothing_comes_twice(
    delivery: Delivery,
) -> None:
    report = FaultReport("FI-06 before_publish")
    await append(delivery.url, HISTORY)
    async with (
        bystanding(delivery.amqp_url) as seen,
        projecting(delivery.url, delivery.amqp_url),
    ):
        with delivery.relay(failpoints="relay.before_publish=kill@1") as doomed:
            await eventually(lambda: doomed.poll() is not None)
        assert doomed.returncode == -9, delivery.log.read_text()
        assert (await relay_checkpoint(delivery.url), seen.positions) == (0, [])
        report.recovered = len(HISTORY)
        with delivery.relay():
            await eventually(lambda: seen.positions[-1:] == [len(HISTORY)])
        assert seen.positions == [event.position for event in HISTORY]
        await reckon(delivery.url, report)


async def test_wherever_relays_die_one_after_the_other_every_event_is_published(
    delivery: Delivery,
) -> None:
    report = FaultReport("FI-05 every point")
    async with (
        bystanding(delivery.amqp_url) as seen,
        projecting(delivery.url, delivery.amqp_url),
    ):
        with ExitStack() as running:
            doomed = {
                point: running.enter_context(delivery.relay(failpoints=f"{point}=kill@1"))
                for point in POINTS
            }
            told, in_doubt = 0, set[int]()
            while doomed:
                part = HISTORY[told : told + PART_EVENTS]
                await append(delivery.url, part)
                told += len(part)
                killed_at = await _first_death(delivery, doomed, seen)
                in_doubt |= set(range(killed_at + 1, told + 1))
            await append(delivery.url, HISTORY[told:])
            running.enter_context(delivery.relay())
            await eventually(lambda: seen.positions[-1:] == [len(HISTORY)])
        positions = [event.position for event in HISTORY]
        assert sorted(set(seen.positions)) == positions
        repeated = len(seen.positions) - len(positions)
        assert repeated > 0
        report.recovered, report.notes["repeated_on_the_wire"] = len(in_doubt), repeated
        await reckon(delivery.url, report)


async def _first_death(delivery: Delivery, doomed: dict[str, Popen[bytes]], seen: Bystander) -> int:
    """Wait until a relay dies where it has to, and tell where its checkpoint was then."""
    dead = await deaths(doomed)
    killed_at = await relay_checkpoint(delivery.url)
    if PUBLISHED_BEYOND_CHECKPOINT.intersection(dead):
        await eventually(lambda: max(seen.positions, default=0) > killed_at)
    return killed_at
