"""Does an operator see dead letters without taking them, and drop exactly those that he names?"""

import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from tests.messages import Message
from tests.ordertrail_program import bare_environment, result_of, run
from tests.running_workers import ORDERTRAIL, broker_options, eventually, waiting_messages
from workers.broker import close, connect
from workers.dead_letters import DeadLetters
from workers.slice import BadSlice
from workers.topology import DEAD_LETTERS, declare_topology

ORIGIN = "ordertrail.operational.0"


def on(amqp_url: str) -> dict[str, str]:
    return bare_environment(AMQP_URL=amqp_url)


async def declare(amqp_url: str) -> None:
    connection = await connect(broker_options(amqp_url), "test")
    await declare_topology(connection, broker_options(amqp_url), ())
    await close(connection)


async def reject(amqp_url: str, count: int) -> None:
    """Send so many messages the way of a worker that cannot use them."""
    await declare(amqp_url)
    letters = DeadLetters(broker_options(amqp_url), ORIGIN)
    for number in range(1, count + 1):
        error = BadSlice("[red]no JSON\x1b[2J at all")
        headers = {"first_position": number, "last_position": number + 1}
        await letters.send(Message(headers, b"x" * number), error)
    await letters.close()
    await eventually(lambda: are_waiting(amqp_url, count))


async def are_waiting(amqp_url: str, count: int) -> bool:
    return await waiting_messages(amqp_url, DEAD_LETTERS) == count


def listed(amqp_url: str, *more: str) -> dict[str, Any]:
    done = run("dead", "list", "--json", *more, environment=on(amqp_url))
    assert done.returncode == 0, done.stderr
    return result_of(done)


def first_positions(page: Mapping[str, Any]) -> list[int]:
    return [letter["first_position"] for letter in page["letters"]]


async def test_looking_shows_the_oldest_and_leaves_them_all_in_their_order(amqp_url: str) -> None:
    await reject(amqp_url, 5)

    pages = [listed(amqp_url, "--limit", "3") for _ in range(2)]
    everything = listed(amqp_url)
    table = run("dead", "list", "--limit", "3", environment=on(amqp_url))

    assert [first_positions(page) for page in pages] == [[1, 2, 3], [1, 2, 3]]
    assert first_positions(everything) == [1, 2, 3, 4, 5]
    assert pages[0]["waiting"] == pages[1]["waiting"] == everything["waiting"] == 5
    letter = everything["letters"][1]
    assert letter.pop("rejected_at").startswith("20")
    assert letter == {
        "reason": "bad_slice",
        "detail": "[red]no JSON\x1b[2J at all",
        "origin": ORIGIN,
        "first_position": 2,
        "last_position": 3,
        "body_bytes": 2,
    }
    assert table.returncode == 0
    assert "[red]no JSON [2J at all" in table.stdout, "no markup, no control codes"
    assert "… and 2 newer ones." in table.stdout


async def test_dropping_takes_the_oldest_or_all(amqp_url: str) -> None:
    await reject(amqp_url, 5)

    two = run("dead", "drop", "2", "--json", environment=on(amqp_url))
    assert first_positions(listed(amqp_url)) == [3, 4, 5]
    every = run("dead", "drop", "--all", environment=on(amqp_url))
    none = run("dead", "drop", "9", "--json", environment=on(amqp_url))

    assert (two.returncode, result_of(two)["dropped"]) == (0, 2)
    assert (every.returncode, "3 dropped from ordertrail.dead" in every.stdout) == (0, True)
    assert (none.returncode, result_of(none)["dropped"]) == (0, 0)
    assert "No dead letters" in run("dead", "list", environment=on(amqp_url)).stdout


async def test_a_broker_without_the_queue_has_no_dead_letters(amqp_url: str) -> None:
    assert listed(amqp_url) == {"queue": "ordertrail.dead", "waiting": 0, "letters": []}
    for what in ("--all", "3"):
        done = run("dead", "drop", what, "--json", environment=on(amqp_url))
        assert (done.returncode, result_of(done)["dropped"]) == (0, 0)


async def test_letters_that_others_have_put_there_are_shown_too(amqp_url: str) -> None:
    await declare(amqp_url)
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        message = aio_pika.Message(b"?", headers={"reason": 7, "first_position": "one"})
        await channel.default_exchange.publish(message, routing_key=DEAD_LETTERS)
    await eventually(lambda: are_waiting(amqp_url, 1))

    (letter,) = listed(amqp_url)["letters"]
    table = run("dead", "list", environment=on(amqp_url))

    assert letter == {
        "reason": None,
        "detail": None,
        "origin": None,
        "rejected_at": None,
        "first_position": None,
        "last_position": None,
        "body_bytes": 1,
    }
    assert table.returncode == 0, table.stderr


@pytest.mark.parametrize("arguments", [("list",), ("drop", "--all"), ("drop", "1")], ids=" ".join)
def test_without_a_broker_it_ends_with_3_and_says_so(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    away = run("dead", *arguments, environment=on("amqp://guest:geheim@127.0.0.1:1/"))
    unset = run("dead", *arguments, "--data-dir", tmp_path / "nothing")

    assert (away.returncode, away.stdout, unset.returncode, unset.stdout) == (3, "", 3, "")
    assert "cannot be used" in away.stderr
    assert "geheim" not in away.stderr
    assert "AMQP_URL is not set" in unset.stderr


@pytest.mark.parametrize(
    "arguments",
    [("drop",), ("drop", "2", "--all"), ("drop", "0"), ("list", "--limit", "0")],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = run("dead", *arguments, environment=on("amqp://127.0.0.1:1/"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


async def test_a_closed_pipe_is_a_quiet_end_and_takes_nothing(amqp_url: str) -> None:
    await reject(amqp_url, 2)
    for options in ((), ("--json",)):
        with started("dead", "list", *options, on=on(amqp_url)) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            complaints = process.stderr.read()
        assert (process.returncode, complaints) == (0, "")
    assert await are_waiting(amqp_url, 2)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str
)
def test_a_signal_ends_it_while_it_waits_for_the_broker(
    number: signal.Signals, exit_code: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port: int = silent.getsockname()[1]
        with started("dead", "list", on=on(f"amqp://127.0.0.1:{port}/")) as process:
            connection, _ = silent.accept()
            process.send_signal(number)
            said = process.communicate(timeout=20)
            connection.close()
    assert (process.returncode, said) == (exit_code, ("", ""))


def started(*arguments: str, on: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ORDERTRAIL), *arguments],
        env=dict(on),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
