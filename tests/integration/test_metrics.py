"""Do the figures for monitors say what happened, and nothing about anybody?"""

import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.sql import SQL, Identifier, Literal

from api.app import create_app
from api.services import ApiOptions
from tests.api_client import ApiClient, api_on, new_id
from tests.messages import Message
from tests.ordertrail_program import bare_environment, run
from tests.parking import append_strange, until_parked
from tests.running_api import free_port
from tests.running_workers import (
    caught_up,
    eventually,
    make_read_tables,
    program,
    projecting,
    relay_checkpoint,
    sending,
)
from tests.services import execute
from tests.unit.api.test_edge import client_of, no_services
from workers.exposition import OFF, RelayMetrics, exposed
from workers.metrics import RelayCounters

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
Figures = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


def figures_of(text: str) -> Figures:
    """Read the text format; a figure is found by its name and its labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(api: ApiClient) -> Figures:
    answer = await api.http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return figures_of(answer.text)


def commands(figures: Figures) -> dict[tuple[str, str], float]:
    found = {
        (dict(labels)["command"], dict(labels)["outcome"]): value
        for (name, labels), value in figures.items()
        if name == "ordertrail_commands_total"
    }
    return {labels: value for labels, value in found.items() if value}


async def test_commands_are_counted_by_what_became_of_them(database_url: str) -> None:
    await make_read_tables(database_url)
    async with api_on(database_url) as api:
        order = await api.an_order()
        path, key = f"/v1/orders/{order['order_id']}", new_id()
        wish = {"cancellation_id": new_id(), "reason_code": "other"}
        for version, sent_under in ((9, new_id()), (1, key), (1, key)):
            await api.command(f"{path}/cancel", wish, key=sent_under, if_match=version)
        await api.command(f"{path}/cancel", {"nonsense": 1}, if_match=1)
        figures = await scraped(api)

    assert commands(figures) == {
        ("register-product", "accepted"): 1,
        ("activate-product", "accepted"): 1,
        ("set-price", "accepted"): 1,
        ("register-customer", "accepted"): 1,
        ("place-order", "accepted"): 1,
        ("cancel-order", "accepted"): 1,
        ("cancel-order", "replayed"): 1,
        ("cancel-order", "version_mismatch"): 1,
    }
    appended = 6
    assert figures["ordertrail_append_seconds_count", ()] == appended
    assert figures["ordertrail_append_seconds_bucket", (("le", "+Inf"),)] == appended
    assert 0 < figures["ordertrail_append_seconds_sum", ()] < 60
    assert 1 <= figures["ordertrail_append_batch_commands_count", ()] <= appended
    assert figures["ordertrail_append_batch_commands_sum", ()] == appended
    assert figures["ordertrail_append_queue_commands", ()] == 0


async def test_no_label_names_anybody(database_url: str) -> None:
    async with api_on(database_url) as api:
        order = await api.an_order()
        text = (await api.http.get("/metrics")).text
    assert order["order_id"] not in text
    assert order["customer_id"] not in text
    names = {name for _, labels in figures_of(text) for name, _ in labels}
    assert names <= {"command", "outcome", "projection", "le"}


async def test_the_read_side_is_asked_of_the_database(database_url: str) -> None:
    await make_read_tables(database_url)
    async with api_on(database_url) as api:
        await api.an_order()
        head = await api.head()
        behind = await scraped(api)
        since = await append_strange(database_url, f"order-{new_id()}", 0)
        async with projecting(database_url):
            await until_parked(database_url, "order_detail", "sales_daily")
            await caught_up(database_url)
        after = await scraped(api)

    detail = (("projection", "order_detail"),)
    products = (("projection", "product_list"),)
    assert behind["ordertrail_database_up", ()] == 1
    assert behind["ordertrail_log_head_position", ()] == head
    assert behind["ordertrail_projection_lag_events", detail] == head
    assert behind["ordertrail_projection_lag_seconds", detail] > 0
    assert behind["ordertrail_projection_parked", detail] == 0
    assert after["ordertrail_projection_position", detail] == since
    assert after["ordertrail_projection_lag_events", detail] == 0
    assert after["ordertrail_projection_parked", detail] == 1
    assert after["ordertrail_projection_parked", products] == 0
    assert after["ordertrail_projection_discarded", detail] == 0
    assert ("ordertrail_relay_lag_events", ()) not in after, "no relay ever ran here"


async def test_without_the_database_the_process_still_shows_what_it_counts(
    database_url: str, postgres_url: str
) -> None:
    name = Identifier(database_url.rpartition("/")[2].partition("?")[0])
    async with api_on(database_url) as api:
        await api.a_customer()
        execute(postgres_url, SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        execute(postgres_url, SQL(END_SESSIONS).format(Literal(name.as_string().strip('"'))))
        figures = await scraped(api)
        execute(postgres_url, SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    assert figures["ordertrail_database_up", ()] == 0
    assert commands(figures) == {("register-customer", "accepted"): 1}


async def test_an_operator_may_turn_the_figures_off() -> None:
    options = ApiOptions(email_hmac_key=b"key", code_version="test", metrics_enabled=False)
    async with client_of(create_app(no_services, options)) as http:
        assert (await http.get("/metrics")).status_code == 404


async def test_a_relay_and_a_worker_show_their_counters_on_a_port_of_their_own(
    database_url: str, amqp_url: str, tmp_path: Path
) -> None:
    await make_read_tables(database_url)
    ports = free_port(), free_port()
    log = tmp_path / "log"
    async with api_on(database_url) as api:
        await api.an_order()
        head = await api.head()
        with (
            program(database_url, amqp_url, "relay", "--metrics-port", str(ports[0]), log=log),
            program(database_url, amqp_url, "worker", "--metrics-port", str(ports[1]), log=log),
        ):
            await caught_up(database_url)
            await eventually(lambda: is_relayed(database_url, head))
            await eventually(lambda: counted(ports[1], "attached", "operational") == 1)
            async with sending(amqp_url) as send:
                await send(Message({}, b"garbage"))
            await eventually(lambda: counted(ports[1], "dead_letters", "operational") == 1)
            relay = fetched(ports[0])
            worker = fetched(ports[1])
            scraped_figures = await scraped(api)
            taken = run(
                "worker", "--metrics-port", str(ports[1]),
                environment=bare_environment(DATABASE_URL=database_url),
            )  # fmt: skip

    assert relay["ordertrail_relay_events_total", ()] == head
    assert relay["ordertrail_relay_checkpoint", ()] == head
    assert relay["ordertrail_relay_returned_total", ()] == 0
    slices = relay["ordertrail_relay_slices_total", ()]
    assert relay["ordertrail_relay_confirm_seconds_count", ()] == slices >= 1
    assert 0 < relay["ordertrail_relay_confirm_seconds_sum", ()] < 60 * slices
    assert relay["process_resident_memory_bytes", ()] > 0
    for group in ("operational", "analytics"):
        assert worker["ordertrail_follower_position", (("group", group),)] == head
        assert worker["ordertrail_follower_parked", (("group", group),)] == 0
    assert scraped_figures["ordertrail_relay_lag_events", ()] == 0
    assert (taken.returncode, "metrics cannot be served on" in taken.stderr) == (3, True)


async def is_relayed(database_url: str, head: int) -> bool:
    return await relay_checkpoint(database_url) == head


def counted(port: int, what: str, group: str) -> float:
    return fetched(port).get((f"ordertrail_follower_{what}_total", (("group", group),)), 0.0)


def fetched(port: int) -> Figures:
    """Ask a process for its figures; none as long as it does not listen."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return figures_of(answer.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return {}


def test_no_port_is_opened_unless_one_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        with exposed("127.0.0.1", OFF, RelayMetrics(RelayCounters())):
            pass
        with pytest.raises(OSError, match="in use"):
            exposed("127.0.0.1", port, RelayMetrics(RelayCounters())).__enter__()
