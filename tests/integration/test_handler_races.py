"""Of those who race for one stream, does exactly one win each version, in one process or in two?"""

import asyncio
from collections import Counter

import pytest

from commands.envelope import Answer
from commands.handler import CommandHandler
from commands.pending import PendingAppend
from domain.errors import (
    ConcurrentModification,
    EmailTaken,
    OrderTrailError,
    SkuAlreadyExists,
    VersionMismatch,
)
from sql.appender import GroupAppender
from sql.store import Store
from tests.examples import EMAIL_CLAIM, ORDER_ID, a_customer, a_note, a_product
from tests.examples_log import (
    MeddlingLoader,
    a_foreign_note,
    a_store,
    an_envelope,
    append,
    assert_dense,
    closed_gate,
    connected,
    log_of,
    notes,
    outcome_of,
    place_an_order,
    until,
)

CLIENTS = 100


class CountingAppender:
    """An appender that counts what it is given."""

    def __init__(self, appender: GroupAppender) -> None:
        self._appender = appender
        self.submitted = 0

    def submit(self, pending: PendingAppend) -> None:
        self.submitted += 1
        self._appender.submit(pending)


def succeeded(outcomes: list[Answer | OrderTrailError]) -> list[Answer]:
    return [outcome for outcome in outcomes if isinstance(outcome, Answer)]


async def race(
    stores: tuple[Store, ...], version: int | None, clients: int = CLIENTS
) -> list[Answer | OrderTrailError]:
    """Send a note from every client at once, the processes taking turns."""
    return await asyncio.gather(
        *(
            outcome_of(
                stores[number % len(stores)].handler.handle(
                    note, an_envelope(expected_version=version)
                )
            )
            for number, note in enumerate(notes(clients))
        )
    )


async def test_of_100_clients_at_one_version_one_wins(database_url: str) -> None:
    """FI-26, in two processes, five times over."""
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)
        for version in range(1, 6):
            outcomes = await race((here, there), version)
            assert [answer.version for answer in succeeded(outcomes)] == [version + 1]
            assert Counter(map(type, outcomes)) == {Answer: 1, VersionMismatch: CLIENTS - 1}
    assert await assert_dense(database_url) == 5 + 6


async def test_without_a_version_all_of_one_process_succeed(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        outcomes = await race((store,), None)
    assert sorted(answer.version for answer in succeeded(outcomes)) == list(range(2, 102))
    assert await assert_dense(database_url) == 5 + 101


async def test_without_a_version_two_processes_lose_nothing(database_url: str) -> None:
    """Whoever was overtaken too often is told so, and has had no effect."""
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)
        outcomes: list[Answer | OrderTrailError] = []
        for _ in range(5):
            outcomes += await race((here, there), None)
    won = sorted(answer.version for answer in succeeded(outcomes))
    lost = {type(outcome) for outcome in outcomes} - {Answer}
    assert lost <= {ConcurrentModification}
    assert len(won) >= CLIENTS
    assert won == list(range(2, len(won) + 2))
    assert await assert_dense(database_url) == 5 + 1 + len(won)


@pytest.mark.parametrize(
    ("foreign", "succeeds"),
    [
        pytest.param(3, True, id="three conflicts are decided again"),
        pytest.param(4, False, id="after the fourth the caller is told"),
    ],
)
async def test_a_command_without_a_version_is_decided_again_three_times(
    database_url: str, foreign: int, *, succeeds: bool
) -> None:
    async with a_store(database_url) as store, connected(database_url) as other:
        await place_an_order(store)
        version = iter(range(1, 10))

        async def another_process_is_faster() -> None:
            await append(other, a_foreign_note(next(version)))

        loader = MeddlingLoader(store.loader, *[another_process_is_faster] * foreign)
        appender = CountingAppender(store.appender)
        handler = CommandHandler(loader, appender, "test")
        outcome = await outcome_of(handler.handle(a_note(), an_envelope()))
    assert appender.submitted == 4
    if succeeds:
        assert outcome == Answer(ORDER_ID, 5, 10, created=False)
    else:
        assert isinstance(outcome, ConcurrentModification)
    assert await assert_dense(database_url) == 6 + foreign + succeeds


async def test_being_overtaken_after_ones_base_was_committed_counts_as_a_conflict(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the gate stand our first note and another process; our second note builds on the first."""
    monkeypatch.setattr("commands.handler.CONFLICTS_MAX", 0)
    async with a_store(database_url) as store, connected(database_url) as other:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            first = asyncio.create_task(store.handler.handle(a_note(), an_envelope()))
            await gate.wait_for_appends()
            (second,) = notes(1)
            chained = asyncio.create_task(outcome_of(store.handler.handle(second, an_envelope())))
            overtaking = asyncio.create_task(append(other, a_foreign_note(2)))
            await gate.wait_for_appends(2)
            await until(lambda: len(store.appender._queue) == 1)
        assert (await first).version == 2
        assert [outcome.kind for outcome in await overtaking] == ["appended"]
        assert isinstance(await chained, ConcurrentModification)
    assert await assert_dense(database_url) == 5 + 3


async def test_a_command_with_a_version_is_never_sent_again(database_url: str) -> None:
    async with a_store(database_url) as store, connected(database_url) as other:
        await place_an_order(store)
        loader = MeddlingLoader(store.loader, lambda: append(other, a_foreign_note(1)))
        appender = CountingAppender(store.appender)
        handler = CommandHandler(loader, appender, "test")
        with pytest.raises(VersionMismatch) as refusal:
            await handler.handle(a_note(), an_envelope(expected_version=1))
    assert refusal.value.current_version == 2
    assert appender.submitted == 1


async def test_an_email_address_goes_to_one_of_those_who_claim_it(database_url: str) -> None:
    async with a_store(database_url) as here, a_store(database_url) as there:
        outcomes = await asyncio.gather(
            *(
                outcome_of(
                    store.handler.handle(
                        a_customer(customer_id=f"0196a000-0000-7000-8000-{number:012d}"),
                        an_envelope(),
                    )
                )
                for number in range(20)
                for store in (here, there)[number % 2 :][:1]
            )
        )
    assert Counter(map(type, outcomes)) == {Answer: 1, EmailTaken: 19}
    (winner,) = succeeded(outcomes)
    assert await log_of(database_url) == [
        (1, f"customer-{winner.id}", 1),
        (2, f"email-{EMAIL_CLAIM}", 1),
    ]


async def test_a_product_is_registered_by_one_of_those_who_try(database_url: str) -> None:
    async with a_store(database_url) as here, a_store(database_url) as there:
        outcomes = await asyncio.gather(
            *(
                outcome_of(store.handler.handle(a_product(name=f"{number}"), an_envelope()))
                for number in range(10)
                for store in (here, there)
            )
        )
    kinds = Counter(type(outcome) for outcome in outcomes)
    assert kinds == {Answer: 2, SkuAlreadyExists: 18}
    assert await assert_dense(database_url) == 1
