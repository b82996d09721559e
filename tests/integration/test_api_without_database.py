"""What does the API answer while its database is away, and does it hear the projectors again?"""

import asyncio

import psycopg

from api.problem_answers import UNAVAILABLE_DETAIL
from sql.queries.projection_watch import CHANNEL, ProjectionWatch
from tests.api_client import api_on, new_id
from tests.running_workers import eventually
from tests.services import drop_database


async def test_everything_but_life_is_unavailable_while_the_database_is_away(
    database_url: str, postgres_url: str
) -> None:
    async with api_on(database_url) as api:
        customer_id = await api.a_customer()
        name = database_url.partition("?")[0].rpartition("/")[2]
        await asyncio.to_thread(drop_database, postgres_url, name)
        paths = (f"/v1/customers/{customer_id}", "/v1/orders", "/v1/events", "/v1/projections")
        answers = await asyncio.gather(*map(api.get, paths))
        command = await api.command("/v1/customers", {"customer_id": new_id()})
        ready = await api.get("/readyz")
        alive = await api.get("/livez")
    for answer in (*answers, command):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert name not in answer.text
    assert answers[0].json()["detail"] == UNAVAILABLE_DETAIL
    assert (ready.status_code, ready.json()["status"]) == (503, "unready")
    assert alive.status_code == 200


async def test_the_projectors_are_heard_again_after_the_connection_was_lost(
    database_url: str,
) -> None:
    async with (
        ProjectionWatch(database_url, "ordertrail_query") as watch,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection,
    ):

        async def announce(position: int) -> bool:
            payload = f"order_detail:{position}"
            await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            return watch._positions.get("order_detail") == position

        await eventually(lambda: announce(1))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'ordertrail freshness' AND datname = current_database()"
        )
        await eventually(lambda: not watch._positions)
        await eventually(lambda: announce(2))


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_who_waits_is_woken_by_the_announcement_of_his_projection(
    database_url: str,
) -> None:
    watch = ProjectionWatch(database_url, "ordertrail_query")
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    waiting = asyncio.create_task(watch.look_again("order_list", 7, started_at + 2))
    for payload, is_woken in (("none", False), ("order_detail:7", False), ("order_list:7", True)):
        await turns(5)
        watch.announce(payload)
        await turns(5)
        assert waiting.done() is is_woken
    assert await waiting
    assert not await watch.look_again("order_list", 8, loop.time())
