"""Is the provider called as soon as the wish is on disk, and once, however the log brings it?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.pending import PendingAppend
from commands.provider_calls import ProviderCall
from commands.provider_facts import ProviderFact
from domain.envelope import RecordedEvent
from domain.events import EVENT_NAMES
from domain.fulfilment_policy import FulfilmentPolicy
from domain.payment_events import PaymentAuthorized, PaymentRequested
from sql.store import Store, open_store
from tests.api_client import new_id
from tests.payment_examples import REQUESTED
from tests.running_process import Counter, a_sandbox, books_of
from tests.running_workers import eventually, read_log
from workers.fulfilment import FulfilmentProcess
from workers.http_client import open_client
from workers.outside_calls import OutsideCalls
from workers.payment_provider import SandboxProvider

SLOW_SECONDS = 60.0


class CountingProvider(SandboxProvider):
    """The sandbox, asked through somebody who counts, and may stumble at first or take its time."""

    stumbles = 0
    called = 0
    is_slow = False

    async def carry_out(self, call: ProviderCall) -> list[ProviderFact]:
        """Carry out a call, or fail in a way that nobody expects."""
        self.called += 1
        if self.called <= self.stumbles:
            raise KeyError("stumbled")
        if self.is_slow:
            await asyncio.sleep(SLOW_SECONDS)
        return await super().carry_out(call)


@dataclass
class Shop:
    """Calls to the sandbox that hear what the counter commits."""

    store: Store
    counter: Counter
    outside: OutsideCalls
    provider: CountingProvider
    sandbox_url: str

    async def ask_for_money(self) -> RecordedEvent:
        """Commit a wish for money, and answer how it stands in the log."""
        await self.counter.send(*REQUESTED)
        (wish,) = [each for each in await self.log() if isinstance(each.data, PaymentRequested)]
        return wish

    async def log(self) -> list[RecordedEvent]:
        """Read everything."""
        return await read_log(self.counter.database_url)

    async def is_paid(self) -> bool:
        """Tell whether the log knows that the provider vouches for the money."""
        return any(isinstance(each.data, PaymentAuthorized) for each in await self.log())


@asynccontextmanager
async def a_shop(database_url: str, folder: Path) -> AsyncGenerator[Shop]:
    async with (
        a_sandbox(folder) as url,
        open_client(5.0, url) as client,
        open_store(database_url, role_prefix="ordertrail", code_version="test") as store,
    ):
        provider = CountingProvider(client)
        outside = OutsideCalls(
            store.handler,
            store.loader,
            provider=provider,
            provider_name="sandbox",
            carrier=None,
            carrier_name="sandbox",
        )
        store.handler.tell(outside.hear)
        yield Shop(store, Counter(store, database_url), outside, provider, url)


async def test_a_call_begins_before_the_log_brings_its_wish_and_is_made_once(
    database_url: str, tmp_path: Path
) -> None:
    async with a_shop(database_url, tmp_path) as shop:
        shop.outside.acts(is_consumer=True)
        await shop.ask_for_money()
        await eventually(lambda: shop.outside.unfinished() is None)
        assert await shop.is_paid()
        await shop.outside.react(await shop.log())
        assert shop.outside.unfinished() is None
        assert shop.provider.called == 1
        assert books_of(shop.sandbox_url)["authorised_minor"] > 0


async def test_the_checkpoint_stays_before_a_call_that_began_ahead(
    database_url: str, tmp_path: Path
) -> None:
    async with a_shop(database_url, tmp_path) as shop:
        shop.outside.acts(is_consumer=True)
        shop.provider.is_slow = True
        wish = await shop.ask_for_money()
        assert shop.outside.unfinished() == wish.position
        await shop.outside.react(await shop.log())
        assert shop.outside.unfinished() == wish.position
        await shop.outside.close()


async def test_nothing_begins_ahead_while_another_process_calls(
    database_url: str, tmp_path: Path
) -> None:
    async with a_shop(database_url, tmp_path) as shop:
        shop.outside.acts(is_consumer=True)
        shop.outside.acts(is_consumer=False)
        wish = await shop.ask_for_money()
        assert (shop.outside.unfinished(), shop.provider.called) == (None, 0)
        await shop.outside.react([wish])
        assert shop.provider.called == 1


async def test_nothing_begins_that_the_log_brought_before_the_append_was_answered(
    database_url: str, tmp_path: Path
) -> None:
    async with a_shop(database_url, tmp_path) as shop:
        shop.outside.acts(is_consumer=True)
        heard: list[PendingAppend] = []
        shop.store.handler.tell(heard.append)
        wish = await shop.ask_for_money()
        await shop.outside.react([wish])
        for told in heard:
            shop.outside.hear(told)
        assert shop.outside.unfinished() is None
        assert shop.provider.called == 1


async def test_the_log_brings_again_what_failed_ahead_of_it(
    database_url: str, tmp_path: Path
) -> None:
    async with a_shop(database_url, tmp_path) as shop:
        shop.outside.acts(is_consumer=True)
        shop.provider.stumbles = 1
        wish = await shop.ask_for_money()
        await eventually(lambda: shop.outside.unfinished() is None)
        assert not await shop.is_paid()
        await shop.outside.react([wish])
        assert await shop.is_paid()
        assert shop.provider.called == 2


async def test_what_is_told_of_a_decision_is_what_stands_in_the_log(database_url: str) -> None:
    async with open_store(database_url, role_prefix="ordertrail", code_version="test") as store:
        heard: list[PendingAppend] = []
        store.handler.tell(heard.append)
        counter = Counter(store, database_url)
        await counter.open_shop()
        await counter.place(new_id())
        process = FulfilmentProcess(store.handler, store.loader, FulfilmentPolicy())
        await process.react(await read_log(database_url))
        told = [event for each in heard for event in each.recorded(EVENT_NAMES)]
        assert told == await read_log(database_url)
        assert len({event.stream for event in heard[-1].recorded(EVENT_NAMES)}) > 2
