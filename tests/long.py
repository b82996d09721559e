"""How long does a fault last: seconds in `make test`, or as long as reliability.md asks?

`make test-long` sets ORDERTRAIL_LONG=1.
"""

import os
from typing import Final

VARIABLE: Final = "ORDERTRAIL_LONG"


def is_long() -> bool:
    """Say whether this is the run with the full durations."""
    return os.environ.get(VARIABLE) == "1"


def duration(short: float, long: float) -> float:
    """Choose between the seconds of the short form and those of the long one."""
    return long if is_long() else short
