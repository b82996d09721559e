"""What does a follower read that looks at some types of events only?"""

from domain.envelope import RecordedEvent
from projections.unreadable import PASSED_OVER, UnreadableEvent
from sql.followed_log import open_followed_log
from tests.examples_log import a_store
from tests.examples_log import place_an_order as place
from workers.store_feed import StoreFeed


async def test_reads_the_wanted_types_and_passes_over_the_others(database_url: str) -> None:
    async with (
        a_store(database_url) as store,
        open_followed_log(database_url, "ordertrail_worker") as log,
    ):
        await place(store)
        everything = await StoreFeed(log).next(0)
        batch = await StoreFeed(log, {"order-placed"}).next(0)

    assert batch.position == everything.position == len(batch.events)
    assert {event.type for event in batch.events} > {"order-placed"}
    for read, passed in zip(everything.events, batch.events, strict=True):
        if passed.type == "order-placed":
            assert passed == read
        else:
            assert isinstance(read, RecordedEvent)
            assert passed == UnreadableEvent(
                read.position,
                read.stream,
                read.version,
                read.type,
                read.schema_version,
                PASSED_OVER,
            )
