"""Does a follower hear at once that the log has grown, also after its connection broke?"""

from sql.log_listener import LogListener
from tests.examples_log import a_store, superuser
from tests.examples_log import place_an_order as place
from tests.running_workers import eventually


class Ear:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0

    def hear(self) -> None:
        """Count."""
        self.heard += 1


async def test_hears_the_appender(database_url: str) -> None:
    ear = Ear()
    async with LogListener(database_url, "ordertrail_worker", ear.hear), a_store(database_url) as s:
        await eventually(lambda: ear.heard == 1)
        await place(s)
        await eventually(lambda: ear.heard > 1)


async def test_listens_again_after_its_connection_broke(database_url: str) -> None:
    ear = Ear()
    async with (
        LogListener(database_url, "ordertrail_worker", ear.hear),
        superuser(database_url) as connection,
    ):
        await eventually(lambda: ear.heard == 1)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'ordertrail listener' AND datname = current_database()"
        )
        await eventually(lambda: ear.heard == 2)
        await connection.execute("NOTIFY ordertrail_log")
        await eventually(lambda: ear.heard == 3)
