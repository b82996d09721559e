"""Races around the fulfilment process, with real processes (domain.md §2.3)."""

import asyncio
from collections import Counter as Tally
from pathlib import Path
from typing import Final

from commands.request_payment import RequestPayment
from domain.order import Lifecycle
from domain.order_events import OrderRejected
from domain.order_parts import RejectionReason
from domain.payment_events import PaymentRequested
from tests.checking import assert_checked
from tests.examples import CUSTOMER, NOW, a_cancellation
from tests.running_process import a_counter, a_process, a_sandbox, books_of
from tests.running_workers import OPERATIONAL, caught_up, eventually, projecting, read_log

BUYERS: Final = 100
LAST_PIECES: Final = 10


def order_id(number: int) -> str:
    return f"0196a000-0000-7000-8000-00000000e{number:03}"


async def test_a_hundred_buyers_for_the_last_ten_pieces(
    module_database_url: str, tmp_path: Path
) -> None:
    url = module_database_url
    orders = [order_id(number) for number in range(BUYERS)]
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=LAST_PIECES)
        with a_process(url, sandbox, tmp_path / "process.log"):
            await asyncio.gather(*(counter.place(each, quantity=1) for each in orders))
            for each in orders:
                await counter.until(each, Lifecycle.CONFIRMED, Lifecycle.REJECTED)
        sums = books_of(sandbox)
    events = [event.data for event in await read_log(url)]
    reasons = Tally(event.reason for event in events if isinstance(event, OrderRejected))
    assert reasons == {RejectionReason.OUT_OF_STOCK: BUYERS - LAST_PIECES}
    assert sums["authorised_minor"] == LAST_PIECES * 1_250
    async with projecting(url):
        await caught_up(url, OPERATIONAL)
    await assert_checked(url)


async def test_cancellations_meet_authorisations_under_way(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 1: whatever is faster, nothing stays authorised of a cancelled order."""
    url = module_database_url
    orders = [order_id(number) for number in range(12)]
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=100)
        with a_process(url, sandbox, tmp_path / "process.log"):

            async def order_and_cancel(number: int) -> None:
                await counter.place(orders[number])
                await asyncio.sleep(0.01 * number)
                wish = a_cancellation(order_id=orders[number], cancellation_id=f"c{number}")
                await counter.send(wish)

            await asyncio.gather(*map(order_and_cancel, range(len(orders))))
            for each in orders:
                await counter.until(each, Lifecycle.CANCELLED)
        sums = books_of(sandbox)
    assert sums["captured_minor"] == 0
    assert sums["authorised_minor"] == sums["voided_minor"]


async def test_two_cards_for_one_order(module_database_url: str, tmp_path: Path) -> None:
    """Race 6: the second authorisation is given up."""
    url = module_database_url
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop()
        await counter.place(order_id(0))
        await counter.send(
            RequestPayment(
                actor=CUSTOMER,
                asked_at=NOW,
                payment_id="0196a000-0000-7000-8000-00000000ca42",
                order_id=order_id(0),
                amount_minor=2_500,
                currency="GBP",
                method_ref="card-ok",
            )
        )
        with a_process(url, sandbox, tmp_path / "process.log"):
            await counter.until(order_id(0), Lifecycle.CONFIRMED)

            def one_is_left() -> bool:
                found = books_of(sandbox)
                return found["authorised_minor"] - found["voided_minor"] == 2_500

            await eventually(one_is_left)
    requested = [e for e in await read_log(url) if isinstance(e.data, PaymentRequested)]
    assert len(requested) == 2
