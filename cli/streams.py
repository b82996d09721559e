"""What do the standard streams do when they are closed, or when what they lead to is full?

A descriptor that is missing would be given to the next file or socket that is opened, and written
to; /dev/null takes its place. A result that cannot be written ends the command and says so; it must
not look like a socket's error. Notes that cannot be written are lost, and the work goes on.
"""

import io
import os
import sys
from typing import Any, Final, TextIO

from cli.failures import OutputFailed

STANDARD_INPUT: Final = 0
STANDARD_OUTPUT: Final = 1
STANDARD_ERROR: Final = 2


class ResultFile(io.FileIO):
    """Where results go."""

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - bytes in whatever form
        """Write a part of a result.

        Raises:
            OutputFailed: it cannot be written.
            BrokenPipeError: whoever read it has gone.
        """
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputFailed(f"The output cannot be written: {error.strerror}.") from error


class NoteFile(io.FileIO):
    """Where everything goes that is no result."""

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - bytes in whatever form
        """Write a part of a note, or lose it.

        Raises:
            BrokenPipeError: whoever read it has gone.
        """
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            return len(data)


def open_streams() -> None:
    """Make the standard streams ready to be used, whatever the program was started with."""
    for descriptor in (STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR):
        _open_if_missing(descriptor)
    if _is_missing(sys.stdin):
        sys.stdin = open(STANDARD_INPUT, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _text(ResultFile(STANDARD_OUTPUT, "w", closefd=False), sys.stdout)
    sys.stderr = _text(NoteFile(STANDARD_ERROR, "w", closefd=False), sys.stderr)


def _open_if_missing(descriptor: int) -> None:
    """Put /dev/null in the place of a closed descriptor; those below it must be open."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)
        assert opened == descriptor, "the lowest free descriptor is taken"
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it has no name


def _is_missing(stream: TextIO | None) -> bool:
    """Tell whether the interpreter found a descriptor closed when it started."""
    return stream is None


def _text(file: io.FileIO, before: TextIO | None) -> io.TextIOWrapper:
    """Write texts to a file as the stream did that the interpreter has made."""
    writer = io.BufferedWriter(file)
    if not isinstance(before, io.TextIOWrapper):
        return io.TextIOWrapper(writer, encoding="utf-8", errors="backslashreplace")
    return io.TextIOWrapper(
        writer,
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=before.line_buffering,
        write_through=before.write_through,
    )
