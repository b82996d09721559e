"""Does an event whose text few can read stop anybody, or give away what is personal?

Such events are in the middle of the log, put there by its owner role. Relay and follower are the
real ones, over a real RabbitMQ; the API and the program read a real database.
"""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest

from api.documented_events import EventFeed, OrderHistory
from sql.log import recorded_event
from tests.api_client import AS_STAFF, ApiClient, Json, acting_as, api_on
from tests.ordertrail_program import bare_environment, run
from tests.parking import parked_units
from tests.running_workers import (
    SIGNING_KEY,
    assert_tables_are_the_fold_of,
    bystanding,
    caught_up,
    eventually,
    make_read_tables,
    projecting,
    relay_checkpoint,
    relaying,
)
from tests.strange_texts import (
    CANARY,
    DEEP,
    STRANGE_DATA,
    STREAM,
    UNPASSABLE_DATA,
    a_strange_log,
    a_strange_order,
    append_stored,
)
from workers.slice import open_slice, read_label

LOG, CULPRITS = a_strange_log()
NEIGHBOURS = [recorded_event(each) for each in LOG if each.position not in CULPRITS.values()]
NO_UNICODE = "data: a text in it is no Unicode"
TOO_DEEP = "data: it is nested deeper than 100 levels"
OUT_OF_RANGE = "data: a number in it is out of range"
NOBODY = "metadata: it has no actor, command_id, correlation_id"
REASONS = {
    "data high_surrogate": NO_UNICODE,
    "data low_surrogate": NO_UNICODE,
    "data surrogate_in_a_name": NO_UNICODE,
    "data deep": TOO_DEEP,
    "data digits": OUT_OF_RANGE,
    "data beyond_a_float": OUT_OF_RANGE,
    "metadata high_surrogate": "metadata: a text in it is no Unicode",
    "metadata deep": "metadata: it is nested deeper than 100 levels",
    "metadata digits": "metadata: a number in it is out of range",
    "metadata beyond_a_float": "metadata: a number in it is out of range",
    "metadata no_object": NOBODY,
    "metadata nothing": NOBODY,
    "metadata null": NOBODY,
}


async def test_the_relay_goes_on_and_followers_park_the_culprits_alone(
    database_url: str, amqp_url: str
) -> None:
    await make_read_tables(database_url)
    await append_stored(database_url, LOG)
    async with (
        bystanding(amqp_url) as seen,
        relaying(database_url, amqp_url),
        projecting(database_url, amqp_url),
    ):
        await eventually(lambda: _relay_is_at(database_url, len(LOG)))
        await caught_up(database_url)
        await eventually(lambda: len(seen.positions) >= len(LOG))

    units = await parked_units(database_url)
    assert {
        (unit["kind"], unit["key"], unit["since_position"], unit["code"]) for unit in units
    } == {
        ("stream", STREAM.format(number), position, "undecodable_event")
        for number, position in enumerate(CULPRITS.values())
    }
    assert {"order_detail", "order_list"} <= {unit["projection"] for unit in units}
    await assert_tables_are_the_fold_of(database_url, NEIGHBOURS)

    key = SIGNING_KEY.encode()
    travelled = [
        event
        for message in seen.messages
        for event in open_slice(read_label(message.headers), message.body, key)
    ]
    withheld = {
        int(event.id)
        for event in travelled
        if bytes(event.data) == b"null" and event.personaldata == "withheld"
    }
    assert withheld == {CULPRITS[f"data {name}"] for name in UNPASSABLE_DATA}
    assert not [message for message in seen.messages if CANARY.encode() in message.body]


async def _relay_is_at(database_url: str, position: int) -> bool:
    return await relay_checkpoint(database_url) == position


@pytest.fixture
async def api(database_url: str) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client


async def test_the_feed_shows_what_can_be_shown_page_by_page(
    database_url: str, api: ApiClient
) -> None:
    await append_stored(database_url, LOG)
    seen: list[Json] = []
    after, head = 0, len(LOG)
    while after < head:
        answer = await api.get("/v1/events", after_position=after, limit=7)
        assert answer.status_code == 200, answer.text
        assert CANARY not in answer.text
        EventFeed.model_validate(answer.json())
        seen += answer.json()["events"]
        after, head = answer.json()["next_after_position"], answer.json()["head_position"]

    assert [event["position"] for event in seen] == [event.position for event in LOG]
    assert [event["data_text"] for event in seen] == [None] * len(LOG)
    assert {event["position"]: event["unreadable"] for event in seen if event["unreadable"]} == {
        CULPRITS[name]: reason for name, reason in REASONS.items()
    }
    for name, position in CULPRITS.items():
        event = seen[position - 1]
        is_about_data = REASONS.get(name, "").startswith("data")
        assert (event["data"] is None) == (is_about_data or name == "data null"), name
        assert (event["actor"] is None) == name.startswith("metadata"), name


@pytest.mark.parametrize("name", STRANGE_DATA)
async def test_the_history_of_an_order_shows_the_stored_text_to_the_shop_alone(
    database_url: str, api: ApiClient, name: str
) -> None:
    order = await api.an_order()
    text, reason = STRANGE_DATA[name], REASONS.get(f"data {name}")
    await append_stored(
        database_url, [a_strange_order(order["order_id"], text, order["position"] + 1)]
    )
    path = f"/v1/orders/{order['order_id']}/events"
    by_shop = await api.get(path)
    by_customer = await api.http.get(path, headers=acting_as(f"customer:{order['customer_id']}"))

    assert by_shop.status_code == by_customer.status_code == 200, by_shop.text
    OrderHistory.model_validate(by_shop.json())
    placed, strange = by_shop.json()["events"]
    assert (placed["unreadable"], placed["data_text"]) == (None, None)
    assert (strange["unreadable"], strange["data_text"]) == (reason, text if reason else None)
    assert [event["version"] for event in by_customer.json()["events"]] == [1]


async def test_an_order_that_nobody_can_read_is_nobodys(database_url: str, api: ApiClient) -> None:
    order_id = STREAM.format(1).removeprefix("order-")
    strange = a_strange_order(order_id, DEEP, 1)
    await append_stored(database_url, [strange._replace(version=1)])
    path = f"/v1/orders/{order_id}/events"
    customer = acting_as("customer:00000000-0000-4000-8000-000000000009")
    assert (await api.http.get(path, headers=customer)).status_code == 404
    by_shop = await api.http.get(path, headers=AS_STAFF)
    assert [event["unreadable"] for event in by_shop.json()["events"]] == [TOO_DEEP]


async def test_the_tail_shows_every_event_to_people_and_to_programs(database_url: str) -> None:
    await append_stored(database_url, LOG)
    environment = bare_environment(DATABASE_URL=database_url)
    arguments = ("events", "tail", "--after", "0")
    as_json = await asyncio.to_thread(run, *arguments, "--json", environment=environment)
    as_lines = await asyncio.to_thread(run, *arguments, environment=environment)
    async with api_on(database_url) as api:
        feed = (await api.get("/v1/events", limit=200)).json()["events"]

    assert (as_json.returncode, as_json.stderr) == (0, "")
    assert (as_lines.returncode, as_lines.stderr) == (0, "")
    assert [json.loads(line) for line in as_json.stdout.splitlines()][: len(feed)] == feed
    lines = as_lines.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [str(event.position) for event in LOG]
    assert {
        int(line.split()[0]): line.rpartition("unreadable: ")[2]
        for line in lines
        if "unreadable" in line
    } == {CULPRITS[name]: reason for name, reason in REASONS.items()}
    assert CANARY not in as_json.stdout + as_lines.stdout
