"""How does a test run the fulfilment process and the sandbox, and walk an order through them?

The real programs `ordertrail fulfilment` and `ordertrail sandbox`; what people do is sent through a
handler of the test's own.
"""

import json
import os
import subprocess
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2

from api.webhook_signatures import ID, SIGNATURE, TIMESTAMP, signature_of
from cli.child_processes import free_port
from commands.envelope import Answer, CommandEnvelope
from commands.handler import CommandHandler
from commands.pack import Pack
from commands.record_delivered import RecordDelivered
from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.events import Event
from domain.fold import State, as_order, evolve
from domain.order import Lifecycle, Order
from domain.shipment_events import Parcel, ShipmentPacked, ShipmentPlanned
from sql.store import Store, open_store
from tests.api_client import HMAC_KEY, ApiClient
from tests.checking import assert_checked
from tests.examples import NOW, STAFF, a_line, a_shop, an_order
from tests.examples_log import superuser
from tests.running_api import answers
from tests.running_workers import (
    OPERATIONAL,
    ORDERTRAIL,
    SIGNING_KEY,
    caught_up,
    eventually,
    projecting,
    read_log,
)
from tests.stock_examples import a_receipt, a_stock_item

PIECES: Final = 10
GOOD: Final = frozenset({Lifecycle.CONFIRMED, Lifecycle.COMPLETED})
"""Orders that are paid for, or will be."""

_REACTED: Final = b"""
SELECT bool_and(position = (SELECT max(position) FROM event_store.events)) FROM messaging.consumers
"""


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


@asynccontextmanager
async def an_api(database_url: str, log: Path, **environment: str) -> AsyncGenerator[ApiClient]:
    """Run an API that hears the sandbox, and open a client of it."""
    port = free_port()
    settings = {"ORDERTRAIL_PORT": str(port), "ORDERTRAIL_EMAIL_HMAC_KEY": HMAC_KEY, **environment}
    with running("api", log=log, database_url=database_url, **settings):
        url = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=url, timeout=15, trust_env=False) as http:
            api = ApiClient(http)
            await eventually(lambda: answers(api))
            yield api


async def tell(api: ApiClient, fact: dict[str, Any], webhook_id: str) -> httpx2.Response:
    """Send a webhook of the provider's."""
    body, timestamp = json.dumps(fact).encode(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        ID: webhook_id,
        TIMESTAMP: timestamp,
        SIGNATURE: signature_of(SIGNING_KEY.encode(), webhook_id, timestamp, body),
    }
    return await api.http.post("/v1/webhooks/sandbox-provider", content=body, headers=headers)


def said_by_provider(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Read the facts of a kind that the provider has in its books, as webhooks would tell them."""
    entries = map(json.loads, (folder / "books.jsonl").read_text().splitlines())
    return [fact for entry in entries for fact in entry["facts"] if fact["kind"] == kind]


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
        self.database_url = database_url

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
        return await read_log(self.database_url)

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

    async def until_reacted(self) -> None:
        """Wait until the process has reacted to all, and every party outside has answered."""

        async def has_reacted() -> bool:
            async with superuser(self.database_url) as connection:
                row = await (await connection.execute(_REACTED)).fetchone()
            return row is not None and bool(row[0])

        await eventually(has_reacted)

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


async def assert_settled(counter: Counter, sandbox_url: str) -> None:
    """Compare the provider's books with what the orders come to, then check the whole database."""
    await counter.until_reacted()
    states: dict[str, State] = {}
    for event in await counter.log():
        if event.stream.startswith("order-"):
            states[event.stream] = evolve(states.get(event.stream), event.data)
    orders = [
        order for order in map(as_order, states.values()) if order and order.lifecycle in GOOD
    ]
    sums = books_of(sandbox_url)
    kept_minor = sums["authorised_minor"] - sums["voided_minor"] - sums["refunded_minor"]
    assert kept_minor == sum(each.due_totals.grand_minor - each.granted_minor for each in orders)
    async with projecting(counter.database_url):
        await caught_up(counter.database_url, OPERATIONAL)
    await assert_checked(counter.database_url)


@asynccontextmanager
async def a_counter(database_url: str) -> AsyncGenerator[Counter]:
    """Open the shop's own way of sending commands."""
    async with open_store(database_url, role_prefix="ordertrail", code_version="test") as store:
        yield Counter(store, database_url)
