"""Races around the fulfilment process, with real processes.

| race of domain.md §2.3 | test |
|---|---|
| 1 cancellation, authorisation | here: `test_cancellations_meet_authorisations_under_way` |
| 2 webhook before the answer | test_process_payment_races.py: `…_before_the_answer_…` |
| 3 webhook three times | test_process_payment_races.py: `…_three_times_at_once_…` |
| 4 expiry of a reservation | here: `test_reservations_expire_as_their_orders_are_paid` |
| 5 order sent again | test_process_repeats.py: `…_whose_answer_was_lost_…` |
| 6 two cards | test_process_payment_races.py: `test_two_cards_for_one_order` |
| 7 edit while a picker packs | here: `test_edits_meet_parcels_under_way` |
| 8 two refunds | test_process_payment_races.py: `test_of_two_partial_refunds_at_once_…` |
| 9 success after expiry | test_process_payment_races.py: `test_a_success_…`, two of them |
| 10 crash after the commit | test_process_repeats.py: `…_relay_dies_…`; test_process_killed.py |
| 11 compensation, success | test_process_payment_races.py: `test_a_declined_card_…` |
| 12 event comes again | test_process_repeats.py: `test_the_whole_log_again_…` |
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Final

from commands.pack import Pack
from domain.order import Lifecycle
from domain.order_errors import EditNotAllowedAfterShipment, EditStale
from domain.order_events import (
    OrderConfirmed,
    OrderEdited,
    OrderEditProposed,
    OrderEditRejected,
    OrderRejected,
)
from domain.order_parts import RejectionReason
from domain.shipment_errors import ShipmentAlreadyDispatched, ShipmentStateConflict
from domain.shipment_events import Parcel, ShipmentPlanned
from domain.stock_events import StockReservationExpired, StockReserved
from tests.api_client import new_id
from tests.edit_examples import an_edit, set_quantity
from tests.examples import NOW, STAFF, a_cancellation
from tests.running_process import (
    Counter,
    a_counter,
    a_process,
    a_sandbox,
    assert_settled,
    books_of,
)
from tests.running_workers import eventually, read_log
from tests.stock_examples import an_expiry

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
            await assert_settled(counter, sandbox)
        sums = books_of(sandbox)
    events = [event.data for event in await read_log(url)]
    reasons = Tally(event.reason for event in events if isinstance(event, OrderRejected))
    assert reasons == {RejectionReason.OUT_OF_STOCK: BUYERS - LAST_PIECES}
    assert sums["authorised_minor"] == LAST_PIECES * 1_250


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
            await assert_settled(counter, sandbox)
        assert books_of(sandbox)["captured_minor"] == 0


async def test_reservations_expire_as_their_orders_are_paid(
    module_database_url: str, tmp_path: Path
) -> None:
    """Race 4: what expires is kept again, unless others were waiting for the pieces.

    One answer of the provider is late, so that at least one reservation expires before it.
    """
    url, late = module_database_url, "outside.after_call=sleep:1@5"
    orders = [order_id(number) for number in range(10)]
    waiting = [order_id(number) for number in range(10, 14)]
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=2 * len(orders))
        with a_process(url, sandbox, tmp_path / "process.log", FAILPOINTS=late):

            async def order_and_expire(number: int) -> None:
                await counter.place(orders[number])
                reserved = await counter.until_happened(StockReserved, orders[number])
                assert isinstance(reserved, StockReserved)
                await counter.send(
                    an_expiry(at=reserved.expires_at, reservation_id=reserved.reservation_id)
                )

            await asyncio.gather(
                *map(order_and_expire, range(len(orders))), *map(counter.place, waiting)
            )
            for each in (*orders, *waiting):
                await counter.until(each, Lifecycle.CONFIRMED, Lifecycle.REJECTED)
            await assert_settled(counter, sandbox)
    events = [event.data for event in await counter.log()]
    confirmed = sum(isinstance(event, OrderConfirmed) for event in events)
    reasons = {event.reason for event in events if isinstance(event, OrderRejected)}
    assert any(isinstance(event, StockReservationExpired) for event in events)
    assert 0 < confirmed <= len(orders)
    assert reasons == {RejectionReason.OUT_OF_STOCK}


async def test_edits_meet_parcels_under_way(module_database_url: str, tmp_path: Path) -> None:
    """Race 7: an order is changed or stays as it is, and what has left is paid, and no more."""
    url = module_database_url
    orders = [order_id(number) for number in range(9)]
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=3 * len(orders))
        with a_process(url, sandbox, tmp_path / "process.log"):
            await asyncio.gather(*map(counter.place, orders))
            for each in orders:
                await counter.until_happened(ShipmentPlanned, each)

            async def pack_and_change(number: int) -> None:
                order, quantity = orders[number], 1 + 2 * (number % 2)
                await asyncio.gather(
                    after(0.02 * (number % 3), pack_and_deliver(counter, order)),
                    after(0.02 * (number // 3), change(counter, order, quantity)),
                )

            await asyncio.gather(*map(pack_and_change, range(len(orders))))
            for each in orders:
                await see_home(counter, each)
            await assert_settled(counter, sandbox)
        sums = books_of(sandbox)
    events = [event.data for event in await counter.log()]
    proposed = {event.edit_id for event in events if isinstance(event, OrderEditProposed)}
    decided = [e.edit_id for e in events if isinstance(e, OrderEdited | OrderEditRejected)]
    assert sorted(decided) == sorted(proposed)
    delivered = [(await counter.order(each)).progress[0].delivered for each in orders]
    assert sums["captured_minor"] - sums["refunded_minor"] == 1_250 * sum(delivered)


async def after(seconds: float, work: Awaitable[object]) -> None:
    await asyncio.sleep(seconds)
    await work


async def change(counter: Counter, order: str, quantity: int) -> None:
    """Want other pieces of an order, unless it has changed, or left, in this moment."""
    wish = an_edit(
        set_quantity("1", quantity),
        order_id=order,
        edit_id=new_id(),
        base_version=(await counter.order(order)).version,
    )
    with suppress(EditStale, EditNotAllowedAfterShipment):
        await counter.send(wish)


async def see_home(counter: Counter, order: str) -> None:
    """Pack whatever is planned for an order, and bring what has left, until it is completed."""

    async def is_completed() -> bool:
        await pack_and_deliver(counter, order)
        return (await counter.order(order)).lifecycle is Lifecycle.COMPLETED

    await eventually(is_completed)


async def pack_and_deliver(counter: Counter, order: str) -> None:
    """Pack what is planned, and bring what has left, each unless it was stopped, or has not."""
    for event in await counter.log():
        if isinstance(event.data, ShipmentPlanned) and event.data.order_id == order:
            with suppress(ShipmentStateConflict, ShipmentAlreadyDispatched):
                await counter.send(a_packing(event.data.shipment_id))
            with suppress(ShipmentStateConflict):
                await counter.deliver(event.data.shipment_id)


def a_packing(shipment_id: str) -> Pack:
    return Pack(
        actor=STAFF, asked_at=NOW, shipment_id=shipment_id, parcels=(Parcel(parcel_id="1"),)
    )
