"""What do answers look like that show events of the log?

As in `api/read_bodies.py`, the models document; `api/event_bodies.py` makes the answers.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from api.read_bodies import AsOfPosition

UNLESS_UNREADABLE: Final = "null only where `unreadable` says that the metadata does not tell"


class ActorRead(BaseModel):
    """Who sent the command."""

    kind: str
    id: str


class EventRead(BaseModel):
    """An event of the log; the feed of the whole log leaves the personal fields out.

    Where what is stored cannot be read, `unreadable` says why, and what can be shown is shown.
    """

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Annotated[ActorRead | None, Field(description=UNLESS_UNREADABLE)]
    command_id: Annotated[str | None, Field(description=UNLESS_UNREADABLE)]
    correlation_id: Annotated[str | None, Field(description=UNLESS_UNREADABLE)]
    causation_id: str | None
    data: Annotated[
        Any,
        Field(
            description="an object; applications beside this API may store other JSON. Null with "
            "`unreadable` set: it cannot be read"
        ),
    ]
    unreadable: Annotated[
        str | None,
        Field(
            description="null: everything could be read. Else why `data` or the metadata cannot be "
            "(half of a surrogate pair, a number out of range, too deep a nesting, nobody named)"
        ),
    ]
    data_text: Annotated[
        str | None,
        Field(
            description="the payload as it is stored where `data` cannot be read. Always null in "
            "the feed of the whole log: the text may hold personal fields"
        ),
    ]


class EventFeed(BaseModel):
    """A piece of the log."""

    events: list[EventRead]
    next_after_position: Annotated[
        int, Field(description="send it as `after_position`; events up to it were looked at")
    ]
    head_position: Annotated[int, Field(description="the end of the log")]


class OrderHistory(BaseModel):
    """What happened to an order, oldest first."""

    events: list[EventRead]
    next_after_version: Annotated[
        int | None, Field(description="send it as `after_version`; null: this is the end")
    ]
    as_of_position: AsOfPosition
