"""How does a command end when somebody asks it to, with Ctrl-C or SIGTERM?

Work that waits is an asyncio task: the first signal cancels it, so that its `finally` blocks end
it in order; a second one cancels what these wait for. Work that does not wait is interrupted by an
exception. Exit code 143 after SIGTERM, 130 after Ctrl-C.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final

from cli.failures import Exit

STANDARD_INPUT: Final = 0
EXIT_OF_SIGNAL: Final = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupted(BaseException):
    """A signal asked the command to end."""

    def __init__(self, exit_code: Exit) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def interrupt_on_sigterm() -> None:
    """Make SIGTERM end the program through its `finally` blocks."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted(Exit.TERMINATED)

    signal.signal(signal.SIGTERM, interrupt)


def run_async(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run asynchronous work to its end and answer its exit code.

    Raises:
        Interrupted: a signal ended it.
    """
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(_until_signalled(work))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Take uvloop where there is one: a worker spends a fifth of its time in the event loop."""
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not for commands that only print

    return uvloop.new_event_loop


async def _until_signalled(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    received: list[signal.Signals] = []
    task = asyncio.ensure_future(work())
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    for number in EXIT_OF_SIGNAL:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Interrupted(EXIT_OF_SIGNAL[received[0]]) from None
        raise
    finally:
        for number in EXIT_OF_SIGNAL:
            loop.remove_signal_handler(number)
        interrupt_on_sigterm()


def end_with_parent() -> None:
    """End this process in order when the one that supervises it is gone, however it went.

    The parent holds the other end of standard input and never writes to it.
    """

    def watch() -> None:
        # Not through sys.stdin: its lock, held by this thread, would break the interpreter's end.
        while os.read(STANDARD_INPUT, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
