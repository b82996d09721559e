"""Do concurrent decisions share commits, in order, within bounds, and is none lost at the end?"""

import asyncio

import pytest

from commands.pending import Appended, Conflicted, Duplicate, Outcome, PendingAppend
from domain.errors import Unavailable
from sql.appender import GroupAppender
from tests.examples_log import (
    a_decision,
    a_registration,
    an_appender,
    an_envelope,
    append_all,
    assert_dense,
    closed_gate,
    column,
    log_of,
    superuser,
)


def a_decision_on(sku: str, events: int = 1, **fields: PendingAppend | int) -> PendingAppend:
    registrations = [a_registration(sku, name=f"Mug {n}") for n in range(events)]
    return a_decision(*registrations, **fields)  # pyright: ignore[reportArgumentType]


async def transactions_of(url: str) -> list[int]:
    """Count the events of each transaction, in order."""
    query = (
        "SELECT count(*) FROM event_store.events GROUP BY xmin::text::bigint ORDER BY min(position)"
    )
    async with superuser(url) as connection:
        return await column(connection, query)


def positions(outcomes: list[Outcome | None]) -> list[int | None]:
    return [
        outcome.first_position if isinstance(outcome, Appended) else None for outcome in outcomes
    ]


async def test_concurrent_decisions_share_a_commit(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        outcomes = await append_all(appender, [a_decision_on(f"S{n}") for n in range(64)])
    assert positions(outcomes) == list(range(1, 65))
    assert await transactions_of(database_url) == [64]


async def test_what_arrives_during_a_commit_shares_the_next_one(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        async with closed_gate(database_url) as gate:
            first = a_decision_on("FIRST")
            appender.submit(first)
            await gate.wait_for_appends()
            waiting = asyncio.create_task(
                append_all(appender, [a_decision_on(f"S{n}") for n in range(100)])
            )
            await asyncio.sleep(0)
            assert first.outcome is None
        outcomes = await waiting
    assert positions([first.outcome, *outcomes]) == list(range(1, 102))
    assert await transactions_of(database_url) == [1, 100]


async def test_a_batch_has_at_most_500_commands(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        outcomes = await append_all(appender, [a_decision_on(f"S{n}") for n in range(1_201)])
    assert positions(outcomes) == list(range(1, 1_202))
    assert await transactions_of(database_url) == [500, 500, 201]


async def test_a_batch_has_at_most_4000_events_unless_one_command_has_more(
    database_url: str,
) -> None:
    sizes = (1_000, 3_000, 1, 4_001, 3_999, 2)
    async with an_appender(database_url) as appender:
        await append_all(appender, [a_decision_on(f"S{n}", n) for n in sizes])
    assert await transactions_of(database_url) == [4_000, 1, 4_001, 3_999, 2]


async def test_what_comes_one_by_one_is_committed_one_by_one(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        for number in range(3):
            outcome = await append_all(appender, [a_decision_on(f"S{number}")])
            assert positions(outcome) == [number + 1]
    assert await transactions_of(database_url) == [1, 1, 1]


async def test_a_chain_holds_within_a_batch_and_over_batches(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.appender.BATCH_COMMANDS_MAX", 4)
    chain = [a_decision_on("S")]
    for version in range(1, 10):
        chain.append(a_decision_on("S", expected=version, after=chain[-1]))
    async with an_appender(database_url) as appender:
        outcomes = await append_all(appender, chain)
    assert positions(outcomes) == list(range(1, 11))
    assert await transactions_of(database_url) == [4, 4, 2]


async def test_a_chain_falls_with_its_first_decision_over_batches_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third stands in another call than the first; its number would agree with the stream."""
    monkeypatch.setattr("sql.appender.BATCH_COMMANDS_MAX", 2)
    async with an_appender(database_url) as appender:
        await append_all(appender, [a_decision_on("S", 2)])
        stale = a_decision_on("S", expected=0)
        chained = a_decision_on("S", expected=1, after=stale)
        last = a_decision_on("S", expected=2, after=chained)
        fresh = a_decision_on("S", expected=2)
        outcomes = await append_all(appender, [stale, chained, last, fresh])
    assert [type(outcome) for outcome in outcomes] == [Conflicted, Conflicted, Conflicted, Appended]
    assert (await log_of(database_url))[2:] == [(3, "product-S", 3)]


async def test_says_conflict_and_duplicate_for_the_command_concerned(database_url: str) -> None:
    envelope = an_envelope("known")
    async with an_appender(database_url) as appender:
        await append_all(appender, [a_decision(a_registration("A"), envelope=envelope)])
        outcomes = await append_all(
            appender,
            [
                a_decision_on("A"),
                a_decision(a_registration("B"), envelope=envelope),
                a_decision_on("C"),
            ],
        )
    assert outcomes[:2] == [Conflicted(1), Duplicate()]
    assert positions(outcomes) == [None, None, 2]


async def test_a_full_queue_turns_away_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.appender.QUEUE_COMMANDS_MAX", 3)
    async with an_appender(database_url) as appender:
        async with closed_gate(database_url) as gate:
            in_flight = a_decision_on("IN-FLIGHT")
            appender.submit(in_flight)
            await gate.wait_for_appends()
            queued = [a_decision_on(f"S{n}") for n in range(3)]
            for decision in queued:
                appender.submit(decision)
            with pytest.raises(Unavailable) as refusal:
                appender.submit(a_decision_on("TOO-MANY"))
        await asyncio.gather(*(decision.wait() for decision in queued))
        appender.submit(a_decision_on("LATER"))
    assert refusal.value.retry_after_seconds >= 1
    assert len(await log_of(database_url)) == 5


async def test_closing_appends_what_was_accepted_and_takes_no_more(database_url: str) -> None:
    async with closed_gate(database_url) as gate, an_appender(database_url) as appender:
        decisions = [a_decision_on(f"S{n}") for n in range(700)]
        for decision in decisions:
            appender.submit(decision)
        await gate.wait_for_appends()
        closing = asyncio.create_task(appender.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            appender.submit(a_decision_on("TOO-LATE"))
        await gate.open()
        await closing
    assert positions([decision.outcome for decision in decisions]) == list(range(1, 701))
    assert await assert_dense(database_url) == 700


async def test_closing_an_idle_appender_ends_at_once(database_url: str) -> None:
    async with an_appender(database_url) as appender:
        async with asyncio.timeout(5):
            await appender.close()


async def test_every_commit_is_told_with_its_last_position(database_url: str) -> None:
    heard: list[int] = []
    appender = GroupAppender(database_url, role="ordertrail_api", on_commit=heard.append)
    await appender.open()
    await append_all(appender, [a_decision_on("A", 2), a_decision_on("B", 3)])
    await append_all(appender, [a_decision_on("A")])  # a conflict: nothing to tell
    await append_all(appender, [a_decision_on("C")])
    await appender.close()
    assert heard == [5, 6]
