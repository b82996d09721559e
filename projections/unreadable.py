"""What does a follower know of an event that its code cannot read, or need not?

Where it stands and why it cannot be read: enough to park what depends on it and to go on.
"""

from dataclasses import dataclass
from typing import Final

from domain.envelope import RecordedEvent

PASSED_OVER: Final = "nobody here looks at it"
"""The `detail` of an event that was not read because the follower wants none of its type."""


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """An event of the log of an unknown type, a newer schema version or with broken data.

    Units: `position` is its place in the log, `version` its place in the stream. `detail` says
    why it cannot be read, without its data.
    """

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    detail: str


LogEvent = RecordedEvent | UnreadableEvent
"""What stands at a position of the log, read as well as this code can."""
