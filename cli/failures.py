"""How does the program end when something is wrong, and with which exit code?

`cli/program.py` turns these into one line on standard error; a traceback is a bug.
"""

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1
    """A mismatch was found, or the work could not be done."""
    USAGE = 2
    CONFIGURATION = 3
    """It cannot start: settings, database, broker or migrations."""
    INTERRUPTED = 130
    """Ctrl-C."""
    TERMINATED = 143
    """SIGTERM, after an ordered end."""


class ProgramFailed(Exception):
    """The command ends here; the sentence is for the person who ran it."""

    exit_code: ClassVar[Exit] = Exit.FAILED


class OutputFailed(ProgramFailed):
    """The results cannot be written, to a full disk for example."""


class CommandFailed(ProgramFailed):
    """The command ran and did not reach its goal."""


class UsageFailed(ProgramFailed):
    """The arguments contradict each other or name something that does not exist."""

    exit_code: ClassVar[Exit] = Exit.USAGE


class ConfigurationFailed(ProgramFailed):
    """The program cannot start like this; the sentence says what to change."""

    exit_code: ClassVar[Exit] = Exit.CONFIGURATION
