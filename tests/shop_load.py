"""How does a fault test keep a shop busy while it breaks something?

Orders of one customer for one product, placed through the real command side by a few callers at a
time, until the test has seen enough.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from sql.store import Store
from tests.examples import a_note, a_shop, an_order
from tests.examples_log import a_store, an_envelope

CALLERS: Final = 4
PAUSE_SECONDS: Final = 0.02


class ShopLoad:
    """What was placed so far."""

    def __init__(self, store: Store, pause_seconds: float) -> None:
        self._store = store
        self._pause_seconds = pause_seconds
        self.orders = 0

    async def open_shop(self) -> None:
        """Register what orders need."""
        for wish in a_shop():
            await self._store.handler.handle(wish, an_envelope())

    async def place(self) -> None:
        """Place one order and add a note to it."""
        order_id = str(uuid.uuid4())
        number = await self._store.order_numbers.take("web", an_order().asked_at)
        order = an_order(order_id=order_id, order_number=number, fingerprint=order_id)
        await self._store.handler.handle(order, an_envelope())
        note = a_note(order_id=order_id, note_id=str(uuid.uuid4()))
        await self._store.handler.handle(note, an_envelope())
        self.orders += 1

    async def place_for_ever(self) -> None:
        """Place one order after the other."""
        while True:
            await self.place()
            await asyncio.sleep(self._pause_seconds)


@asynccontextmanager
async def busy_shop(
    database_url: str, *, pause_seconds: float = PAUSE_SECONDS
) -> AsyncGenerator[ShopLoad]:
    """Keep placing orders while the block runs; an order that fails fails the test.

    `pause_seconds` is how long each caller rests after an order.
    """
    async with a_store(database_url) as store:
        load = ShopLoad(store, pause_seconds)
        await load.open_shop()
        async with asyncio.TaskGroup() as callers:
            tasks = [callers.create_task(load.place_for_ever()) for _ in range(CALLERS)]
            yield load
            for task in tasks:
                task.cancel()
