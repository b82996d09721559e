"""What does the doctor think of servers as they describe themselves?"""

from dataclasses import replace

import pytest

from cli.doctor import (
    Finding,
    State,
    broker_findings,
    migrations_finding,
    relay_finding,
    server_findings,
)
from sql.migrate import ROLES, MigrationState, MigrationStatus
from sql.relay_status import RelayStatus
from sql.server_facts import ServerFacts
from workers.broker_facts import BrokerFacts

GOOD = ServerFacts(
    version_number=150_000,
    version="15.0",
    durability={"fsync": "on", "full_page_writes": "on", "synchronous_commit": "remote_apply"},
    clock_ahead_seconds=-0.4,
    clock_unsure_seconds=0.01,
    is_in_recovery=False,
    roles=frozenset(f"shop_{role}" for role in ROLES),
)
BROKER = BrokerFacts(product="RabbitMQ", version="3.10.8", missing=(), different=())


def failed(facts: ServerFacts, *, allow_unsafe: bool = False) -> list[tuple[str, State]]:
    findings = server_findings(facts, "shop", allow_unsafe=allow_unsafe)
    return [(one.name, one.state) for one in findings if one.state is not State.OK]


def test_a_good_server_passes() -> None:
    assert failed(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        (replace(GOOD, version_number=140_013, version="14.13"), "PostgreSQL"),
        (replace(GOOD, durability={**GOOD.durability, "fsync": "off"}), "fsync"),
        (
            replace(GOOD, durability={**GOOD.durability, "full_page_writes": "off"}),
            "full_page_writes",
        ),
        (
            replace(GOOD, durability={**GOOD.durability, "synchronous_commit": "off"}),
            "synchronous_commit",
        ),
        (replace(GOOD, is_in_recovery=True), "primary"),
        (replace(GOOD, clock_ahead_seconds=1.2), "clock"),
        (replace(GOOD, clock_ahead_seconds=-1.2), "clock"),
        (replace(GOOD, roles=GOOD.roles - {"shop_relay"}), "roles"),
    ],
)
def test_a_server_that_cannot_keep_the_promises_fails(changed: ServerFacts, name: str) -> None:
    assert failed(changed) == [(name, State.FAILED)]


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert failed(replace(GOOD, clock_ahead_seconds=1.2, clock_unsure_seconds=0.6)) == []


def test_an_unsafe_server_is_only_warned_of_when_that_is_wished() -> None:
    unsafe = replace(GOOD, durability={**GOOD.durability, "fsync": "off"})

    assert failed(unsafe, allow_unsafe=True) == [("fsync", State.WARNING)]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("3.9.29", State.FAILED),
        ("3.10.0", State.OK),
        ("4.3.1", State.OK),
        ("4.0.0-rc.1", State.OK),
        ("?", State.FAILED),
    ],
)
def test_a_broker_is_new_enough_from_3_10_on(version: str, state: State) -> None:
    first, *_ = broker_findings(replace(BROKER, version=version))

    assert (first.name, first.state) == ("RabbitMQ", state)


def test_queues_may_be_missing_but_not_different() -> None:
    sentence = "the queue ordertrail.operational.0 exists with another x-max-length-bytes"

    assert list(broker_findings(replace(BROKER, missing=("a", "b"))))[1:] == [
        Finding("queues", State.WARNING, "not there yet: a, b")
    ]
    assert list(broker_findings(replace(BROKER, different=(sentence,))))[1:] == [
        Finding("queues", State.FAILED, sentence)
    ]
    assert list(broker_findings(BROKER))[1].state is State.OK


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), None),
        ((MigrationState.PENDING,) * 2, "0002_b, 0003_c pending: run `ordertrail migrate up`"),
        ((MigrationState.CHANGED,), "0002_b changed after it was applied: restore the file"),
        ((MigrationState.UNKNOWN,), "0002_b newer than this code: deploy the newer version"),
        (
            (MigrationState.PENDING, MigrationState.CHANGED),
            (
                "0003_c changed after it was applied: restore the file;"
                " 0002_b pending: run `ordertrail migrate up`"
            ),
        ),
    ],
)
def test_every_wrong_migration_comes_with_the_advice_that_helps(
    states: tuple[MigrationState, ...], said: str | None
) -> None:
    found = [
        MigrationStatus(number, name, state, None)
        for number, (name, state) in enumerate(
            zip("abc", (MigrationState.APPLIED, *states), strict=False), 1
        )
    ]

    expected = Finding("migrations", State.FAILED, said) if said else None
    assert migrations_finding(found) == (
        expected or Finding("migrations", State.OK, "all 1 applied")
    )


@pytest.mark.parametrize(
    ("lag_events", "idle_seconds", "state", "said"),
    [
        (0, 9_000.0, State.OK, "0 events behind"),
        (1_200, 30.0, State.OK, "1,200 events behind"),
        (
            1_200,
            3_600.4,
            State.WARNING,
            "1,200 events behind, and has not moved for 3,600 s: is a relay running?",
        ),
    ],
)
def test_a_relay_that_stands_still_is_warned_of(
    lag_events: int, idle_seconds: float, state: State, said: str
) -> None:
    found = relay_finding(RelayStatus(lag_events=lag_events, idle_seconds=idle_seconds))

    assert found == Finding("relay", state, said)
