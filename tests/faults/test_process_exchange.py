"""Does the credit of a return pay one order, once, and does the provider get what is left to do?"""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from domain.order import Lifecycle
from domain.order_events import OrderLinesShipped
from domain.payment_events import RefundSucceeded
from domain.return_events import ReturnClosed, ReturnResolution
from tests.api_client import AS_STAFF, ApiClient, Json, an_order_body
from tests.examples import CUSTOMER_ID, ORDER_ID, SKU, a_cancellation
from tests.exchange_examples import EXCHANGE_ID, OTHER_EXCHANGE_ID
from tests.return_examples import (
    RETURN_ID,
    a_return_receipt,
    a_return_request,
    an_approval,
    an_inspection,
)
from tests.running_process import (
    Counter,
    a_counter,
    a_process,
    a_sandbox,
    an_api,
    assert_settled,
    books_of,
)
from tests.running_workers import eventually

MUG_MINOR = 1_250


@asynccontextmanager
async def a_credit(url: str, sandbox: str, folder: Path) -> AsyncGenerator[Counter]:
    """Two mugs were paid for, delivered and sent back for an exchange."""
    async with a_counter(url) as counter:
        await counter.open_shop()
        with a_process(url, sandbox, folder / "process.log"):
            await counter.place(ORDER_ID)
            await counter.deliver(await shipped(counter, ORDER_ID))
            await counter.until(ORDER_ID, Lifecycle.COMPLETED)
            await counter.send(
                a_return_request(resolution=ReturnResolution.EXCHANGE),
                an_approval(),
                a_return_receipt(),
                an_inspection(),
            )
            await counter.until_reacted()
        yield counter


async def place(api: ApiClient, order_id: str, pieces: int) -> Json:
    """Order mugs for the credit, as staff."""
    body = an_order_body(
        CUSTOMER_ID,
        SKU,
        order_id=order_id,
        origin={"kind": "exchange", "ref": RETURN_ID},
        lines=[{"line_id": "1", "sku": SKU, "quantity": pieces}],
        payment_method_ref="card-ok",
    )
    answer = await api.command("/v1/orders", body, headers=AS_STAFF)
    found: Json = answer.json()
    return {"status_code": answer.status_code, **found}


async def test_a_credit_pays_one_of_two_orders_at_once_and_the_rest_is_refunded(
    module_database_url: str, tmp_path: Path
) -> None:
    """They are placed at two processes; the third dies before it hears of the order."""
    url = module_database_url
    async with (
        a_sandbox(tmp_path) as sandbox,
        a_credit(url, sandbox, tmp_path) as counter,
        an_api(url, tmp_path / "one.log") as one,
        an_api(url, tmp_path / "other.log") as other,
    ):
        answers = await asyncio.gather(
            place(one, EXCHANGE_ID, 1), place(other, OTHER_EXCHANGE_ID, 1)
        )
        assert sorted(answer["status_code"] for answer in answers) == [201, 409], answers
        codes = {answer.get("code") for answer in answers}
        assert codes == {None, "return_credit_spent"}
        (exchange_id,) = (answer["id"] for answer in answers if answer["status_code"] == 201)
        kill = "fulfilment.after_advance=kill@1"
        with a_process(url, sandbox, tmp_path / "doomed.log", FAILPOINTS=kill) as doomed:
            await eventually(lambda: doomed.poll() is not None)
        assert doomed.returncode == -signal.SIGKILL
        with a_process(url, sandbox, tmp_path / "next.log"):
            await counter.until(exchange_id, Lifecycle.CONFIRMED)
            await counter.deliver(await shipped(counter, exchange_id))
            await counter.until(exchange_id, Lifecycle.COMPLETED)
            await counter.until_happened(ReturnClosed, ORDER_ID)
            await assert_settled(counter, sandbox)
        sums = books_of(sandbox)
        order = await counter.order(exchange_id)
    assert (sums["captured_minor"], sums["refunded_minor"]) == (2 * MUG_MINOR, MUG_MINOR)
    assert (order.credit_minor, order.captured_minor) == (MUG_MINOR, MUG_MINOR)


async def test_a_cancelled_exchange_gives_money_and_credit_back(
    module_database_url: str, tmp_path: Path
) -> None:
    """It costs more than the credit; what was taken for the first order is refunded."""
    url = module_database_url
    async with (
        a_sandbox(tmp_path) as sandbox,
        a_credit(url, sandbox, tmp_path) as counter,
        an_api(url, tmp_path / "api.log") as api,
    ):
        with a_process(url, sandbox, tmp_path / "next.log"):
            assert (await place(api, EXCHANGE_ID, 3))["status_code"] == 201
            await counter.until(EXCHANGE_ID, Lifecycle.CONFIRMED)
            assert books_of(sandbox)["authorised_minor"] == 3 * MUG_MINOR
            await counter.send(a_cancellation(order_id=EXCHANGE_ID))
            await counter.until(EXCHANGE_ID, Lifecycle.CANCELLED)
            await counter.until_happened(RefundSucceeded, ORDER_ID)
            await assert_settled(counter, sandbox)
        sums = books_of(sandbox)
    assert (sums["voided_minor"], sums["refunded_minor"]) == (MUG_MINOR, 2 * MUG_MINOR)


async def shipped(counter: Counter, order_id: str) -> str:
    """Pack the shipment of an order, and answer it when the carrier has it."""
    shipment_id = await counter.pack(order_id)
    await counter.until_happened(OrderLinesShipped, order_id)
    return shipment_id
