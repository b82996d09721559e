"""Which commands of a batch have to wait for which?

A command waits for the answers of those before it that write what it reads or writes, or read what
it writes: it is decided on what they have left, committed. All others are on their way at once.
Streams count that a command names; those that only its decision turns out to be about (the stock of
an order's lines) are kept from moving by the append itself.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from commands.decider import Decider
from commands.registry import DECIDERS, Command

T = TypeVar("T")


class BatchOrder(Generic[T]):
    """Begins the commands of one batch; `begin` is called in the order of the list."""

    def __init__(self) -> None:
        """Know of no command yet."""
        self._writers: dict[str, asyncio.Task[T]] = {}
        self._readers: dict[str, list[asyncio.Task[T]]] = {}

    def begin(
        self, command: Command, carry_out: Callable[[], Coroutine[Any, Any, T]]
    ) -> asyncio.Task[T]:
        """Carry a command out once it is its turn; what it raises is for who awaits it."""
        decider: Decider[Any] = DECIDERS[type(command)]
        written, read = decider.writes(command), decider.reads(command)
        earlier = self._earlier(written, read)
        task = asyncio.create_task(_after(earlier, carry_out) if earlier else carry_out())
        for stream in read:
            self._readers.setdefault(stream, []).append(task)
        for stream in written:
            self._writers[stream] = task
            self._readers.pop(stream, None)  # who comes after waits for this one, and so for them
        return task

    def _earlier(
        self, written: tuple[str, ...], read: tuple[str, ...]
    ) -> tuple[asyncio.Task[T], ...]:
        found = [self._writers[each] for each in (*written, *read) if each in self._writers]
        found += [task for each in written for task in self._readers.get(each, ())]
        return tuple(dict.fromkeys(found))


async def _after(
    earlier: tuple[asyncio.Task[T], ...], carry_out: Callable[[], Coroutine[Any, Any, T]]
) -> T:
    await asyncio.wait(earlier)
    return await carry_out()
