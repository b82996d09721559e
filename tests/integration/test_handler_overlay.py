"""Do decisions on uncommitted state chain up, and is none of them answered before its commit?"""

import asyncio
from collections.abc import Sequence

import pytest

from commands.envelope import Answer
from commands.registry import Command
from domain.errors import (
    AppendRefused,
    OrderNotFound,
    OrderStateConflict,
    OrderTrailError,
    VersionMismatch,
)
from domain.order_events import OrderPlaced
from sql.store import Store
from tests.examples import (
    CUSTOMER_ID,
    MINUTE,
    NOW,
    ORDER_ID,
    a_cancellation,
    a_note,
    a_price,
    an_address_change,
    an_order,
)
from tests.examples_log import (
    Gate,
    a_foreign_note,
    a_store,
    an_envelope,
    append,
    assert_dense,
    closed_gate,
    column,
    next_number,
    notes,
    outcome_of,
    place_an_order,
    superuser,
)

ORDER = f"order-{ORDER_ID}"
TYPES = f"SELECT type FROM event_store.events WHERE stream = '{ORDER}' ORDER BY version"

Asked = asyncio.Task[Answer | OrderTrailError]


def ask(store: Store, command: Command, expected_version: int | None = None) -> Asked:
    envelope = an_envelope(expected_version=expected_version)
    return asyncio.create_task(outcome_of(store.handler.handle(command, envelope)))


async def let_everybody_decide(store: Store) -> None:
    """Loads are answered in order: whoever asked before has decided, and could have answered."""
    for _ in range(4):
        await store.loader.load("nobody", f"none-{next_number()}", ())


async def let_another_process_in(gate: Gate, version: int) -> None:
    """Append a note in the transaction that holds the gate, and let it go."""
    (outcome,) = await append(gate.connection, a_foreign_note(version))
    assert outcome.kind == "appended"
    await gate.connection.commit()


async def versions_of(asked: Sequence[Asked]) -> list[int]:
    answers = await asyncio.gather(*asked)
    assert {type(answer) for answer in answers} == {Answer}, answers
    return [answer.version for answer in answers if isinstance(answer, Answer)]


async def test_500_commands_on_one_order_share_a_few_commits(database_url: str) -> None:
    async with a_store(database_url) as store:
        placed = await place_an_order(store)
        versions = await versions_of([ask(store, note) for note in notes(500)])
    assert sorted(versions) == list(range(2, 502))
    assert await assert_dense(database_url) == placed.position + 500
    async with superuser(database_url) as connection:
        commits = await column(
            connection,
            "SELECT count(DISTINCT xmin::text) FROM event_store.events"
            " WHERE type = 'order-note-added'",
        )
    assert commits[0] <= 5


async def test_commands_decide_on_what_is_decided_but_not_yet_committed(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            first = [ask(store, note) for note in notes(3)]
            await gate.wait_for_appends()
            cancelled = ask(store, a_cancellation())
            await let_everybody_decide(store)
            later = [ask(store, note) for note in notes(2)]
            await let_everybody_decide(store)
        assert await versions_of([*first, cancelled, *later]) == [2, 3, 4, 6, 7, 8]
    assert await assert_dense(database_url) == 5 + 8


async def test_nothing_decided_on_it_is_answered_before_the_commit(database_url: str) -> None:
    """A refusal, a command with nothing to do, a 412, and events."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            cancelled = ask(store, a_cancellation())
            await gate.wait_for_appends()
            refused = ask(store, an_address_change())
            repeated = ask(store, a_cancellation())
            stale = ask(store, a_note(), expected_version=1)
            noted = ask(store, a_note())
            asked = [cancelled, refused, repeated, stale, noted]
            await let_everybody_decide(store)
            assert not any(task.done() for task in asked)
        outcomes = await asyncio.gather(*asked)
    assert isinstance(outcomes[1], OrderStateConflict)
    assert outcomes[1].current_state == "cancelled"
    assert isinstance(outcomes[3], VersionMismatch)
    assert outcomes[3].current_version == 3
    assert [answer.version for answer in outcomes if isinstance(answer, Answer)] == [3, 3, 4]
    assert await assert_dense(database_url) == 5 + 4


async def test_what_rests_on_committed_state_alone_does_not_wait(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            noted = ask(store, a_note())
            await gate.wait_for_appends()
            async with asyncio.timeout(1.5):  # the gate would be given up after 2 s
                unknown = await ask(store, a_note(order_id=CUSTOMER_ID))
            assert not noted.done()
    assert isinstance(unknown, OrderNotFound)


async def test_what_was_refused_on_a_decision_that_fell_is_decided_again(
    database_url: str,
) -> None:
    """The cancellation meets another process's note and its If-Match; so the address may change."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        await ask(store, a_note(note_id="first"))
        async with closed_gate(database_url) as gate:
            cancelled = ask(store, a_cancellation(), expected_version=2)
            await gate.wait_for_appends()
            moved = ask(store, an_address_change())
            noted = ask(store, a_note(note_id="third"))
            await let_everybody_decide(store)
            await let_another_process_in(gate, 2)
        fallen, *others = await asyncio.gather(cancelled, moved, noted)
    assert isinstance(fallen, VersionMismatch)
    assert fallen.current_version == 3
    assert sorted(answer.version for answer in others if isinstance(answer, Answer)) == [4, 5]
    assert await assert_dense(database_url) == 5 + 5


async def test_a_repeat_of_a_decision_that_fell_is_decided_again(database_url: str) -> None:
    """There was nothing left to do, if the note had been added; but it was not."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            fallen = ask(store, a_note(), expected_version=1)
            await gate.wait_for_appends()
            repeat = ask(store, a_note())
            await let_everybody_decide(store)
            await let_another_process_in(gate, 1)
        assert isinstance(await fallen, VersionMismatch)
        assert await versions_of([repeat]) == [3]
    assert await assert_dense(database_url) == 5 + 3


async def test_a_412_on_a_decision_that_fell_is_decided_again(database_url: str) -> None:
    """The cancellation would have made it version 3; another process's note makes it 2."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            fallen = ask(store, a_cancellation(), expected_version=1)
            await gate.wait_for_appends()
            noted = ask(store, a_note(), expected_version=2)
            await let_everybody_decide(store)
            await let_another_process_in(gate, 1)
        assert isinstance(await fallen, VersionMismatch)
        assert await versions_of([noted]) == [3]
    assert await assert_dense(database_url) == 5 + 3


async def test_what_is_chained_on_a_culprit_is_decided_again(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            blocking = ask(store, a_note(note_id="blocking"))
            await gate.wait_for_appends()
            culprit = ask(store, a_note(note_id="culprit", text="\ud800"))
            chained = [ask(store, note) for note in notes(20)]
            await let_everybody_decide(store)
        assert isinstance(await culprit, AppendRefused)
        assert await versions_of([blocking]) == [2]
        assert sorted(await versions_of(chained)) == list(range(3, 23))
    assert await assert_dense(database_url) == 5 + 22


async def test_an_order_reads_prices_that_are_committed_and_no_others(database_url: str) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            priced = ask(store, a_price(price_id="new", amount_minor=1, valid_from=NOW - MINUTE))
            await gate.wait_for_appends()
            ordered = ask(store, an_order(order_id=CUSTOMER_ID))
            await let_everybody_decide(store)
        assert await versions_of([priced, ordered]) == [4, 1]
        stream = await store.log.read_stream(f"order-{CUSTOMER_ID}")
    placed = stream[0].data
    assert isinstance(placed, OrderPlaced)
    assert placed.lines[0].unit_price_minor == 1_250


async def test_a_price_that_was_answered_counts_in_every_process(database_url: str) -> None:
    async with a_store(database_url) as office, a_store(database_url) as shop:
        await place_an_order(shop)
        for number in range(1, 6):
            price = a_price(
                price_id=f"p-{number}",
                amount_minor=number,
                valid_from=NOW - 60 * MINUTE + number * MINUTE,
            )
            await versions_of([ask(office, price)])
            order_id = f"0196a000-0000-7000-8000-{number:012d}"
            await versions_of([ask(shop, an_order(order_id=order_id))])
            placed = (await shop.log.read_stream(f"order-{order_id}"))[0].data
            assert isinstance(placed, OrderPlaced)
            assert placed.lines[0].unit_price_minor == number


@pytest.mark.parametrize("count", [1, 50])
async def test_nothing_is_left_of_the_overlay_when_all_is_settled(
    database_url: str, count: int
) -> None:
    async with a_store(database_url) as store:
        await place_an_order(store)
        await versions_of([ask(store, note) for note in notes(count)])
        handler = store.handler
        assert (handler._overlay, handler._owners, handler._running) == ({}, {}, {})
