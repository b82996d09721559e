"""Which texts does PostgreSQL's `json` keep that not everybody can read, and how do they get in?"""

from collections.abc import Sequence
from typing import Final

import psycopg

from sql.stored_events import StoredEvent
from tests.histories import a_history
from tests.messages import stored

CANARY: Final = "Ring twice at Ada Lovelace's"
STREAM: Final = "order-00000000-0000-4000-8000-{:012}"

_READABLE: Final = (
    '{"order_id":"o","note_id":"n","visibility":"internal","personal":{"text":"' + CANARY + '"}}'
)
DEEP: Final = '{"personal":"' + CANARY + '","a":' + "[" * 10_000 + "]" * 10_000 + "}"

UNPASSABLE_DATA: Final = {
    "high_surrogate": _READABLE.replace('"n"', r'"\ud800"'),
    "low_surrogate": _READABLE.replace('"n"', r'"\udc00 and on"'),
    "surrogate_in_a_name": _READABLE.replace('"note_id"', r'"\ud800"'),
    "deep": DEEP,
}
"""Payloads of notes that a message cannot hold: the relay cannot even find what is personal."""

STRANGE_DATA: Final = {
    **UNPASSABLE_DATA,
    "digits": _READABLE.replace('"n"', "1" * 5_001),
    "beyond_a_float": _READABLE.replace('"n"', "1e999"),
    "zero_character": _READABLE.replace('"internal"', r'"\u0000"'),
    "no_object": '["personal"]',
    "null": "null",
}

STRANGE_METADATA: Final = {
    "high_surrogate": r'{"actor":{"kind":"staff","id":"\ud800"}}',
    "deep": "[" * 10_000 + "]" * 10_000,
    "digits": '{"actor":' + "1" * 5_001 + "}",
    "beyond_a_float": '{"command_id":1e999}',
    "no_object": "[]",
    "nothing": "{}",
    "null": "null",
}


def a_strange_log(readable: int = 30) -> tuple[list[StoredEvent], dict[str, int]]:
    """Make a log with strange events in its middle, each in a stream of an order of its own.

    Shape: the log, and the positions of the strange events by the names of their texts.
    """
    log = stored(a_history(readable))
    note = next(event for event in log if event.type == "order-note-added")
    strange = {f"data {name}": note._replace(data=text) for name, text in STRANGE_DATA.items()}
    strange |= {
        f"metadata {name}": note._replace(metadata=text) for name, text in STRANGE_METADATA.items()
    }
    half = len(log) // 2
    culprits = [
        event._replace(stream=STREAM.format(number), version=1)
        for number, event in enumerate(strange.values())
    ]
    whole = [*log[:half], *culprits, *log[half:]]
    numbered = [event._replace(position=position) for position, event in enumerate(whole, start=1)]
    return numbered, {name: half + number for number, name in enumerate(strange, start=1)}


def a_strange_order(order_id: str, data: str, position: int) -> StoredEvent:
    """Make a second event of an order, with any text as its payload."""
    note = next(each for each in stored(a_history(30)) if each.type == "order-note-added")
    stream = f"order-{order_id}"
    return note._replace(position=position, stream=stream, version=2, data=data)


async def append_stored(database_url: str, events: Sequence[StoredEvent]) -> None:
    """Put events into a log word for word; only its owner role can."""
    columns = ", ".join(StoredEvent._fields)
    places = ", ".join(["%s"] * len(StoredEvent._fields))
    query = f"INSERT INTO event_store.events ({columns}) VALUES ({places})"
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("SET ROLE ordertrail_log_owner")
        async with connection.cursor() as cursor:
            await cursor.executemany(query.encode(), events)
