"""The provider is slow, silent or forgetful: is anybody charged twice, or left waiting for ever?

Every way in which the sandbox misbehaves (docs/sandbox.md) has orders of its own, all at once. The
process asks again after a second instead of a minute.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli.process_api import DEFAULT_POLICY
from domain.order import Lifecycle
from domain.order_events import OrderConfirmed, OrderLinesShipped
from domain.payment_events import PaymentCaptured, PaymentOutcomeUnknown, PaymentRequested
from domain.shipment_events import ShipmentPlanned
from tests.checking import assert_checked
from tests.running_process import Counter, a_counter, a_process, a_sandbox, books_of
from tests.running_workers import OPERATIONAL, caught_up, projecting, read_log

EACH: Final = 3
METHODS: Final = {
    "card-ok": Lifecycle.COMPLETED,
    "card-lost": Lifecycle.COMPLETED,
    "card-timeout": Lifecycle.COMPLETED,
    "card-declined": Lifecycle.REJECTED,
}
"""A way to pay -> how its orders end."""

PRICE_MINOR: Final = 2_500


def order_id(number: int) -> str:
    return f"0196a000-0000-7000-8000-00000000b{number:03}"


async def test_whatever_the_provider_does_an_order_is_charged_once_or_not_at_all(
    module_database_url: str, tmp_path: Path
) -> None:
    url = module_database_url
    policy = tmp_path / "policy.toml"
    said = DEFAULT_POLICY.read_text(encoding="utf-8")
    policy.write_text(said.replace("ask_again_seconds = 60", "ask_again_seconds = 1"))
    orders = {
        order_id(number): method
        for number, method in enumerate(method for method in METHODS for _ in range(EACH))
    }
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=2 * len(orders))
        settings = {"ORDERTRAIL_POLICY_FILE": str(policy)}
        async with projecting(url):  # the timers are a table too
            with a_process(url, sandbox, tmp_path / "process.log", **settings):
                await carry_out(counter, orders)
            await caught_up(url, OPERATIONAL)
        sums = books_of(sandbox)
    completed = sum(METHODS[method] is Lifecycle.COMPLETED for method in orders.values())
    due = PRICE_MINOR * completed
    assert (sums["authorised_minor"], sums["captured_minor"]) == (due, due)
    assert (sums["voided_minor"], sums["refunded_minor"]) == (0, 0)
    unknown = {
        event.data.order_id
        for event in await read_log(url)
        if isinstance(event.data, PaymentOutcomeUnknown)
    }
    assert unknown == {each for each, way in orders.items() if way in {"card-lost", "card-timeout"}}
    await assert_checked(url)


async def test_a_call_that_nobody_answers_keeps_no_other_order_waiting(
    database_url: str, tmp_path: Path
) -> None:
    url, silent, other = database_url, order_id(900), order_id(901)
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=4)
        with a_process(url, sandbox, tmp_path / "process.log"):
            await counter.place(silent, method="card-timeout", asked_at=datetime.now(UTC))
            await counter.until_happened(PaymentRequested, silent)
            await counter.place(other, method="card-ok", asked_at=datetime.now(UTC))
            await counter.until(other, Lifecycle.CONFIRMED)
            await counter.until_happened(PaymentOutcomeUnknown, silent)
    happened = [
        (type(event.data), event.data.order_id)
        for event in await read_log(url)
        if isinstance(event.data, OrderConfirmed | PaymentOutcomeUnknown)
    ]
    assert happened.index((OrderConfirmed, other)) < happened.index((PaymentOutcomeUnknown, silent))
    await assert_checked(url)


async def carry_out(counter: Counter, orders: dict[str, str]) -> None:
    """Place the orders at once, and see each to its end."""
    for each, method in orders.items():
        await counter.place(each, method=method, asked_at=datetime.now(UTC))
    for each, method in orders.items():
        if METHODS[method] is Lifecycle.REJECTED:
            await counter.until(each, Lifecycle.REJECTED)
            continue
        await counter.until_happened(ShipmentPlanned, each)
        shipment_id = await counter.pack(each)
        await counter.until_happened(OrderLinesShipped, each)
        await counter.until_happened(PaymentCaptured, each)
        await counter.deliver(shipment_id)
        await counter.until(each, Lifecycle.COMPLETED)
