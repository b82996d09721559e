"""When the database says no: who is hurt, what is he told, and does the appender go on?"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from commands.pending import Appended, Conflicted, Failed, Outcome, PendingAppend
from domain.errors import AppendRefused, Unavailable
from tests.examples_log import (
    a_decision,
    a_registration,
    an_appender,
    an_envelope,
    append_all,
    assert_dense,
    closed_gate,
    log_of,
    superuser,
)

INT4_MAX = 2**31 - 1


def with_null_character() -> PendingAppend:
    """PostgreSQL stores no U+0000 in a text: SQLSTATE 22021."""
    return a_decision(a_registration("\x00"))


def with_null_character_in_its_key() -> PendingAppend:
    return a_decision(a_registration("KEY"), envelope=an_envelope("k\x00"))


def without_fingerprint() -> PendingAppend:
    """A column that must not be null: SQLSTATE 23502."""
    return a_decision(a_registration("FINGERPRINT"), envelope=an_envelope(fingerprint=None))


def with_name_beyond_an_index() -> PendingAppend:
    """A B-tree holds no more than a third of a page: SQLSTATE 54000."""
    return a_decision(a_registration(random.Random(1).randbytes(4_000).hex()))


def with_lone_surrogate() -> PendingAppend:
    """Half a character has no UTF-8 form."""
    return a_decision(a_registration("SURROGATE", name="\ud800"))


def with_lone_surrogate_in_its_key() -> PendingAppend:
    return a_decision(a_registration("SURROGATE-KEY"), envelope=an_envelope("\udfff"))


def with_number_beyond_the_column() -> PendingAppend:
    return a_decision(a_registration("VERSION"), expected=INT4_MAX + 1)


def with_instant_without_zone() -> PendingAppend:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    return replace(a_decision(a_registration("NAIVE")), occurred_at=naive)


CULPRITS = [
    with_null_character,
    with_null_character_in_its_key,
    without_fingerprint,
    with_name_beyond_an_index,
    with_lone_surrogate,
    with_lone_surrogate_in_its_key,
    with_number_beyond_the_column,
    with_instant_without_zone,
]


def is_refused(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and isinstance(outcome.error, AppendRefused)


def is_put_off(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and isinstance(outcome.error, Unavailable)


@pytest.mark.parametrize("make_culprit", CULPRITS)
async def test_a_culprit_falls_alone(
    database_url: str, make_culprit: Callable[[], PendingAppend]
) -> None:
    async with an_appender(database_url) as appender:
        decisions = [a_decision(a_registration(f"S{n}")) for n in range(10)]
        decisions.insert(6, make_culprit())
        outcomes = await append_all(appender, decisions)
        later = await append_all(appender, [a_decision(a_registration("LATER"))])
    assert is_refused(outcomes.pop(6))
    assert {type(outcome) for outcome in [*outcomes, *later]} == {Appended}
    assert await assert_dense(database_url) == 11


async def test_every_culprit_of_a_batch_falls_alone(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        decisions = [a_decision(a_registration(f"S{n}")) for n in range(100)]
        for number in (0, 41, 42, 99):
            decisions[number] = CULPRITS[number % 5]()
        outcomes = await append_all(appender, decisions)
    refused = [number for number, outcome in enumerate(outcomes) if is_refused(outcome)]
    assert refused == [0, 41, 42, 99]
    assert await assert_dense(database_url) == 96


async def test_what_was_built_on_a_culprit_is_turned_back(database_url: str) -> None:
    """To be decided again, on what the stream is without the culprit."""
    first = a_decision(a_registration("S"))
    culprit = a_decision(a_registration("S", name="\ud800"), expected=1, after=first)
    chained = a_decision(a_registration("S"), expected=2, after=culprit)
    last = a_decision(a_registration("S"), expected=3, after=chained)
    others = [a_decision(a_registration(f"S{n}")) for n in range(5)]
    async with an_appender(database_url) as appender:
        outcomes = await append_all(appender, [first, culprit, chained, last, *others])
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Appended, Failed, Conflicted, Conflicted, *([Appended] * 5)]
    assert await assert_dense(database_url) == 6


async def test_a_chain_survives_the_halving_around_a_culprit(database_url: str) -> None:
    chain = [a_decision(a_registration("S"))]
    for version in range(1, 20):
        chain.append(a_decision(a_registration("S"), expected=version, after=chain[-1]))
    batch = [*chain[:7], with_lone_surrogate(), *chain[7:]]
    async with an_appender(database_url) as appender:
        outcomes = await append_all(appender, batch)
    assert is_refused(outcomes.pop(7))
    assert {type(outcome) for outcome in outcomes} == {Appended}
    assert await assert_dense(database_url) == 20


async def test_a_gate_that_stays_closed_puts_everybody_off(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        async with closed_gate(database_url):
            decisions = [a_decision(a_registration(f"S{n}")) for n in range(3)]
            async with asyncio.timeout(5):
                outcomes = await append_all(appender, decisions)
        later = await append_all(appender, [a_decision(a_registration("LATER"))])
    assert all(map(is_put_off, outcomes))
    assert [type(outcome) for outcome in later] == [Appended]
    assert await log_of(database_url) == [(1, "product-LATER", 1)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(
            "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on",
            "ALTER ROLE {role} IN DATABASE {database} RESET default_transaction_read_only",
            id="read-only",
        ),
        pytest.param(
            "REVOKE EXECUTE ON FUNCTION event_store.append_v1 FROM ordertrail_api",
            "GRANT EXECUTE ON FUNCTION event_store.append_v1 TO ordertrail_api",
            id="no right",
        ),
        pytest.param(
            "ALTER FUNCTION event_store.append_v1 RENAME TO append_v0",
            "ALTER FUNCTION event_store.append_v0 RENAME TO append_v1",
            id="no such function",
        ),
    ],
)
async def test_what_is_not_the_fault_of_the_events_puts_off(
    database_url: str, wrong: str, right: str
) -> None:
    async with superuser(database_url) as owner:
        names = {"role": owner.info.user, "database": owner.info.dbname}
        await owner.execute(wrong.format(**names).encode())
        async with an_appender(database_url) as appender:
            decisions = [a_decision(a_registration(f"S{n}")) for n in range(3)]
            outcomes = await append_all(appender, decisions)
            assert all(map(is_put_off, outcomes)), outcomes
        await owner.execute(right.format(**names).encode())
    assert await log_of(database_url) == []


async def test_a_bug_behind_the_commit_leaves_nobody_waiting(database_url: str) -> None:
    """Who comes to harm is told to ask again; what is committed stays so, and others go on."""

    def fail(_: PendingAppend) -> None:
        raise ZeroDivisionError

    async with an_appender(database_url) as appender:
        decisions = [a_decision(a_registration(f"S{n}")) for n in range(5)]
        decisions[2].on_settled = fail
        async with asyncio.timeout(5):
            outcomes = await append_all(appender, decisions)
            later = await append_all(appender, [a_decision(a_registration("LATER"))])
    assert [type(outcome) for outcome in outcomes[:3]] == [Appended] * 3
    assert all(map(is_put_off, outcomes[3:]))
    assert [type(outcome) for outcome in later] == [Appended]
    assert await assert_dense(database_url) == 6
