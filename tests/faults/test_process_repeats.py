"""Whatever comes twice, an order, a message or the whole log: does anything happen twice?

The table in test_process_races.py says which of domain.md §2.3 is where.
"""

import asyncio
import signal
from pathlib import Path

import httpx2
import pytest

from domain.order import Lifecycle
from domain.order_events import OrderConfirmed, OrderLinesShipped, OrderPlaced
from domain.payment_events import PaymentAuthorized, PaymentRequested
from domain.shipment_events import ShipmentPlanned
from tests.api_client import ApiClient, Json, an_order_body, new_id
from tests.delivery import Delivery
from tests.examples import CUSTOMER_ID, SKU, a_cancellation
from tests.examples_log import superuser
from tests.running_process import (
    Counter,
    a_counter,
    a_process,
    a_sandbox,
    an_api,
    assert_settled,
    books_of,
    running,
)
from tests.running_workers import eventually, head_of


def order_id(number: int) -> str:
    return f"0196a000-0000-7000-8000-00000000d{number:03}"


async def test_an_order_whose_answer_was_lost_is_placed_once(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 5: the API dies when it has taken the order; others are asked again, and again."""
    url, body, key = module_database_url, an_order_body(CUSTOMER_ID, SKU), new_id()
    body["payment_method_ref"] = "card-ok"

    async def place(api: ApiClient) -> Json:
        answer = await api.command("/v1/orders", body, key=key)
        assert answer.is_success, answer.text
        return answer.json()

    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "process.log"):
            doomed = "append.after_commit=kill@1"
            async with an_api(url, tmp_path / "doomed.log", FAILPOINTS=doomed) as api:
                with pytest.raises(httpx2.HTTPError):
                    await place(api)
            async with (
                an_api(url, tmp_path / "one.log") as one,
                an_api(url, tmp_path / "other.log") as other,
            ):
                answers = list(await asyncio.gather(place(one), place(other)))
                answers += [await place(one), await place(other)]
            await counter.until(str(body["order_id"]), Lifecycle.CONFIRMED)
            await assert_settled(counter, sandbox)
        kinds = [type(event.data) for event in await counter.log()]
    assert answers == [answers[0]] * len(answers)
    assert (kinds.count(OrderPlaced), kinds.count(PaymentRequested)) == (1, 1)


async def test_an_order_is_carried_out_once_though_the_relay_dies_before_and_after_it_tells(
    delivery: Delivery, tmp_path: Path
) -> None:
    """Race 10: what was committed is published by the next relay, and twice by the one after it."""
    url, broker = delivery.url, {"AMQP_URL": delivery.amqp_url}
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        await counter.place(order_id(0))
        for point in ("relay.before_publish", "relay.after_confirm"):
            with running(
                "relay", log=delivery.log, database_url=url, FAILPOINTS=f"{point}=kill@1", **broker
            ) as doomed:
                await eventually(lambda doomed=doomed: doomed.poll() is not None)
            assert doomed.returncode == -signal.SIGKILL, delivery.log.read_text()
        with (
            running("relay", log=delivery.log, database_url=url, **broker),
            a_process(url, sandbox, tmp_path / "process.log", **broker),
        ):
            await counter.until(order_id(0), Lifecycle.CONFIRMED)
            await assert_settled(counter, sandbox)
        kinds = [type(event.data) for event in await counter.log()]
    for kind in (PaymentRequested, PaymentAuthorized, OrderConfirmed, ShipmentPlanned):
        assert kinds.count(kind) == 1


async def test_the_whole_log_again_changes_nothing(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 12: the process reads everything once more, from the first order on."""
    url = module_database_url
    confirmed, rejected, cancelled, completed = (order_id(number) for number in range(1, 5))
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "first.log"):
            for each in (confirmed, cancelled, completed):
                await counter.place(each)
            await counter.place(rejected, method="card-declined")
            await counter.send(a_cancellation(order_id=cancelled))
            await counter.deliver(await shipped(counter, completed))
            await counter.until(confirmed, Lifecycle.CONFIRMED)
            await counter.until(rejected, Lifecycle.REJECTED)
            await counter.until(cancelled, Lifecycle.CANCELLED)
            await counter.until(completed, Lifecycle.COMPLETED)
            await counter.until_reacted()
        before = (await head_of(url), books_of(sandbox))
        async with superuser(url) as connection:
            await connection.execute(b"UPDATE messaging.consumers SET position = 0")
        with a_process(url, sandbox, tmp_path / "second.log"):
            await assert_settled(counter, sandbox)
        assert (await head_of(url), books_of(sandbox)) == before


async def shipped(counter: Counter, order: str) -> str:
    """Pack the shipment of an order, and answer it when the carrier has it."""
    shipment_id = await counter.pack(order)
    await counter.until_happened(OrderLinesShipped, order)
    return shipment_id
