"""Races of money: whatever is faster, is anybody charged twice, or given back too much?

The table in test_process_races.py says which of domain.md §2.3 is where.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from commands.request_payment import RequestPayment
from domain.order import Lifecycle
from domain.payment_events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentProcessing,
    PaymentRequested,
    PaymentVoided,
    RefundRequested,
)
from tests.api_client import ApiClient, new_id
from tests.checking import assert_checked
from tests.examples import CUSTOMER, NOW, POLICY
from tests.running_process import (
    Counter,
    a_counter,
    a_process,
    a_sandbox,
    an_api,
    assert_settled,
    books_of,
    said_by_provider,
    tell,
)
from tests.running_workers import OPERATIONAL, caught_up, eventually, projecting

PRICE_MINOR: Final = 2_500
ORDERS: Final = 4
PART_MINOR: Final = 1_500


def order_id(number: int) -> str:
    return f"0196a000-0000-7000-8000-00000000c{number:03}"


async def payment_of(counter: Counter, order: str) -> str:
    requested = await counter.until_happened(PaymentRequested, order)
    assert isinstance(requested, PaymentRequested)
    return requested.payment_id


def another_card(order: str, method_ref: str) -> RequestPayment:
    return RequestPayment(
        actor=CUSTOMER,
        asked_at=NOW,
        payment_id=new_id(),
        order_id=order,
        amount_minor=PRICE_MINOR,
        currency="GBP",
        method_ref=method_ref,
    )


async def test_a_webhook_before_the_answer_takes_the_money_once(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 2: of one order the answer to the capture is late, of the other it never comes."""
    url, late = module_database_url, "outside.after_call=sleep:2@2"
    orders = {order_id(0): "card-twice", order_id(1): "card-timeout"}
    async with (
        an_api(url, tmp_path / "api.log") as api,
        a_sandbox(tmp_path, "--webhooks", str(api.http.base_url)) as sandbox,
        a_counter(url) as counter,
    ):
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "process.log", FAILPOINTS=late):
            for each, method in orders.items():
                await counter.place(each, method=method)
            for each in orders:
                await counter.pack(each)
                await counter.until(each, Lifecycle.COMPLETED)
            await assert_settled(counter, sandbox)
        assert books_of(sandbox)["captured_minor"] == 2 * PRICE_MINOR
    captured = [e for e in await counter.log() if isinstance(e.data, PaymentCaptured)]
    assert [event.metadata.command_id[:3] for event in captured] == ["sb_", "sb_"]


async def test_a_webhook_three_times_at_once_is_heard_once(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 3."""
    url = module_database_url
    orders = [order_id(number) for number in range(ORDERS)]
    async with (
        an_api(url, tmp_path / "one.log") as one,
        an_api(url, tmp_path / "other.log") as other,
        a_sandbox(tmp_path) as sandbox,
        a_counter(url) as counter,
    ):
        apis = (one, other, one)
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "process.log"):
            for each in orders:
                await counter.place(each, method="card-late")
                await counter.until_happened(PaymentProcessing, each)
            await tell_at_once(apis, said_by_provider(tmp_path, "authorized"))
            for each in orders:
                await counter.until(each, Lifecycle.CONFIRMED)
                shipment_id = await counter.pack(each)
                await counter.until_happened(PaymentCaptured, each)
                await counter.deliver(shipment_id)
            await tell_at_once(apis, said_by_provider(tmp_path, "captured"))
            for each in orders:
                await counter.until(each, Lifecycle.COMPLETED)
            await assert_settled(counter, sandbox)
        log = await counter.log()
    for kind in (PaymentAuthorized, PaymentCaptured):
        assert sum(isinstance(event.data, kind) for event in log) == ORDERS


async def tell_at_once(apis: Sequence[ApiClient], facts: list[dict[str, Any]]) -> None:
    """Send each fact to all of them at once: one takes it, the others know it, or are busy."""
    assert len(facts) == ORDERS
    for fact in facts:
        webhook_id = f"{fact['kind']}:{fact['payment_id']}"
        answers = await asyncio.gather(*(tell(api, fact, webhook_id) for api in apis))
        said = Tally(each.json().get("result") or each.json()["code"] for each in answers)
        assert said["taken"] == 1
        assert said.keys() <= {"taken", "known", "idempotency_in_progress"}


async def test_two_cards_for_one_order(module_database_url: str, tmp_path: Path) -> None:
    """Race 6: the second authorisation is given up."""
    url = module_database_url
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        await counter.place(order_id(0))
        await counter.send(another_card(order_id(0), "card-ok"))
        with a_process(url, sandbox, tmp_path / "process.log"):
            await counter.until(order_id(0), Lifecycle.CONFIRMED)
            await assert_settled(counter, sandbox)
        sums = books_of(sandbox)
    assert (sums["authorised_minor"], sums["voided_minor"]) == (2 * PRICE_MINOR, PRICE_MINOR)


async def test_a_declined_card_does_not_undo_what_another_one_paid(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 11: the process hears of the refusal when the other card is authorised already.

    It reacts to the order, to the customer's payment, and then, late, to the refusal of that.
    """
    url = module_database_url
    failpoints = "fulfilment.before_advance=sleep:1@3"
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        await counter.place(order_id(0))
        await counter.send(another_card(order_id(0), "card-declined"))
        with a_process(url, sandbox, tmp_path / "process.log", FAILPOINTS=failpoints):
            await counter.until_happened(PaymentDeclined, order_id(0))
            await counter.until_happened(PaymentAuthorized, order_id(0))
            await counter.until(order_id(0), Lifecycle.CONFIRMED, Lifecycle.REJECTED)
            await assert_settled(counter, sandbox)
        assert (await counter.order(order_id(0))).lifecycle is Lifecycle.CONFIRMED


async def test_of_two_partial_refunds_at_once_one_is_refused(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 8: they come to more than was taken; each is asked for at another process."""
    url = module_database_url
    orders = [order_id(number) for number in range(ORDERS)]
    async with (
        an_api(url, tmp_path / "one.log") as one,
        an_api(url, tmp_path / "other.log") as other,
        a_sandbox(tmp_path) as sandbox,
        a_counter(url) as counter,
    ):
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "process.log"):
            for each in orders:
                await counter.place(each)
            for each in orders:
                await counter.pack(each)
                await counter.until_happened(PaymentCaptured, each)
            payments = [await payment_of(counter, each) for each in orders]
            answers = await asyncio.gather(
                *(ask_for_part_back(api, each) for each in payments for api in (one, other))
            )
            await counter.until_reacted()
        sums = books_of(sandbox)
        log = await counter.log()
    async with projecting(url):
        await caught_up(url, OPERATIONAL)
    await assert_checked(url)
    assert sorted(answers) == ["accepted"] * ORDERS + ["refund_exceeds_captured"] * ORDERS
    refunded = [event.data.payment_id for event in log if isinstance(event.data, RefundRequested)]
    assert sorted(refunded) == sorted(payments)
    assert (sums["captured_minor"], sums["refunded_minor"]) == (
        ORDERS * PRICE_MINOR,
        ORDERS * PART_MINOR,
    )


async def ask_for_part_back(api: ApiClient, payment_id: str) -> str:
    """Ask for more than half of a payment, and answer what was said to that."""
    body = {"refund_id": new_id(), "amount_minor": PART_MINOR, "reason": "chipped"}
    answer = await api.command(f"/v1/payments/{payment_id}/refund", body)
    return "accepted" if answer.is_success else str(answer.json()["code"])


async def test_a_success_after_the_expiry_is_given_up(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 9: of the four calls to the provider the last is to give a payment up, and comes late.

    So one success comes before its payment is given up, and one after that.
    """
    url, late = module_database_url, "outside.before_call=sleep:2@4"
    orders = [order_id(number) for number in range(2)]
    async with (
        an_api(url, tmp_path / "api.log") as api,
        a_sandbox(tmp_path) as sandbox,
        a_counter(url) as counter,
        projecting(url),  # the timers are a table too
    ):
        await counter.open_shop()
        with a_process(url, sandbox, tmp_path / "process.log", FAILPOINTS=late):
            for each in orders:
                await counter.place(each, method="card-late", asked_at=a_while_ago(seconds=3))
            for each in orders:
                await counter.until(each, Lifecycle.EXPIRED)
            await eventually(lambda: books_of(sandbox)["voided_minor"] > 0)
            for fact in said_by_provider(tmp_path, "authorized"):
                answer = await tell(api, fact, f"late:{fact['payment_id']}")
                assert answer.is_success, answer.text
            for each in orders:
                await counter.until_happened(PaymentVoided, each)
            await assert_settled(counter, sandbox)
        lifecycles = {(await counter.order(each)).lifecycle for each in orders}
    assert lifecycles == {Lifecycle.EXPIRED}


async def test_a_success_at_the_time_of_the_expiry_is_kept_or_given_up(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 9 with the provider's own webhooks: now this is faster, now that."""
    url = module_database_url
    orders = [order_id(number) for number in range(12)]
    async with (
        an_api(url, tmp_path / "api.log") as api,
        a_sandbox(tmp_path, "--webhooks", str(api.http.base_url)) as sandbox,
        a_counter(url) as counter,
        projecting(url),
    ):
        await counter.open_shop(pieces=2 * len(orders))
        with a_process(url, sandbox, tmp_path / "process.log"):
            for number, each in enumerate(orders):
                asked_at = a_while_ago(seconds=0.2 * number)
                await counter.place(each, method="card-late", asked_at=asked_at)
            for each in orders:
                await counter.until(each, Lifecycle.CONFIRMED, Lifecycle.EXPIRED)
                await counter.until_happened(PaymentAuthorized, each)
            await assert_settled(counter, sandbox)


def a_while_ago(seconds: float) -> datetime:
    """Tell when an order was placed whose payment is due in so many seconds."""
    return datetime.now(UTC) - POLICY.pay_by + timedelta(seconds=seconds)
