"""How does work that waits end when somebody asks it to, with Ctrl-C or SIGTERM?

It is an asyncio task: the first signal cancels it, so that its `finally` blocks end it in order; a
second one cancels what these wait for.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from cli.interrupts import EXIT_OF_SIGNAL, Interrupted, interrupt_on_sigterm


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

    # What is ignored stays so: nohup asks for that.
    heeded = [one for one in EXIT_OF_SIGNAL if signal.getsignal(one) != signal.SIG_IGN]
    for number in heeded:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Interrupted(EXIT_OF_SIGNAL[received[0]]) from None
        raise
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
        interrupt_on_sigterm()
