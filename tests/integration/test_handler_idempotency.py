"""Does a command sent again have no second effect, and the same answer?"""

import asyncio
from dataclasses import replace

import pytest

from commands.envelope import Answer
from commands.handler import CommandHandler
from domain.errors import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    OrderNotFound,
    OrderStateConflict,
    VersionMismatch,
)
from tests.examples import (
    CUSTOMER_ID,
    ORDER_ID,
    a_cancellation,
    a_customer,
    a_note,
    a_product,
    an_address_change,
    an_order,
)
from tests.examples_log import (
    MeddlingLoader,
    a_store,
    an_envelope,
    assert_dense,
    closed_gate,
    column,
    notes,
    outcome_of,
    place_an_order,
    superuser,
)


async def records_of(url: str) -> int:
    async with superuser(url) as connection:
        (count,) = await column(connection, "SELECT count(*) FROM event_store.commands")
    return count


async def test_the_same_request_again_is_answered_as_before(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await place_an_order(store)
        first = await store.handler.handle(a_cancellation(), envelope)
        await store.handler.handle(a_note(), an_envelope())
        again = await store.handler.handle(a_cancellation(), envelope)
    assert first == Answer(ORDER_ID, 3, 8, created=False)
    assert again == replace(first, replayed=True)
    assert await assert_dense(database_url) == 9


async def test_an_order_is_answered_with_its_number_again(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store, a_store(database_url) as other:
        await place_an_order(store)
        order = an_order(order_id=CUSTOMER_ID, order_number="W26-0000042-X")
        first = await store.handler.handle(order, envelope)
        # The edge takes a number before it knows that the request is a repeat.
        repeat = replace(order, order_number="W26-0000043-X")
        again = await other.handler.handle(repeat, envelope)
        by_content = await other.handler.handle(repeat, an_envelope())
    assert first == Answer(CUSTOMER_ID, 1, 7, created=True, order_number="W26-0000042-X")
    assert again == replace(first, replayed=True)
    assert by_content == first


async def test_the_key_of_another_request_is_refused(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await store.handler.handle(a_product(), envelope)
        with pytest.raises(IdempotencyKeyReused):
            await store.handler.handle(
                a_product(sku="OTHER"), replace(envelope, fingerprint=b"g" * 32)
            )
    assert await assert_dense(database_url) == 1


async def test_the_key_of_another_principal_is_another_key(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await store.handler.handle(a_product(), envelope)
        answer = await store.handler.handle(
            a_product(sku="OTHER"), replace(envelope, principal="staff:anna")
        )
    assert answer == Answer("OTHER", 1, 2, created=True)


async def test_the_same_request_at_the_same_time_is_told_to_wait(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        async with closed_gate(database_url) as gate:
            first = asyncio.create_task(store.handler.handle(a_product(), envelope))
            await gate.wait_for_appends()
            for fingerprint in (b"f" * 32, b"g" * 32):
                with pytest.raises(IdempotencyInProgress):
                    await store.handler.handle(
                        a_product(), replace(envelope, fingerprint=fingerprint)
                    )
            assert not first.done()
        answer = await first
        again = await store.handler.handle(a_product(), envelope)
    assert again == replace(answer, replayed=True)
    assert await assert_dense(database_url) == 1


async def test_the_record_is_looked_for_before_if_match(database_url: str) -> None:
    envelope = an_envelope(expected_version=1)
    async with a_store(database_url) as store, a_store(database_url) as other:
        await place_an_order(store)
        first = await store.handler.handle(a_note(), envelope)
        for process in (store, other):
            again = await process.handler.handle(a_note(), envelope)
            assert again == replace(first, replayed=True)
        with pytest.raises(VersionMismatch):
            await other.handler.handle(a_note(note_id="n"), an_envelope(expected_version=1))


async def test_a_command_without_effect_is_recorded_and_replayed(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await place_an_order(store)
        await store.handler.handle(a_note(), an_envelope())
        nothing = await store.handler.handle(a_note(), envelope)
        await store.handler.handle(a_note(note_id="later"), an_envelope())
        again = await store.handler.handle(a_note(), envelope)
    assert nothing == Answer(ORDER_ID, 2, 7, created=False)
    assert again == replace(nothing, replayed=True)
    assert await records_of(database_url) == 8


async def test_a_refusal_is_not_kept_and_may_turn_into_success(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        for _ in range(2):
            with pytest.raises(OrderNotFound):
                await store.handler.handle(a_note(), envelope)
        assert await records_of(database_url) == 0
        await place_an_order(store)
        answer = await store.handler.handle(a_note(), envelope)
    assert answer == Answer(ORDER_ID, 2, 7, created=False)


async def test_the_record_is_read_again_before_a_refusal(database_url: str) -> None:
    """Another process answers the very request between our load and our decision."""
    envelope = an_envelope(expected_version=1)
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)

        async def the_other_process_answers() -> None:
            await there.handler.handle(a_cancellation(), envelope)
            await here.loader.load("nobody", "none", [f"order-{ORDER_ID}"])

        loader = MeddlingLoader(here.loader, the_other_process_answers)
        handler = CommandHandler(loader, here.appender, "test")
        answer = await handler.handle(a_cancellation(), envelope)
    assert answer == Answer(ORDER_ID, 3, 8, created=False, replayed=True)
    assert loader.loads == 2
    assert await assert_dense(database_url) == 8


async def test_the_record_is_read_again_before_a_refusal_of_another_body(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)

        async def the_key_is_used_elsewhere() -> None:
            await there.handler.handle(a_cancellation(), replace(envelope, fingerprint=b"g" * 32))
            await here.loader.load("nobody", "none", [f"order-{ORDER_ID}"])

        loader = MeddlingLoader(here.loader, the_key_is_used_elsewhere)
        handler = CommandHandler(loader, here.appender, "test")
        with pytest.raises(IdempotencyKeyReused):
            await handler.handle(an_address_change(), envelope)


async def test_a_duplicate_at_the_append_is_answered_from_the_record(database_url: str) -> None:
    """Another process was faster after our load, and we did not see it."""
    envelope = an_envelope()
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)
        loader = MeddlingLoader(
            here.loader, lambda: there.handler.handle(a_cancellation(), envelope)
        )
        handler = CommandHandler(loader, here.appender, "test")
        answer = await handler.handle(a_cancellation(), envelope)
    assert answer == Answer(ORDER_ID, 3, 8, created=False, replayed=True)
    assert await assert_dense(database_url) == 8


async def test_one_effect_per_key_whichever_process_gets_the_request(database_url: str) -> None:
    """Every request goes to both processes at once, and comes again while it is under way."""
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)
        requests = [(note, an_envelope()) for note in notes(100)]
        outcomes = await asyncio.gather(
            *(
                outcome_of(store.handler.handle(note, envelope))
                for note, envelope in requests
                for store in (here, there, here)
            )
        )
        answers = [
            {outcome for outcome in outcomes[n : n + 3] if isinstance(outcome, Answer)}
            for n in range(0, len(outcomes), 3)
        ]
        finals = [await there.handler.handle(note, envelope) for note, envelope in requests]
    others = {type(outcome) for outcome in outcomes} - {Answer}
    assert others <= {IdempotencyInProgress}
    for same, final in zip(answers, finals, strict=True):
        assert {replace(answer, replayed=True) for answer in same} == {final}
        assert sum(not answer.replayed for answer in same) == 1
    assert sorted(answer.version for answer in finals) == list(range(2, 102))
    assert await assert_dense(database_url) == 6 + 100


async def test_a_request_is_carried_out_by_whoever_gets_it_after_a_refusal_elsewhere(
    database_url: str,
) -> None:
    """A refusal leaves nothing behind that would block the key."""
    envelope = an_envelope()
    async with a_store(database_url) as here, a_store(database_url) as there:
        await place_an_order(here)
        await here.handler.handle(a_cancellation(), an_envelope())
        for store in (here, there, here):
            with pytest.raises(OrderStateConflict):
                await store.handler.handle(an_address_change(), envelope)
        answer = await there.handler.handle(a_note(), envelope)
    assert answer == Answer(ORDER_ID, 4, 9, created=False)


async def test_the_answer_of_a_customer_names_the_customer(database_url: str) -> None:
    """Although the registration writes two streams."""
    envelope = an_envelope()
    async with a_store(database_url) as store:
        first = await store.handler.handle(a_customer(), envelope)
        again = await store.handler.handle(a_customer(), envelope)
    assert first == Answer(CUSTOMER_ID, 1, 2, created=True)
    assert again == replace(first, replayed=True)
