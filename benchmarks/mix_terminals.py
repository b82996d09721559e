"""What do the terminals of the TPC-C-like mix ask for, over HTTP?

Five kinds of transactions from a shuffled deck, as many of each as TPC-C's deck has of its own;
customers and skus are drawn by its NURand, so that some are hot. No keying and no thinking time:
a terminal asks again as soon as it was answered.

| kind | share | here |
|---|---|---|
| place | 45 | `POST /v1/orders` with 5 to 15 lines; one in a hundred names an unknown sku |
| pay | 43 | `POST /v1/payments` for all of an order that was placed and is not paid |
| status | 4 | `GET /v1/orders/{order_id}` of one of the newest orders |
| deliver | 4 | `GET /v1/shipments` of those to be packed, `POST …/pack` for up to ten of them |
| stock level | 4 | `GET /v1/stock` of the skus of the last 20 orders |

Source: TPC-C 5.11, clauses 2.1.6, 2.4 to 2.8, 5.2.4.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import uuid_utils

from benchmarks.http_load import Answered, Connection, address_of
from benchmarks.order_requests import OrderRequest, customers, price_minor, sku_of

PRODUCTS: Final = 3_000
SKU_SPREAD: Final = 1_023
CUSTOMER_SPREAD: Final = 255
LINES: Final = (5, 15)
QUANTITY_MAX: Final = 10
REFUSED_SHARE: Final = 0.01
UNKNOWN_SKU: Final = "NOSUCHSKU"
PACKED_AT_ONCE_MAX: Final = 10
SHIPMENTS_PER_PAGE: Final = 50
ORDERS_LOOKED_AT: Final = 20
SKUS_MAX: Final = 100
CREATED: Final = 201
METHOD: Final = "card-ok"
DECK: Final = {"place": 45, "pay": 43, "status": 4, "deliver": 4, "stock_level": 4}


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as its terminal knows it. Units: minor units."""

    order_id: str
    total_minor: int
    skus: tuple[str, ...]


@dataclass(slots=True)
class Mix:
    """What all terminals have in common.

    Shape: `deck`: kinds of transactions that are still to come; `milliseconds`: kind -> how long
    each took. `unpaid` orders are placed; the oldest is paid first.
    """

    deck: list[str]
    chance: random.Random = field(default_factory=random.Random)
    unpaid: deque[PlacedOrder] = field(default_factory=deque[PlacedOrder])
    newest: deque[PlacedOrder] = field(
        default_factory=lambda: deque[PlacedOrder](maxlen=ORDERS_LOOKED_AT)
    )
    packed: set[str] = field(default_factory=set[str])
    done: Counter[str] = field(default_factory=Counter[str])
    milliseconds: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict[str, list[float]](list)
    )

    def nurand(self, spread: int, count: int) -> int:
        """Draw a number from 0 below `count`, some of them far more often than others."""
        drawn = self.chance.randint(0, spread) | self.chance.randrange(count)
        return (drawn + spread // 3) % count


def a_deck(transactions: int, chance: random.Random) -> list[str]:
    """Shuffle so many transactions, in every hundred the same number of each kind."""
    deck: list[str] = []
    while len(deck) < transactions:
        hundred = [kind for kind, count in DECK.items() for _ in range(count)]
        chance.shuffle(hundred)
        deck += hundred
    return deck[transactions - 1 :: -1]


class Terminal:
    """One kept-alive connection on which one transaction follows the other."""

    def __init__(self, mix: Mix, connection: Connection, host: str) -> None:
        """Use an open connection; `open` makes it."""
        self._mix = mix
        self._connection = connection
        self._host = host
        self._buyers = customers()
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "place": self.place,
            "pay": self._pay,
            "status": self._status,
            "deliver": self._deliver,
            "stock_level": self._stock_level,
        }

    @classmethod
    async def open(cls, mix: Mix, url: str) -> "Terminal":
        """Connect."""
        host, port = address_of(url)
        return cls(mix, await Connection.open(host, port), f"{host}:{port}")

    async def work(self, advance: Callable[[int], None]) -> None:
        """Carry out transactions until the deck is used up."""
        while self._mix.deck:
            kind = self._mix.deck.pop()
            began = asyncio.get_running_loop().time()
            await self._kinds[kind]()
            took = (asyncio.get_running_loop().time() - began) * 1_000
            self._mix.milliseconds[kind].append(took)
            advance(1)

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    async def place(self) -> None:
        """Place an order, or have one refused."""
        mix, chance = self._mix, self._mix.chance
        order_id = str(uuid_utils.uuid7())
        numbers = [mix.nurand(SKU_SPREAD, PRODUCTS) for _ in range(chance.randint(*LINES))]
        quantities = [chance.randint(1, QUANTITY_MAX) for _ in numbers]
        skus = [sku_of(number) for number in numbers]
        is_refused = chance.random() < REFUSED_SHARE
        if is_refused:
            skus[-1] = UNKNOWN_SKU
        body = {
            "order_id": order_id,
            "customer_id": self._buyers[mix.nurand(CUSTOMER_SPREAD, len(self._buyers))],
            "currency": "GBP",
            "price_list": "default",
            "channel": "web",
            "country": "United Kingdom",
            "lines": [
                {"line_id": str(line), "sku": sku, "quantity": quantity}
                for line, (sku, quantity) in enumerate(zip(skus, quantities, strict=True), 1)
            ],
        }
        answer = await self._post("/v1/orders", body)
        assert (answer.status == CREATED) is not is_refused, self._connection.body
        if is_refused:
            mix.done["refused"] += 1
            return
        total = sum(
            price_minor(number) * quantity
            for number, quantity in zip(numbers, quantities, strict=True)
        )
        placed = PlacedOrder(order_id, total, tuple(skus))
        mix.unpaid.append(placed)
        mix.newest.append(placed)
        mix.done["placed"] += 1

    async def _pay(self) -> None:
        if not self._mix.unpaid:
            self._mix.done["nothing_to_pay"] += 1
            return
        order = self._mix.unpaid.popleft()
        body = {
            "payment_id": str(uuid_utils.uuid7()),
            "order_id": order.order_id,
            "amount_minor": order.total_minor,
            "currency": "GBP",
            "method_ref": METHOD,
        }
        answer = await self._post("/v1/payments", body)
        assert answer.status == CREATED, self._connection.body
        self._mix.done["paid"] += 1

    async def _status(self) -> None:
        if self._mix.newest:
            order = self._mix.chance.choice(self._mix.newest)
            await self._get(f"/v1/orders/{order.order_id}")
            self._mix.done["looked_up"] += 1

    async def _deliver(self) -> None:
        """Pack the oldest parcels that no other terminal is packing."""
        page = await self._get(f"/v1/shipments?status=planned&limit={SHIPMENTS_PER_PAGE}")
        ids = [shipment["shipment_id"] for shipment in page["shipments"]]
        mine = [each for each in ids if each not in self._mix.packed][:PACKED_AT_ONCE_MAX]
        self._mix.packed.update(mine)
        for shipment_id in mine:
            path = f"/v1/shipments/{shipment_id}/pack"
            answer = await self._post(path, {"parcels": [{"parcel_id": "1"}]})
            assert answer.status < 300, self._connection.body  # noqa: PLR2004
            self._mix.done["packed"] += 1

    async def _stock_level(self) -> None:
        skus = sorted({sku for order in self._mix.newest for sku in order.skus})[:SKUS_MAX]
        if skus:
            await self._get(f"/v1/stock?limit={SKUS_MAX}&skus={','.join(skus)}")
            self._mix.done["stock_levels"] += 1

    async def _post(self, path: str, body: dict[str, Any]) -> Answered:
        key = str(uuid_utils.uuid7())
        request = OrderRequest("", key, json.dumps(body).encode(), path)
        return await self._ask(request.raw(self._host))

    async def _get(self, path: str) -> dict[str, Any]:
        answer = await self._ask(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        assert answer.status == 200, self._connection.body  # noqa: PLR2004
        return json.loads(self._connection.body)

    async def _ask(self, raw: bytes) -> Answered:
        answered: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._connection.send(raw, lambda _, answer: answered.set_result(answer))
        return await answered
