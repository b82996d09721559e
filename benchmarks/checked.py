"""Is the log that was measured in order, and are its read tables the fold of it?

`ordertrail check` on every database at the end of its measurement: a figure of a system that loses
something is worth nothing.
"""

import json
import subprocess
import sys

from benchmarks.figures import say
from benchmarks.measured_system import PROGRAM, any_port, settings


def require_checked(database_url: str) -> None:
    """Let the program check a database.

    Raises:
        AssertionError: it found a difference.
    """
    done = subprocess.run(
        [str(PROGRAM), "check", "--json"],
        check=False,
        env=settings(database_url, any_port()),
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
    )
    assert done.returncode == 0, done.stdout.decode()
    say(f"checked up to position {json.loads(done.stdout)['position']:,}")
