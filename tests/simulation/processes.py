"""What is a process of the simulation, and how does it die in the middle of anything?

Every task that is made in a process belongs to it. A task's steps (from one await to the next) are
counted, so that a process can be killed before any step of its life: from then on its connections
are dead, its tasks are cancelled, and whatever they still try to clean up reaches nobody. A stopped
process takes no step until it goes on, as after SIGSTOP.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from types import TracebackType
from typing import Any, Protocol, cast

REAP_ROUNDS_MAX = 200

Main = Callable[["Process"], Coroutine[Any, Any, None]]

CURRENT: ContextVar["Process | None"] = ContextVar("process", default=None)


class Cuttable(Protocol):
    """A connection that breaks when its process dies."""

    def cut(self) -> None:
        """Break."""
        ...


def current_process() -> "Process":
    """Tell to which process the code that asks belongs."""
    process = CURRENT.get()
    assert process is not None, "only processes talk to servers"
    return process


async def for_ever() -> None:
    """Wait for what never comes."""
    await asyncio.get_running_loop().create_future()


class Process:
    """One incarnation of a process."""

    def __init__(self, name: str, on_crash: Callable[["Process", BaseException], None]) -> None:
        self.name = name
        self.is_alive = True
        self.steps = 0
        self.dies_at_step = 0
        self.links: dict[Cuttable, None] = {}  # in the order in which they were made
        self.died: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_crash = on_crash
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._goes_on: asyncio.Future[None] | None = None

    def start(self, main: Main) -> None:
        """Run a main function in this process."""
        token = CURRENT.set(self)
        asyncio.get_running_loop().create_task(self._run(main))
        CURRENT.reset(token)

    def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin work in this process on behalf of somebody outside."""
        token = CURRENT.set(self)
        task = asyncio.get_running_loop().create_task(work)
        CURRENT.reset(token)
        return task

    def hear(self, callback: Callable[[], object]) -> None:
        """Let the process hear of something: now, when it goes on, or never."""
        if not self.is_alive:
            return
        if self._goes_on is not None:
            self._goes_on.add_done_callback(lambda _: self.hear(callback))
            return
        token = CURRENT.set(self)
        callback()
        CURRENT.reset(token)

    def kill(self) -> None:
        """Die at once."""
        if not self.is_alive:
            return
        self.is_alive = False
        for link in list(self.links):
            link.cut()
        self.go_on()
        token = CURRENT.set(None)
        asyncio.get_running_loop().create_task(self._reap())
        CURRENT.reset(token)

    def stop(self) -> None:
        """Take no step until `go_on`."""
        if self.is_alive and self._goes_on is None:
            self._goes_on = asyncio.get_running_loop().create_future()

    def go_on(self) -> None:
        """Go on after a stop."""
        goes_on, self._goes_on = self._goes_on, None
        if goes_on is not None:
            goes_on.set_result(None)

    def standstill(self) -> Generator[Any, Any, Any] | None:
        """Make what a task of a stopped process waits for; None while it runs."""
        stopped = self._goes_on
        if stopped is None:
            return None
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stopped.add_done_callback(lambda _: waiter.done() or waiter.set_result(None))
        return waiter.__await__()

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Take note of a task of this process."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    def count_step(self) -> None:
        """Count a step, and die before it if that is its fate."""
        self.steps += 1
        if self.steps == self.dies_at_step:
            self.kill()

    async def _run(self, main: Main) -> None:
        try:
            await main(self)
        except Exception as error:  # noqa: BLE001 - the world judges it
            if self.is_alive:
                self._on_crash(self, error)

    async def _reap(self) -> None:
        """Cancel the tasks again and again: some clean up, and nothing answers them."""
        for _ in range(REAP_ROUNDS_MAX):
            if not self._tasks:
                break
            for task in list(self._tasks):
                task.cancel()
            await asyncio.sleep(0)
        assert not self._tasks, f"{self.name} does not die: {self._tasks}"
        self.died.set_result(None)


class _Steps(Coroutine[Any, Any, Any]):
    """A coroutine of a process, step by step."""

    def __init__(self, process: Process, inner: Coroutine[Any, Any, Any]) -> None:
        self._process = process
        self._inner = inner
        self._missed: BaseException | None = None

    def send(self, value: Any, /) -> Any:  # noqa: ANN401 - whatever the loop sends
        """Go on to the next await."""
        process = self._process
        standstill = process.standstill()
        if standstill is not None:
            return next(standstill)
        process.count_step()
        if not process.is_alive:
            return self._inner.throw(asyncio.CancelledError())
        missed, self._missed = self._missed, None
        return self._inner.send(value) if missed is None else self._inner.throw(missed)

    def throw(
        self,
        kind: Any,  # noqa: ANN401 - an exception, or its class as it used to be given
        value: BaseException | object = None,
        trace: TracebackType | None = None,
        /,
    ) -> Any:  # noqa: ANN401
        """Raise an exception where the coroutine waits."""
        del trace
        standstill = self._process.standstill()
        if standstill is not None:
            self._missed = cast("BaseException", kind if value is None else value)
            return next(standstill)
        return self._inner.throw(kind)

    def close(self) -> None:
        """End the coroutine."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        """Await it."""
        return self._inner.__await__()


def make_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    *,
    name: str | None = None,
    context: Context | None = None,
) -> asyncio.Task[Any]:
    """Make tasks for a loop so that each belongs to the process that asks for it."""
    assert isinstance(work, Coroutine)
    process = CURRENT.get()
    if process is None:
        return asyncio.Task(work, loop=loop, name=name, context=context)
    task = asyncio.Task(_Steps(process, work), loop=loop, name=name, context=context)
    process.adopt(task)
    return task
