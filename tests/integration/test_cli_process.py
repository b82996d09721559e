"""Does an operator see from the command line where orders stand, and can he help them on?"""

import getpass
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from domain.envelope import RecordedEvent
from domain.fulfilment_events import FulfilmentStepRetried, FulfilmentStepSkipped
from tests.api_client import api_on, new_id
from tests.catching_up import projectors_on
from tests.integration.test_api_processes import STEP, carried_out
from tests.ordertrail_program import bare_environment, result_of, run
from tests.running_workers import read_log

Seen = FulfilmentStepRetried | FulfilmentStepSkipped


@dataclass(frozen=True, slots=True)
class Stuck:
    """A shop with an order that waits for an operator, and one that does not."""

    database_url: str
    order_id: str
    order_number: str
    other_id: str

    def process(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `ordertrail process`."""
        settings = bare_environment(DATABASE_URL=self.database_url, **environment)
        return run("process", *arguments, environment=settings)

    def document(self, *arguments: str) -> dict[str, Any]:
        """Run it and read what it says to programs."""
        done = self.process(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return result_of(done)

    async def seen_to(self) -> list[RecordedEvent]:
        """Answer how steps were seen to."""
        log = await read_log(self.database_url)
        return [event for event in log if isinstance(event.data, Seen)]


@pytest.fixture
async def stuck(database_url: str) -> AsyncGenerator[Stuck]:
    async with projectors_on(database_url) as projectors, api_on(database_url) as api:
        order_id = await carried_out(api, database_url, stuck=True)
        other_id = await carried_out(api, database_url)
        await projectors.catch_up()
        number = (await api.get(f"/v1/orders/{order_id}")).json()["order_number"]
        yield Stuck(database_url, order_id, number, other_id)


async def test_lists_processes_oldest_first_and_by_what_is_wrong(stuck: Stuck) -> None:
    def listed(*arguments: str) -> list[str]:
        return [row["order_id"] for row in stuck.document("list", *arguments)["processes"]]

    assert listed() == [stuck.order_id, stuck.other_id]
    assert listed("--stuck") == [stuck.order_id]
    assert listed("--stage", "rejected") == [stuck.order_id, stuck.other_id]
    assert listed("--stage", "fulfilling") == []
    first = stuck.document("list", "--limit", "1")
    assert [row["order_id"] for row in first["processes"]] == [stuck.order_id]
    assert first["has_more"]
    assert first["as_of_position"] == len(await read_log(stuck.database_url))
    text = stuck.process("list", "--limit", "1")
    for cell in (stuck.order_id, "rejected", STEP, "… and more"):
        assert cell in text.stdout
    assert stuck.other_id not in text.stdout
    assert "There is none." in stuck.process("list", "--stage", "on-hold").stdout


async def test_draws_what_happened_to_an_order_in_every_stream(
    stuck: Stuck, tmp_path: Path
) -> None:
    picture = tmp_path / "order.svg"
    done = stuck.process("draw", stuck.order_number, "--output", str(picture))
    assert done.returncode == 0, done.stderr
    log = [
        event
        for event in await read_log(stuck.database_url)
        if getattr(event.data, "order_id", None) == stuck.order_id
    ]
    drawn = ET.parse(picture).getroot()  # noqa: S314 - we drew it
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in {event.type for event in log}] == [
        event.type for event in log
    ]
    on_paper = stuck.process("draw", stuck.order_id)
    assert on_paper.stdout.replace(stuck.order_id, stuck.order_number) == picture.read_text()
    unknown = stuck.process("draw", new_id())
    assert (unknown.returncode, "order_not_found" in unknown.stderr) == (1, True)
    nowhere = stuck.process("draw", stuck.order_id, "--output", str(tmp_path))
    assert (nowhere.returncode, "cannot be written" in nowhere.stderr) == (1, True)


async def test_shows_a_process_with_its_troubles_and_its_history(stuck: Stuck) -> None:
    shown = stuck.document("show", stuck.order_id)
    (row, _) = stuck.document("list")["processes"]
    assert {name: shown[name] for name in row} == row
    log = await read_log(stuck.database_url)
    history = [
        (event.position, event.type)
        for event in log
        if event.stream == f"fulfilment-{stuck.order_id}"
    ]
    assert [(each["position"], each["type"]) for each in shown["history"]] == history
    assert shown["as_of_position"] == len(log)
    text = stuck.process("show", stuck.order_number.lower().replace("-", " "))
    for cell in (stuck.order_id, STEP, "KeyError", "manual-intervention-required", "order-placed"):
        assert cell in text.stdout
    assert "\x1b" not in text.stdout


@pytest.mark.parametrize(
    ("verb", "kind"), [("retry", FulfilmentStepRetried), ("skip", FulfilmentStepSkipped)]
)
async def test_sees_to_a_step_once_and_writes_down_who_and_why(
    stuck: Stuck, verb: str, kind: type[Seen]
) -> None:
    wish = (verb, stuck.order_id, STEP, "--reason", " new account ", "--by", "jo")
    done = stuck.document(*wish)
    again = stuck.document(verb, stuck.order_number, *wish[2:])
    assert done == {**again, "replayed": False}
    assert again["replayed"]
    (event,) = await stuck.seen_to()
    assert done == {
        "step": STEP,
        "id": stuck.order_id,
        "version": event.version,
        "position": event.position,
        "created": False,
        "replayed": False,
        "order_number": None,
    }
    assert isinstance(event.data, kind)
    assert (event.data.step, event.data.personal.text) == (STEP, "new account")
    assert (event.metadata.actor.kind, event.metadata.actor.id) == ("staff", "jo")
    assert stuck.document("show", stuck.order_id)["troubles"] == []
    assert "new account" in stuck.process("show", stuck.order_id).stdout


async def test_says_what_it_did_in_a_sentence(stuck: Stuck) -> None:
    done = stuck.process("skip", stuck.order_id, STEP, "--reason", "sent a cheque")
    (event,) = await stuck.seen_to()
    assert event.metadata.actor.id == getpass.getuser()
    assert done.stdout == (
        f"✓ {STEP} of order {stuck.order_id} is skipped (position {event.position}).\n"
    )
    again = stuck.process("skip", stuck.order_id, STEP, "--reason", "sent a cheque")
    assert "is skipped, as was said before (position" in again.stdout


@pytest.mark.parametrize("verb", ["retry", "skip"])
async def test_refuses_what_does_not_wait(stuck: Stuck, verb: str) -> None:
    unknown = new_id()
    for order, step, code in (
        (stuck.order_id, "event:8", "step_not_stuck"),
        (stuck.other_id, STEP, "step_not_stuck"),
        (unknown, STEP, "fulfilment_not_found"),
        ("W26-9999999-B", STEP, "order_not_found"),
    ):
        done = stuck.process(verb, order, step, "--reason", "x")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"({code})." in done.stderr
    # Somebody else, and another reason, is another wish; it comes too late.
    assert stuck.process(verb, stuck.order_id, STEP, "--reason", "x").returncode == 0
    for late in (("--reason", "y"), ("--reason", "x", "--by", "somebody-else")):
        done = stuck.process(verb, stuck.order_id, STEP, *late)
        assert (done.returncode, "step_not_stuck" in done.stderr) == (1, True)
    assert len(await stuck.seen_to()) == 1


def test_an_order_that_nobody_carries_out_cannot_be_shown(stuck: Stuck) -> None:
    done = stuck.process("show", new_id())
    assert (done.returncode, done.stdout) == (1, "")
    assert "(fulfilment_not_found)." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "W26"), "neither the id of an order nor a number"),
        (("retry", "W26", STEP, "--reason", "x"), "neither the id of an order nor a number"),
        (("retry", "W26", STEP, "--reason", " "), "Say why with --reason"),
        (("skip", "W26", STEP, "--reason", "x" * 201), "at most 200 characters"),
        (("skip", "W26", STEP, "--reason", "two\nlines"), "on one line"),
        (("skip", "W26", STEP, "--reason", "x", "--by", "a b"), "Say with --by who"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2(database_url: str, arguments: tuple[str, ...], says: str) -> None:
    done = run("process", *arguments, environment=bare_environment(DATABASE_URL=database_url))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "O"), ("retry", "O", STEP, "--reason", "x")], ids=str
)
def test_without_a_database_it_ends_with_3_and_says_so(arguments: tuple[str, ...]) -> None:
    away = bare_environment(DATABASE_URL="postgresql://a:geheim@127.0.0.1:1/b")
    done = run("process", *arguments, environment=away)
    assert (done.returncode, done.stdout) == (3, "")
    assert "geheim" not in done.stderr


def test_before_anything_was_built_it_says_that(database_url: str) -> None:
    done = run("process", "list", environment=bare_environment(DATABASE_URL=database_url))
    assert (done.returncode, done.stdout) == (1, "")
    assert "The read tables are not built yet (unavailable)." in done.stderr
