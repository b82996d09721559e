"""Which number do people call the next order by?

Numbers are taken from the database in blocks per channel and year, so that an order costs no round
trip; what a stopped process had left of its block is a gap (domain.md §1.8).
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.errors import Unavailable
from domain.order_number import CHANNEL_LETTERS, channel_letter, format_order_number
from sql.connection import Connection, answered_within

BLOCK_MIN: Final = 20
BLOCK_MAX: Final = 2_000
TAKE_SECONDS_MAX: Final = 2.0

_TAKE: Final = b"SELECT event_store.take_order_numbers_v1(%s, %s, %s)"


@dataclass(slots=True)
class _Block:
    next: int = 0
    end: int = 0
    size: int = BLOCK_MIN
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)


class OrderNumberBlocks:
    """Gives out numbers from blocks; the block doubles each time it is used up."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        letters: Mapping[str, str] = CHANNEL_LETTERS,
    ) -> None:
        """Use a pool whose role may execute `take_order_numbers_v1`; `letters` is by channel."""
        self._pool = pool
        self._letters = letters
        self._blocks: defaultdict[tuple[str, int], _Block] = defaultdict(_Block)

    async def take(self, channel: str, placed_at: datetime) -> str:
        """Take the next number of a channel and of the (UTC) year in which the order is placed.

        Raises:
            Unavailable: the database does not answer in time.
        """
        letter = channel_letter(channel, self._letters)
        year = placed_at.astimezone(UTC).year
        block = self._blocks[letter, year]
        if block.next >= block.end:
            async with block.taking:
                if block.next >= block.end:
                    await self._refill(block, letter, year)
        number = block.next
        block.next += 1
        return format_order_number(channel, year % 100, number, self._letters)

    async def _refill(self, block: _Block, letter: str, year: int) -> None:
        try:
            async with answered_within(TAKE_SECONDS_MAX), self._pool.connection() as connection:
                row = await (await connection.execute(_TAKE, (letter, year, block.size))).fetchone()
        except (psycopg.OperationalError, PoolTimeout, TimeoutError) as error:
            raise Unavailable("no order numbers can be taken now") from error
        assert row is not None
        block.next, block.end = int(row[0]), int(row[0]) + block.size
        block.size = min(2 * block.size, BLOCK_MAX)
