"""Does a slice carry its events whole, and is everything else told from one?"""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.histories import a_history
from tests.messages import KEY, LOG, message, message_of, stored, without_personal
from workers.cloud_event import recorded_event
from workers.slice import (
    SLICE_BYTES_MAX,
    SLICE_EVENTS_MAX,
    BadSignature,
    EnvelopeMismatch,
    Label,
    Slice,
    UndecodableSlice,
    cut,
    headers_of,
    open_slice,
    read_label,
)

HISTORY = a_history(30)


def test_events_arrive_as_the_log_reads_them_but_for_personal_fields() -> None:
    sent = message(HISTORY)
    events = open_slice(read_label(sent.headers), sent.body, KEY)
    assert [recorded_event(event) for event in events] == [
        without_personal(event) for event in HISTORY
    ]


def test_no_personal_field_is_in_the_body() -> None:
    sent = message(HISTORY)
    for canary in (b"Ada Lovelace", b"St James", b"Dorset", b"example.org", b"ring twice"):
        assert canary not in sent.body


def test_an_event_says_whether_personal_fields_were_left_out() -> None:
    sent = message(HISTORY)
    withheld = {
        event["type"] for event in json.loads(sent.body) if event.get("personaldata") == "withheld"
    }
    assert withheld == {
        "customer-registered",
        "order-placed",
        "order-note-added",
        "order-shipping-address-changed",
        "order-cancellation-requested",
        "order-held",
        "order-hold-released",
    }


def test_the_body_is_a_cloudevents_batch_of_simple_attributes() -> None:
    (piece,) = cut(stored(HISTORY[:1]), LOG)
    (event,) = json.loads(piece.body)
    data = event.pop("data")
    assert "personal" not in data
    assert data["customer_id"] == "0196a000-0000-7000-8000-0000000000c1"
    assert event == {
        "specversion": "1.0",
        "id": "1",
        "source": f"urn:ordertrail:log:{LOG}",
        "type": "customer-registered",
        "subject": "customer-0196a000-0000-7000-8000-0000000000c1",
        "time": "2026-05-04T10:30:00Z",
        "recordedat": "2026-06-01T00:00:01Z",
        "streamversion": 1,
        "schemaversion": 1,
        "datacontenttype": "application/json",
        "personaldata": "withheld",
        "actorkind": "staff",
        "actorid": "jo",
        "commandid": "command-1",
        "correlationid": "correlation-1",
        "codeversion": "test",
    }


def test_a_slice_closes_at_500_events() -> None:
    tiny = stored(HISTORY[:1])[0]._replace(data="{}", metadata="{}")
    events = [tiny._replace(position=position) for position in range(1, 1_002)]
    pieces = list(cut(events, LOG))
    assert [(piece.first, piece.last) for piece in pieces] == [(1, 500), (501, 1_000), (1_001,) * 2]
    assert SLICE_EVENTS_MAX == 500


def test_a_slice_closes_before_it_exceeds_its_bytes_and_a_larger_event_travels_alone() -> None:
    small = stored(HISTORY[:1])[0]
    large = small._replace(data=json.dumps({"text": "x" * (SLICE_BYTES_MAX // 3)}))
    huge = small._replace(data=json.dumps({"text": "x" * (SLICE_BYTES_MAX + 1)}))
    row = [large, large, large, small, huge, small, small]
    events = [event._replace(position=7 + n) for n, event in enumerate(row)]
    pieces = list(cut(events, LOG))
    assert [(piece.first, piece.last) for piece in pieces] == [(7, 8), (9, 10), (11, 11), (12, 13)]
    assert [len(piece.body) > SLICE_BYTES_MAX for piece in pieces] == [False, False, True, False]


def test_no_events_make_no_slice() -> None:
    assert list(cut([], LOG)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"first_position": 1, "last_position": 2},
        {"first_position": 1, "last_position": "2", "log": LOG},
        {"first_position": True, "last_position": 2, "log": LOG},
        {"first_position": 0, "last_position": 2, "log": LOG},
        {"first_position": 3, "last_position": 2, "log": LOG},
        {"first_position": 1, "last_position": 2**63, "log": LOG},
        {"first_position": 1, "last_position": 2, "log": b"log"},
        {"first_position": 1, "last_position": 2, "log": LOG, "hmac": 5},
    ],
)
def test_headers_that_are_missing_or_of_another_kind_are_refused(
    headers: dict[str, object],
) -> None:
    with pytest.raises(EnvelopeMismatch):
        read_label(headers)


def _retold(change: Callable[[list[dict[str, object]]], object]) -> None:
    """Open a message whose body was changed and signed again, as only the relay could."""
    events = json.loads(message(HISTORY[:3]).body)
    change(events)
    sent = message_of(Slice(1, 3, json.dumps(events).encode()))
    open_slice(read_label(sent.headers), sent.body, KEY)


def test_a_body_with_other_positions_than_its_headers_say_is_refused() -> None:
    _retold(lambda _: None)
    with pytest.raises(EnvelopeMismatch):
        _retold(list.pop)
    with pytest.raises(EnvelopeMismatch):
        _retold(list.reverse)
    with pytest.raises(EnvelopeMismatch):
        _retold(lambda events: events[1].update(id="02"))


def test_a_body_of_another_log_than_its_headers_say_is_refused() -> None:
    with pytest.raises(EnvelopeMismatch):
        _retold(lambda events: events[1].update(source="urn:ordertrail:log:1/1/1"))


def test_a_slice_signed_with_another_key_is_refused() -> None:
    (piece,) = cut(stored(HISTORY), LOG)
    label = read_label(headers_of(piece, LOG, b"another key entirely, but as long"))
    with pytest.raises(BadSignature):
        open_slice(label, piece.body, KEY)


def test_a_signature_covers_body_positions_and_log() -> None:
    (piece,) = cut(stored(HISTORY[:3]), LOG)
    label = read_label(headers_of(piece, LOG, KEY))
    assert len(open_slice(label, piece.body, KEY)) == 3
    for changed in (
        replace(label, first=2),
        replace(label, last=4),
        replace(label, log="1/1/1"),
        replace(label, signature=""),
        replace(label, signature="\u00e9" * 64),
    ):
        with pytest.raises(BadSignature):
            open_slice(changed, piece.body, KEY)
    with pytest.raises(BadSignature):
        open_slice(label, piece.body.replace(b"GBP", b"EUR").replace(b"jo", b"xo"), KEY)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[", b"[{}]", b'{"a":1}', b"null", b"\xff\xfe", b"[" * 100_000, b"x" * 15_000_000],
    ids=["empty", "brace", "bracket", "nothing", "object", "null", "bytes", "deep", "large"],
)
def test_a_body_that_is_no_batch_is_undecodable_signed_or_not(body: bytes) -> None:
    signed = read_label(headers_of(Slice(1, 1, body), LOG, KEY))
    for label in (signed, Label(1, 1, LOG, "")):
        with pytest.raises(UndecodableSlice):
            open_slice(label, body, KEY)


def test_a_truncated_body_is_undecodable() -> None:
    sent = message(HISTORY)
    with pytest.raises(UndecodableSlice):
        open_slice(read_label(sent.headers), sent.body[:-20], KEY)
