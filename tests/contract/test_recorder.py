"""What does our recorder do beyond the cases that the library ships?"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import (
    DataError,
    InfrastructureFactory,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql.recorded_state import OUR_CATEGORIES, encode_state
from sql.recorder import (
    LogAggregateRecorder,
    LogApplicationRecorder,
    LogFactory,
    LogProcessRecorder,
    LogTrackingRecorder,
)
from tests.contract.recorded_calls import a_log, a_recorder, append_raw, new_id, stored
from tests.examples_log import closed_gate, connected, log_of

JSON_LIKE = st.text(alphabet='{}[]",:0123456789.eE+-\\u dtrfalsn\n\t\x00\x7f"', max_size=14)


def factory_of(database_url: str, **variables: str) -> LogFactory:
    return LogFactory({"DATABASE_URL": database_url, **variables})


async def test_an_event_of_the_library_is_a_row_like_ours(database_url: str) -> None:
    originator = new_id()
    events = [
        StoredEvent(originator, 0, "shop:Opened", b'{"name" : "Zo\xc3\xab"}'),
        StoredEvent(originator, 1, "shop:Closed", b"\x00secret"),
    ]
    with a_recorder(database_url) as recorder:
        assert recorder.insert_events(events) == [1, 2]
        assert recorder.select_events(originator) == events
    async with connected(database_url, "query") as connection:
        cursor = await connection.execute(
            "SELECT position, stream, version, type, schema_version, data::text,"
            " metadata->>'state', metadata->'actor', occurred_at = recorded_at"
            " FROM event_store.events ORDER BY position"
        )
        actor = {"kind": "system", "id": "eventsourcing"}
        assert await cursor.fetchall() == [
            (1, str(originator), 0, "shop:Opened", 1, '{"name" : "Zoë"}', None, actor, True),
            (2, str(originator), 1, "shop:Closed", 1, '"AHNlY3JldA=="', "base64", actor, True),
        ]
        cursor = await connection.execute("SELECT count(*) FROM event_store.commands")
        assert await cursor.fetchall() == [(0,)]


async def test_originators_are_read_back_in_the_configured_type(database_url: str) -> None:
    originator = new_id()
    async with connected(database_url) as connection:
        await append_raw(connection, ("order-1", 1), (str(originator), 1))

    def originators(id_type: str) -> list[UUID | str]:
        factory = factory_of(database_url, ORIGINATOR_ID_TYPE=id_type)
        recorder = factory.application_recorder()
        read = [each.originator_id for each in recorder.select_notifications(None, 10)]
        assert [e.originator_id for e in recorder.select_events(originator)] == read[1:]
        factory.close()
        return read

    assert originators("uuid") == ["order-1", originator]
    assert originators("text") == ["order-1", str(originator)]


@pytest.mark.parametrize("category", sorted(OUR_CATEGORIES))
def test_streams_of_our_commands_are_refused(database_url: str, category: str) -> None:
    stream = f"{category}-{new_id()}"
    with a_recorder(database_url) as recorder:
        with pytest.raises(ProgrammingError, match="commands of OrderTrail"):
            recorder.insert_events([*stored(new_id(), [1]), *stored(stream, [1])])
        assert recorder.select_notifications(None, 10) == []


@pytest.mark.parametrize(
    "event",
    [
        StoredEvent(new_id(), 1, "topic", b"x" * 2**20),
        StoredEvent(new_id(), 1, "topic", b'"' + b"x" * 2**20 + b'"'),
        StoredEvent(new_id(), 1, "to\0pic", b"{}"),
        StoredEvent(new_id(), 1, "to\ud800pic", b"{}"),
        StoredEvent("stream\0", 1, "topic", b"{}"),
        StoredEvent(new_id(), 1, "", b"{}"),
        StoredEvent("", 1, "topic", b"{}"),
        StoredEvent(new_id(), 2**31, "topic", b"{}"),
        StoredEvent(new_id(), 2**70, "topic", b"{}"),
    ],
    ids=range(9),
)
def test_what_the_log_cannot_hold_is_a_data_error(database_url: str, event: StoredEvent) -> None:
    with a_recorder(database_url) as recorder:
        with pytest.raises(DataError):
            recorder.insert_events([*stored(new_id(), [1]), event])
        assert recorder.max_notification_id() is None


@given(states=st.lists(JSON_LIKE | st.builds(repr, st.floats()), min_size=40, max_size=60))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_postgresql_takes_every_text_that_is_kept_verbatim(
    database_url: str, states: list[str]
) -> None:
    verbatim = [text for state in states for text, _ in [encode_state(state.encode())]]
    with psycopg.connect(database_url) as connection:
        cursor = connection.execute("SELECT t::json::text FROM unnest(%s::text[]) t", (verbatim,))
        assert [row[0] for row in cursor.fetchall()] == verbatim


def test_a_broken_mark_in_the_log_names_its_position(database_url: str) -> None:
    with a_recorder(database_url) as recorder, psycopg.connect(database_url) as connection:
        connection.execute("SET ROLE ordertrail_log_owner")
        connection.execute(
            """INSERT INTO event_store.events VALUES
               (1, 's', 1, 't', 1, '{}', '{"state":"base64"}', now(), now())"""
        )
        connection.commit()
        with pytest.raises(DataError, match="position 1: the state is marked as base64"):
            recorder.select_notifications(None, 1)


async def test_gives_up_at_a_gate_that_stays_closed(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        async with closed_gate(database_url):
            with pytest.raises(OperationalError, match="lock timeout"):
                await asyncio.to_thread(recorder.insert_events, stored(new_id(), [1]))
    assert await log_of(database_url) == []


def ids(notifications: Sequence[Notification]) -> list[int]:
    return [each.id for each in notifications]


def test_a_part_of_the_log_by_topic_and_position(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        for topic in ("a", "b", "a", "c", "b"):
            recorder.insert_events([StoredEvent(new_id(), 1, topic, b"{}")])

        def select(*arguments: Any, **options: Any) -> list[int]:  # noqa: ANN401
            return ids(recorder.select_notifications(*arguments, **options))

        assert select(None, 9) == select(0, 9) == select(1, 9) == [1, 2, 3, 4, 5]
        assert select(2, 9, 4) == [2, 3, 4]
        assert select(2, 9, 4, inclusive_of_start=False) == [3, 4]
        assert select(2, 1, 4) == [2]
        assert select(None, 2, None, ["b", "c"]) == [2, 4]
        assert select(2, 9, 4, ("b", "c"), inclusive_of_start=False) == [4]
        assert select(6, 9) == select(4, 9, 3) == select(1, 0) == select(1, 9, None, ["x"]) == []


def test_who_tracks_whom_is_kept_apart(database_url: str) -> None:
    with a_log(database_url) as log:
        mine, theirs = (LogTrackingRecorder(log, consumer=name) for name in ("mine", "theirs"))
        mine.insert_tracking(Tracking("upstream", 7))
        theirs.insert_tracking(Tracking("upstream", 3))
        assert mine.max_tracking_id("upstream") == 7
        assert theirs.max_tracking_id("upstream") == 3
        assert theirs.max_tracking_id("other") is None
        with pytest.raises(IntegrityError, match="mine has tracked 7 of upstream, or more"):
            mine.insert_tracking(Tracking("upstream", 7))


def test_events_and_tracking_are_written_together_or_not_at_all(database_url: str) -> None:
    first, second = new_id(), new_id()
    with a_log(database_url) as log:
        recorder = LogProcessRecorder(log, consumer="me")
        assert recorder.insert_events(stored(first, [1]), tracking=Tracking("up", 1)) == [1]
        with pytest.raises(IntegrityError):
            recorder.insert_events(stored(first, [1]), tracking=Tracking("up", 2))
        with pytest.raises(IntegrityError):
            recorder.insert_events(stored(second, [1]), tracking=Tracking("up", 1))
        assert recorder.max_tracking_id("up") == 1
        assert recorder.insert_events([], tracking=Tracking("up", 2)) == []
        assert (recorder.max_tracking_id("up"), recorder.max_notification_id()) == (2, 1)


def test_a_view_moves_with_its_tracking_or_not_at_all(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("CREATE TABLE seen (id int); GRANT ALL ON seen TO ordertrail_api")
    with a_log(database_url) as log:
        view = LogTrackingRecorder(log, consumer="view")
        with view.transaction(Tracking("up", 1)) as connection:
            connection.execute("INSERT INTO seen VALUES (1)")
        with (
            pytest.raises(DataError),
            view.transaction(Tracking("up", 2)) as connection,
        ):
            connection.execute("WITH two AS (INSERT INTO seen VALUES (2)) SELECT 1 / 0")
        with (
            pytest.raises(IntegrityError),
            view.transaction(Tracking("up", 1)) as connection,
        ):
            connection.execute("INSERT INTO seen VALUES (3)")
        assert view.max_tracking_id("up") == 1
    with psycopg.connect(database_url) as owner:
        assert owner.execute("SELECT id FROM seen").fetchall() == [(1,)]


def test_the_environment_chooses_the_recorders(database_url: str) -> None:
    factory = InfrastructureFactory[LogTrackingRecorder].construct(
        {
            "PERSISTENCE_MODULE": "sql.recorder",
            "DATABASE_URL": database_url,
            "APPLICATION_RECORDER_TOPIC": f"{LogProcessRecorder.__module__}:LogProcessRecorder",
        }
    )
    assert type(factory.application_recorder()) is LogProcessRecorder
    assert type(factory.process_recorder()) is LogProcessRecorder
    assert type(factory.tracking_recorder()) is LogTrackingRecorder
    assert type(factory.aggregate_recorder()) is LogAggregateRecorder
    assert LogApplicationRecorder in LogProcessRecorder.__mro__
    factory.close()


def test_snapshots_are_refused_for_they_are_no_events(database_url: str) -> None:
    factory = factory_of(database_url)
    with pytest.raises(NotSupportedError, match="snapshots are no events"):
        factory.aggregate_recorder("snapshots")
    factory.close()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL names no database"),
        ({"ORIGINATOR_ID_TYPE": "int"}, "is 'uuid' or 'text', not 'int'"),
        ({"ORDERTRAIL_RECORDER_CONNECTIONS_MAX": "0"}, "is a number above 0"),
        ({"ORDERTRAIL_RECORDER_CONNECTIONS_MAX": "many"}, "is a number above 0"),
    ],
)
def test_an_environment_that_makes_no_sense_is_refused(
    variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(OSError, match=sentence):
        factory_of("postgresql://nobody@nowhere/x", **variables)
