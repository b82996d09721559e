"""Which orders does the demo place, and what must the read side say about them?

Pure and seeded: the same seed, number and end give the same orders. Their shape follows a real
wholesaler's (UCI Online Retail II): half of the baskets have 15 lines or fewer and one in ten has
47 or more, half of the lines 5 pieces or fewer, business hours with a peak at noon, most customers
from one country, nearly half of them back within four months.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.demo_catalogue import DemoCustomer, DemoProduct, address_of, catalogue, customer_of

CURRENCY: Final = "GBP"
PRICE_LIST: Final = "retail"
PAYMENT_METHOD: Final = "card-ok"
DAYS: Final = 120
LINES_MEDIAN: Final = 15
LINES_SIGMA: Final = 0.89
LINES_MAX: Final = 120
QUANTITY_MEDIAN: Final = 5
QUANTITY_SIGMA: Final = 1.22
QUANTITY_MAX: Final = 2_000
NEW_CUSTOMER_SHARE: Final = 0.43
"""1,922 customers placed 4,436 orders."""
WEB_SHARE: Final = 0.88
HOUR_WEIGHTS: Final = {
    7: 1, 8: 4, 9: 8, 10: 12, 11: 13, 12: 18, 13: 14, 14: 11, 15: 9, 16: 5, 17: 3, 18: 1, 19: 1,
    20: 1,
}  # fmt: skip
QUIET_WEEKDAY: Final = 5
"""Nobody orders on Saturdays."""
CANCELLED_SHARE: Final = 0.05
NOTED_SHARE: Final = 0.06
READDRESSED_SHARE: Final = 0.03
CANCELLATION_REASONS: Final = ("customer_request", "customer_request", "duplicate", "other")
NOTES: Final = (
    "Please ring the bell twice.",
    "Deliver to the back door, the shop opens at nine.",
    "Is there a matching tea towel?",
    "Second order this month, thank you!",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLine:
    """So many of a product."""

    product: DemoProduct
    quantity: int

    @property
    def gross_minor(self) -> int:
        """Price times quantity."""
        return self.product.price_minor * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """An order and what its customer does with it afterwards."""

    order_id: str
    customer: DemoCustomer
    channel: str
    placed_at: datetime
    lines: tuple[DemoLine, ...]
    shipping_method: str
    cancel_reason: str | None = None
    note: str | None = None
    new_address: dict[str, str] | None = None

    @property
    def gross_minor(self) -> int:
        """The sum of the product lines."""
        return sum(line.gross_minor for line in self.lines)

    def body(self) -> dict[str, Any]:
        """Write the body of POST /v1/orders."""
        lines = [
            {
                "line_id": str(number),
                "sku": line.product.sku,
                "quantity": line.quantity,
                "expected_unit_price_minor": line.product.price_minor,
            }
            for number, line in enumerate(self.lines, 1)
        ]
        return {
            "order_id": self.order_id,
            "customer_id": self.customer.customer_id,
            "currency": CURRENCY,
            "price_list": PRICE_LIST,
            "channel": self.channel,
            "country": self.customer.country,
            "lines": lines,
            "shipping_address": self.customer.address,
            "shipping_method": self.shipping_method,
            "payment_method_ref": PAYMENT_METHOD,
            "occurred_at": self.placed_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class DemoShop:
    """Everything that a run sends. Shape: `orders` in the order of their times."""

    products: list[DemoProduct]
    customers: list[DemoCustomer]
    orders: list[DemoOrder]


def make_shop(orders: int, *, seed: int, until: datetime, zone: str) -> DemoShop:
    """Draw the orders of the four months that end at `until`, in the shop's time zone."""
    chance = Random(seed)  # noqa: S311 - shapes a demo, keeps no secret
    products = catalogue()
    shelves = _Shelves(products)
    customers: list[DemoCustomer] = []
    placed: list[DemoOrder] = []
    for placed_at in _instants(chance, orders, until, ZoneInfo(zone)):
        if not customers or chance.random() < NEW_CUSTOMER_SHARE:
            customer_id = time_ordered_uuid(chance, placed_at)
            customers.append(customer_of(chance, customer_id, len(customers) + 1))
            customer = customers[-1]
        else:
            customer = chance.choice(customers)
        placed.append(_order(chance, shelves, customer, placed_at))
    return DemoShop(products, customers, placed)


def time_ordered_uuid(chance: Random, at: datetime) -> str:
    """Make a UUID version 7 from an instant and from chance.

    Source: RFC 9562 5.7.
    """
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | 7 << 76 | chance.getrandbits(12) << 64
    return str(UUID(int=value | 0b10 << 62 | chance.getrandbits(62)))


def _instants(chance: Random, count: int, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    last_day = until.astimezone(zone).date() - timedelta(days=1)
    days = [last_day - timedelta(days=back) for back in range(DAYS)]
    days = [day for day in days if day.weekday() != QUIET_WEEKDAY]
    weights = [1 + 0.3 * math.sin(day.toordinal() / 9) for day in days]
    chosen = chance.choices(days, weights, k=count)
    hours = chance.choices(list(HOUR_WEIGHTS), list(HOUR_WEIGHTS.values()), k=count)
    local = [
        datetime(
            day.year, day.month, day.day, hour, chance.randrange(60), chance.randrange(60),
            tzinfo=zone,
        )
        for day, hour in zip(chosen, hours, strict=True)
    ]  # fmt: skip
    yield from sorted(instant.astimezone(UTC) for instant in local)


@dataclass(slots=True)
class _Shelves:
    """The catalogue with the weights of what sells well: the tenth sells a tenth as often."""

    products: list[DemoProduct]
    weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        ranks = list(range(1, len(self.products) + 1))
        Random(len(ranks)).shuffle(ranks)  # noqa: S311 - the same best sellers in every run
        self.weights = list(accumulate(1 / (rank + 8) for rank in ranks))

    def basket(self, chance: Random, lines: int) -> list[DemoProduct]:
        """Draw different products, at most as many as asked for."""
        drawn = chance.choices(self.products, cum_weights=self.weights, k=lines)
        return list({product.sku: product for product in drawn}.values())


def _order(
    chance: Random, shelves: _Shelves, customer: DemoCustomer, placed_at: datetime
) -> DemoOrder:
    wanted = round(chance.lognormvariate(math.log(LINES_MEDIAN), LINES_SIGMA))
    lines = tuple(
        DemoLine(product=product, quantity=_quantity(chance))
        for product in shelves.basket(chance, min(max(wanted, 1), LINES_MAX))
    )
    fate = chance.random()
    is_readdressed = fate > 1 - READDRESSED_SHARE
    return DemoOrder(
        order_id=time_ordered_uuid(chance, placed_at),
        customer=customer,
        channel="web" if chance.random() < WEB_SHARE else "staff",
        placed_at=placed_at,
        lines=lines,
        shipping_method="standard",
        cancel_reason=chance.choice(CANCELLATION_REASONS) if fate < CANCELLED_SHARE else None,
        note=chance.choice(NOTES) if chance.random() < NOTED_SHARE else None,
        new_address=(
            address_of(chance, customer.name, customer.country) if is_readdressed else None
        ),
    )


def _quantity(chance: Random) -> int:
    raw = round(chance.lognormvariate(math.log(QUANTITY_MEDIAN), QUANTITY_SIGMA))
    return min(max(raw, 1), QUANTITY_MAX)


@dataclass(slots=True)
class Expected:
    """What the read side must say about orders. Units: pence; months as `2026-11`."""

    orders: int = 0
    cancelled: int = 0
    gross_minor: int = 0
    cancelled_minor: int = 0
    by_month: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_country: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_sku: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def placed(self, order: DemoOrder, zone: ZoneInfo) -> None:
        """Count an order that was accepted."""
        self.orders += 1
        self.gross_minor += order.gross_minor
        self.by_month[order.placed_at.astimezone(zone).strftime("%Y-%m")] += order.gross_minor
        self.by_country[order.customer.country] += order.gross_minor
        for line in order.lines:
            self.by_sku[line.product.sku] += line.gross_minor

    def was_cancelled(self, order: DemoOrder) -> None:
        """Count a cancellation that was accepted: it stays in gross and shows beside it."""
        self.cancelled += 1
        self.cancelled_minor += order.gross_minor
