"""Does docs/eventsourcing.md tell the truth: do its examples run beside our own processes?

The code blocks are taken out of the page and run as programs of their own, on a real database,
while our handler places orders and our projector, or our relay, follows the log.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from eventsourcing.persistence import StoredEvent

from domain.envelope import RecordedEvent
from projections.unreadable import UnreadableEvent
from sql.log import read_log_events
from tests.api_client import api_on
from tests.checking import assert_checked
from tests.contract.recorded_calls import a_recorder, new_id
from tests.examples_log import a_store, an_envelope, connected, notes, place_an_order, rows
from tests.ordertrail_program import bare_environment
from tests.ordertrail_program import run as program
from tests.running_workers import (
    assert_tables_are_the_fold_of,
    bystanding,
    caught_up,
    eventually,
    head_of,
    make_read_tables,
    projecting,
    relay_checkpoint,
    relaying,
)

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "eventsourcing.md"
BLOCK: Final = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMES: Final = ["helpdesk.py", "open_tickets.py", "read_the_log.py", "count_tickets.py"]
TICKETS: Final = 25
OPENED: Final = "helpdesk:Ticket.Opened"
ANSWERED: Final = "helpdesk:Ticket.Answered"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder with the examples of the page, by the names that it gives them."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for name, code in blocks:
        (tmp_path / name).write_text(code, encoding="utf-8")
    assert [name for name, _ in blocks] == NAMES
    return tmp_path


async def run(examples: Path, database_url: str, *command: str) -> list[str]:
    """Run an example to its end and answer the lines that it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}",
        "PYTHONWARNINGS": "error",
        "PERSISTENCE_MODULE": "sql.recorder",
        "DATABASE_URL": database_url,
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=examples,
        env=environment,
        timeout=40,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


async def place_orders_until(task: asyncio.Task[list[str]], database_url: str) -> int:
    """Append with our own handler as long as the task goes on; answer the number of commands."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        for commands in count(1):
            note = notes(1)[0]
            await store.handler.handle(note, an_envelope())
            if task.done():
                return commands
    raise AssertionError("it ends when the task has ended")


async def log_order(database_url: str) -> None:
    """Positions are 1..N and versions dense in every stream, in that order."""
    async with connected(database_url, "query") as connection:
        log = await rows(
            connection, "SELECT position, stream, version FROM event_store.events ORDER BY position"
        )
    assert [position for position, _, _ in log] == list(range(1, len(log) + 1))
    versions: Counter[str] = Counter()
    for _, stream, version in log:
        versions[stream] += 1
        assert version == versions[stream], stream


async def test_an_application_writes_beside_our_handler_and_our_projector_passes_over_it(
    database_url: str, examples: Path
) -> None:
    await make_read_tables(database_url)
    async with projecting(database_url):
        helpdesk = asyncio.create_task(run(examples, database_url, "open_tickets.py", str(TICKETS)))
        ours = await place_orders_until(helpdesk, database_url)
        answers = [int(line) for line in await helpdesk]
        await caught_up(database_url)
    async with connected(database_url, "worker") as connection:
        log = await read_log_events(connection, 0, 5_000)
    readable = [each for each in log if isinstance(each, RecordedEvent)]
    theirs = [each for each in log if isinstance(each, UnreadableEvent)]
    assert Counter(each.type for each in theirs) == {OPENED: TICKETS, ANSWERED: TICKETS}
    assert answers == [each.position for each in theirs if each.type == ANSWERED]
    assert min(answers) < max(each.position for each in readable), "they took turns"
    assert len(readable) >= ours
    await log_order(database_url)
    await assert_tables_are_the_fold_of(database_url, readable)
    await assert_checked(database_url)


async def test_the_relay_carries_what_an_application_wrote(
    database_url: str, amqp_url: str, examples: Path
) -> None:
    await make_read_tables(database_url)
    async with (
        bystanding(amqp_url) as bystander,
        relaying(database_url, amqp_url),
        projecting(database_url, amqp_url),
    ):
        helpdesk = asyncio.create_task(run(examples, database_url, "open_tickets.py", "5"))
        await place_orders_until(helpdesk, database_url)
        await helpdesk
        await caught_up(database_url)
        head = await head_of(database_url)

        async def is_relayed() -> bool:
            return await relay_checkpoint(database_url) == head

        await eventually(is_relayed)
        await eventually(lambda: len(bystander.positions) >= head)
    assert bystander.positions == list(range(1, head + 1))


async def test_the_notification_log_of_the_library_reads_our_whole_log(
    database_url: str, examples: Path
) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
    await run(examples, database_url, "open_tickets.py", "1")
    lines = await run(examples, database_url, "read_the_log.py")
    with a_recorder(database_url) as recorder:
        read = recorder.select_notifications(None, 100)
        log = [(each.id, each.originator_id, each.topic) for each in read]
    assert [line.split(" ", 3)[:3] for line in lines] == [[str(part) for part in e] for e in log]
    assert [line.split(" ", 3)[2] for line in lines][-3:] == ["order-placed", OPENED, ANSWERED]
    assert lines[-1].endswith("['text', 'timestamp']")


async def test_a_subscription_goes_on_where_its_tracking_stands(
    database_url: str, examples: Path
) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
    positions = [int(line) for line in await run(examples, database_url, "open_tickets.py", "3")]
    first = await run(examples, database_url, "count_tickets.py", "2")
    waiting = asyncio.create_task(run(examples, database_url, "count_tickets.py", "2"))
    (fourth,) = [int(line) for line in await run(examples, database_url, "open_tickets.py", "1")]
    assert first + await waiting == [
        f"{positions[0] - 1} Where is my parcel 0?",
        f"{positions[1] - 1} Where is my parcel 1?",
        f"{positions[2] - 1} Where is my parcel 2?",
        f"{fourth - 1} Where is my parcel 0?",
    ]
    async with connected(database_url) as connection:
        tracking = await rows(
            connection, "SELECT consumer, application, notification_id FROM event_store.tracking"
        )
    assert tracking == [("TicketCount", "Helpdesk", fourth - 1)]


async def test_our_feed_and_our_tail_show_what_applications_wrote(database_url: str) -> None:
    """States that are objects, other JSON, and no JSON at all."""
    ticket = new_id()
    states = [b'{"a":1,"personal":{"name":"Ada"}}', b"[1]", b"17", b"null", b"\x00"]
    shown = [{"a": 1}, [1], 17, None, "AA=="]
    with a_recorder(database_url) as recorder:
        recorder.insert_events(
            [StoredEvent(ticket, n, "desk:Said", state) for n, state in enumerate(states)]
        )
    async with api_on(database_url) as api:
        answer = await api.get("/v1/events")
    assert [event["data"] for event in answer.json()["events"]] == shown
    assert {(event["stream"], event["type"]) for event in answer.json()["events"]} == {
        (str(ticket), "desk:Said")
    }
    for arguments in (["--json"], []):
        tail = await asyncio.to_thread(
            program,
            "events",
            "tail",
            *arguments,
            environment=bare_environment(DATABASE_URL=database_url),
        )
        assert (tail.returncode, len(tail.stdout.splitlines())) == (0, len(states)), tail.stderr
