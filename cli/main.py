"""How does the program `ordertrail` begin, and end when it is interrupted before it has begun?

Whatever takes its time to import is imported by `main`, so that Ctrl-C ends that quietly too.
"""

import sys
from typing import NoReturn

from cli.failures import Exit
from cli.streams import open_streams


def main() -> NoReturn:
    """Run the command that the arguments name, and exit."""
    try:
        open_streams()
        from cli.program import command_named, run  # noqa: PLC0415 - it takes its time

        exit_code = run(lambda: command_named(sys.argv[1:]))
    except KeyboardInterrupt:
        exit_code = Exit.INTERRUPTED
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
