"""How is the program interrupted: by Ctrl-C, by SIGTERM, by the end of its supervisor?

Exit code 143 after SIGTERM, 130 after Ctrl-C. Imported with every command, so it imports little.
"""

import os
import signal
import threading
from types import FrameType
from typing import Final

from cli.failures import Exit

STANDARD_INPUT: Final = 0
EXIT_OF_SIGNAL: Final = {
    signal.SIGINT: Exit.INTERRUPTED,
    signal.SIGTERM: Exit.TERMINATED,
    signal.SIGHUP: Exit.TERMINATED,
}
"""Signals that end the program in order; a terminal that is closed counts as SIGTERM."""


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
