"""How does a test run the fulfilment process and the sandbox, and walk an order through them?

The real programs `ordertrail fulfilment` and `ordertrail sandbox`; what people do is sent through a
handler of the test's own.
"""

import os
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx2

from cli.child_processes import free_port
from commands.envelope import Answer, CommandEnvelope
from commands.handler import CommandHandler
from commands.pack import Pack
from commands.record_delivered import RecordDelivered
from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.events import Event
from domain.fold import as_order, evolve
from domain.order import Lifecycle, Order
from domain.shipment_events import Parcel, ShipmentPacked, ShipmentPlanned
from sql.store import Store, open_store
from tests.examples import NOW, STAFF, a_line, a_shop, an_order
from tests.running_workers import ORDERTRAIL, SIGNING_KEY, eventually, read_log
from tests.stock_examples import a_receipt, a_stock_item

PIECES: Final = 10


@contextmanager
def running(
    *arguments: str, log: Path, database_url: str = "", **environment: str
) -> Generator[subprocess.Popen[bytes]]:
    """Run a program, ended at the latest with the block."""
    given = {
        **os.environ,
        **({"DATABASE_URL": database_url} if database_url else {}),
        "ORDERTRAIL_SLICE_HMAC_KEY": SIGNING_KEY,
        "ORDERTRAIL_WEBHOOK_HMAC_KEY": SIGNING_KEY,
        **environment,
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(ORDERTRAIL), *arguments], env=given, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def a_sandbox(folder: Path, *arguments: str) -> AsyncGenerator[str]:
    """Run a provider and a carrier, and answer their address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    journal = ("--journal", str(folder / "books.jsonl"))
    with running(
        "sandbox",
        *("--port", str(port)),
        *journal,
        *arguments,
        log=folder / "sandbox.log",
        database_url="postgresql://nobody@127.0.0.1:1/none",
    ):
        await eventually(lambda: _answers(url))
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/v1/books").is_success
    except httpx2.HTTPError:
        return False


def books_of(url: str) -> dict[str, int]:
    """Read the sums of the sandbox's books."""
    return httpx2.get(f"{url}/v1/books").json()


@contextmanager
def a_process(
    database_url: str, sandbox_url: str, log: Path, **environment: str
) -> Generator[subprocess.Popen[bytes]]:
    """Run the fulfilment process."""
    with running(
        "fulfilment",
        log=log,
        database_url=database_url,
        ORDERTRAIL_SANDBOX_URL=sandbox_url,
        **environment,
    ) as process:
        yield process


class Counter:
    """People of the shop, who send commands."""

    def __init__(self, store: Store, database_url: str) -> None:
        self._handler: CommandHandler = store.handler
        self._database_url = database_url

    async def send(self, *commands: Command) -> Answer:
        """Carry commands out, one after the other, and answer the last."""
        assert commands
        answer: Answer | None = None
        for command in commands:
            key = str(uuid4())
            answer = await self._handler.handle(
                command,
                CommandEnvelope(
                    principal=f"{command.actor.kind}:{command.actor.id}",
                    idempotency_key=key,
                    fingerprint=sha256(key.encode()).digest(),
                    actor=command.actor,
                    command_id=key,
                    correlation_id=key,
                ),
            )
        assert answer is not None
        return answer

    async def open_shop(self, pieces: int = PIECES) -> None:
        """Register Ada and blue mugs, of which so many are there."""
        await self.send(*a_shop(), a_stock_item(), a_receipt(quantity=pieces))

    async def place(
        self,
        order_id: str,
        method: str = "card-ok",
        quantity: int = 2,
        asked_at: datetime = NOW,
    ) -> None:
        """Place an order of Ada's; one of long ago has waited too long for its money."""
        await self.send(
            an_order(
                order_id=order_id,
                asked_at=asked_at,
                order_number=f"W26-{order_id[-7:]}-X",
                fingerprint=order_id,
                payment_method_ref=method,
                lines=(a_line(quantity=quantity),),
            )
        )

    async def log(self) -> list[RecordedEvent]:
        """Read the whole log."""
        return await read_log(self._database_url)

    async def order(self, order_id: str) -> Order:
        """Fold an order."""
        state = None
        for event in await self.log():
            if event.stream == f"order-{order_id}":
                state = evolve(state, event.data)
        order = as_order(state)
        assert order is not None
        return order

    async def until(self, order_id: str, *lifecycles: Lifecycle) -> None:
        """Wait until an order is in one of some states."""

        async def is_there() -> bool:
            return (await self.order(order_id)).lifecycle in lifecycles

        await eventually(is_there)

    async def until_happened(self, event_class: type[Event], order_id: str) -> Event:
        """Wait until something happened to an order, and answer it."""
        found: list[Event] = []

        async def has_happened() -> bool:
            found[:] = [
                event.data
                for event in await self.log()
                if isinstance(event.data, event_class)
                and getattr(event.data, "order_id", None) == order_id
            ]
            return bool(found)

        await eventually(has_happened)
        return found[-1]

    async def pack(self, order_id: str) -> str:
        """Pack the shipment of an order; the carrier of the sandbox takes it along.

        A shipment that was packed stays as it is.
        """
        planned = await self.until_happened(ShipmentPlanned, order_id)
        assert isinstance(planned, ShipmentPlanned)
        packed = {
            e.data.shipment_id for e in await self.log() if isinstance(e.data, ShipmentPacked)
        }
        if planned.shipment_id in packed:
            return planned.shipment_id
        await self.send(
            Pack(
                actor=STAFF,
                asked_at=NOW,
                shipment_id=planned.shipment_id,
                parcels=(Parcel(parcel_id="1"),),
            )
        )
        return planned.shipment_id

    async def deliver(self, shipment_id: str) -> None:
        """Let a shipment arrive."""
        await self.send(
            RecordDelivered(actor=STAFF, asked_at=NOW, shipment_id=shipment_id, delivered_at=NOW)
        )


@asynccontextmanager
async def a_counter(database_url: str) -> AsyncGenerator[Counter]:
    """Open the shop's own way of sending commands."""
    async with open_store(database_url, role_prefix="ordertrail", code_version="test") as store:
        yield Counter(store, database_url)
