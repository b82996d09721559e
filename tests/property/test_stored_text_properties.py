"""Can a follower open every slice, whatever JSON text PostgreSQL has taken into the log?

Texts are made by the grammar of JSON, with all that `json` lets through: halves of surrogate pairs,
numbers of any length, escapes in names, names twice, blanks, deep nesting.
"""

import json
from contextlib import suppress
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import UndecodableEvent
from sql.log import log_event, recorded_event
from sql.stored_events import StoredEvent
from sql.stored_json import UnreadableJson, read_json
from tests.histories import a_history
from tests.messages import KEY, LOG, RULES, LogInMemory, message_of, stored
from tests.strange_texts import STRANGE_DATA, STRANGE_METADATA
from workers.cloud_event import recorded_event as travelled_event
from workers.follow_rule import assemble
from workers.slice import cut, open_slice, read_label

CANARY: Final = "Ada Lovelace"
HISTORY: Final = a_history(10)

_blanks: Final = st.sampled_from(["", "", " ", "\n\t "])
_characters: Final = st.one_of(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters='"\\'),
    st.sampled_from([r"\"", r"\\", r"\/", r"\b", r"\n", r"\u0000", r"\ud800", r"\uDC00", "[", "}"]),
    st.integers(0, 0xFFFF).map(lambda code: f"\\u{code:04x}"),
)
_strings: Final = st.lists(_characters, max_size=6).map(lambda parts: f'"{"".join(parts)}"')
_names: Final = st.one_of(
    _strings, st.sampled_from(['"personal"', r'"\u0070ersonal"', '"note_id"', '"actor"', '"kind"'])
)
_numbers: Final = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["-0", "1E400", "-1e-999", "1" * 5_001, "0." + "3" * 5_001]),
)
_leaves: Final = st.one_of(_strings, _numbers, st.sampled_from(["null", "true", "false"]))


def _members(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    member = st.tuples(_blanks, _names, _blanks, values).map("{0[0]}{0[1]}{0[2]}:{0[3]}".format)
    return st.lists(member, max_size=4).map(lambda members: "{" + ",".join(members) + "}")


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(values, max_size=4).map(lambda parts: "[" + ",".join(parts) + "]")
    nested = st.tuples(values, st.sampled_from([90, 101, 2_000])).map(
        lambda made: "[" * made[1] + made[0] + "]" * made[1]
    )
    return st.one_of(items, _members(values), nested)


_texts: Final = st.recursive(_leaves, _containers, max_leaves=8)
_personal: Final = st.sampled_from(
    [
        '"personal":"Ada Lovelace"',
        r'"\u0070ersonal" : {"name":"Ada Lovelace"}',
        '"personal":["Ada Lovelace"]',
    ]
)
_with_personal: Final = st.tuples(st.lists(st.tuples(_names, _texts), max_size=3), _personal).map(
    lambda made: "{" + ",".join([*(f"{name}:{text}" for name, text in made[0]), made[1]]) + "}"
)


def _log_with(data: str, metadata: str, name: str) -> list[StoredEvent]:
    log = stored(HISTORY)
    log[4] = log[4]._replace(type=name, data=data, metadata=metadata)
    return log


@given(
    st.one_of(_texts, _with_personal, st.sampled_from(list(STRANGE_DATA.values()))),
    st.one_of(_texts, st.sampled_from(list(STRANGE_METADATA.values()))),
    st.sampled_from(["order-note-added", "order-placed", "product-activated", "desk:Said"]),
)
@example(r'{"note_id":"\ud800","personal":{"text":"x"}}', "{}", "order-note-added")
async def test_a_follower_opens_every_slice_and_asks_the_log_for_what_it_cannot_read(
    data: str, metadata: str, name: str
) -> None:
    log = _log_with(data, metadata, name)
    (piece,) = cut(log, LOG)
    sent = message_of(piece)
    events = open_slice(read_label(sent.headers), sent.body, KEY)
    assert [int(event.id) for event in events] == [event.position for event in log]

    store = LogInMemory(HISTORY)
    batch = await assemble([sent], 0, RULES, store)
    assert (batch.position, len(batch.events), batch.rejected) == (len(log), len(log), [])
    with suppress(UndecodableEvent):
        travelled_event(events[4])
        return
    assert store.reads == [(5, 5)]
    log_event(log[4])


@given(_with_personal)
def test_no_personal_value_of_an_object_travels(data: str) -> None:
    (piece,) = cut(_log_with(data, "{}", "order-note-added")[4:5], LOG)
    assert CANARY.encode() not in piece.body


@given(_texts)
def test_what_is_read_can_be_shown_and_else_it_is_called_unreadable(text: str) -> None:
    with suppress(UnreadableJson):
        value = read_json(text)
        again = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        assert read_json(again.decode()) == value


@given(_texts, _texts)
def test_the_log_calls_every_text_readable_or_not(data: str, metadata: str) -> None:
    row = _log_with(data, metadata, "order-note-added")[4]
    with suppress(UndecodableEvent):
        recorded_event(row)
