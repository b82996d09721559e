"""What would follow from a command? `?dry_run=true` asks, and nothing is kept of it.

A command takes no other parameter in its query string than this one, and only where its settings
have an example of the answer: a parameter that is passed over would let a command take effect that
was to be tried.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from api.query_route import Query, read_query
from api.routes import Answer
from domain.events import EVENT_NAMES, Event, stream_of
from sql.codec import encode_data

_ENCODE: Final = msgspec.json.Encoder().encode


class NoParameters(Query):
    """The query string of a command that is carried out or refused."""


class DryRunQuery(Query):
    """The query string of a command that can be tried."""

    dry_run: Literal["true", "false"] = "false"


class NoOrderNumbers:
    """Gives no number: a dry run leaves no gap."""

    async def take(self, channel: str, placed_at: datetime) -> str:
        """Answer an empty text; the number is given when the order is placed."""
        del channel, placed_at
        return ""


def refuse_parameters(query_string: bytes) -> None:
    """Refuse parameters where none is known.

    Raises:
        RequestRefused: there is one.
    """
    read_query(NoParameters, query_string)


def wants_dry_run(query_string: bytes) -> bool:
    """Tell whether a command shall only be tried.

    Raises:
        RequestRefused: there is another parameter, or another value than true and false.
    """
    return read_query(DryRunQuery, query_string).dry_run == "true"


def dry_run_answer(events: Iterable[Event]) -> Answer:
    """Write what would be appended, in the form in which it would be stored."""
    decided = [
        {
            "stream": stream_of(event),
            "type": EVENT_NAMES[type(event)][0],
            "schema_version": EVENT_NAMES[type(event)][1],
            "data": msgspec.Raw(encode_data(event)),
        }
        for event in events
    ]
    return Answer(200, _ENCODE({"dry_run": True, "decided": decided}))
