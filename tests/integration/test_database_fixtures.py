"""Does every test get a migrated database of its own?"""

import psycopg
import pytest


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_finds_an_empty_log_in_its_own_database(database_url: str, turn: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM event_store.events").fetchone()
        assert found == (0,)
        connection.execute("CREATE TABLE left_behind AS SELECT %s::int AS turn", [turn])


def test_an_empty_database_has_no_schemas_of_ours(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        found = connection.execute("SELECT to_regnamespace('event_store')").fetchone()
    assert found == (None,)
