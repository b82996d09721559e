"""FI-29: the relay's LISTEN session is ended. When does the next event reach the broker?

Notifications are a courtesy: without them the relay looks at the log every second.
"""

import time

from tests.api_load import end_sessions
from tests.checking import assert_checked
from tests.delivery import Delivery
from tests.examples import a_note, a_shop, an_order
from tests.examples_log import a_store, an_envelope
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_workers import Bystander, bystanding, eventually, head_of

ROUNDS = int(duration(5, 40))
LISTENER = "ordertrail listener"
RELAYED_SECONDS_MAX = 2.0
"""The relay looks every second, and has one more for the rest."""


async def test_the_next_event_is_relayed_at_the_next_look(delivery: Delivery) -> None:
    url, report = delivery.url, FaultReport("FI-29 listener killed")
    seconds: list[float] = []
    async with a_store(url) as store, bystanding(delivery.amqp_url) as seen:
        for wish in (*a_shop(), an_order()):
            await store.handler.handle(wish, an_envelope())
        with delivery.relay():
            await eventually(lambda: _has_seen(seen, url))
            for number in range(ROUNDS):
                assert await eventually(lambda: _ended(url)) < RELAYED_SECONDS_MAX
                answer = await store.handler.handle(a_note(note_id=str(number)), an_envelope())
                answered_at = time.monotonic()
                await eventually(lambda last=answer.position: last in seen.positions[-1:])
                seconds.append(time.monotonic() - answered_at)
    head = await head_of(url)
    report.attempts = report.acknowledged = head
    report.lost = len(set(range(1, head + 1)) - set(seen.positions))
    report.unexpected = len(set(seen.positions) - set(range(1, head + 1)))
    report.notes["again_on_the_wire"] = len(seen.positions) - len(set(seen.positions))
    report.ok = head - report.lost
    report.seconds_to_recover = max(seconds)
    report.write()
    report.assert_clean()
    assert max(seconds) <= RELAYED_SECONDS_MAX, seconds
    await assert_checked(url)


async def _has_seen(seen: Bystander, url: str) -> bool:
    return seen.positions[-1:] == [await head_of(url)]


async def _ended(url: str) -> bool:
    """End the relay's listening session; false while it has none."""
    return await end_sessions(url, LISTENER) > 0
