"""Which orders does the demo place?

Pure and seeded: the same seed, number and end give the same orders. Their shape follows a real
wholesaler's (UCI Online Retail II): half of the baskets have 15 lines or fewer and one in ten has
47 or more, half of the lines 5 pieces or fewer, business hours with a peak at noon, most customers
from one country, nearly half of them back within four months.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.demo_catalogue import (
    HOT_PRODUCT,
    DemoCustomer,
    DemoProduct,
    address_of,
    catalogue,
    customer_of,
)
from cli.demo_fates import CARD, OF_SEVERAL_LINES, Fate, card_of, fate_of

CURRENCY: Final = "GBP"
PRICE_LIST: Final = "retail"
SHIPPING_METHOD: Final = "standard"
DELIVERY_MINOR: Final = 395
"""What `default_policy.toml` charges for it."""
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
HOT_PIECES_SHARE: Final = 0.3
"""For so many of those who want the hot product there is a piece of it."""
NOTED_SHARE: Final = 0.06
READDRESSED_SHARE: Final = 0.03
MAY_BE_REJECTED: Final = frozenset({Fate.HOT, Fate.DECLINED})
"""Their customers have no time to move."""
RESOLD_SHARE: Final = 0.8
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
    """An order and what becomes of it. The ids of its lines are their numbers, from 1 on."""

    order_id: str
    customer: DemoCustomer
    channel: str
    placed_at: datetime
    lines: tuple[DemoLine, ...]
    fate: Fate = Fate.KEPT
    payment_method: str = CARD
    cancel_reason: str | None = None
    note: str | None = None
    new_address: dict[str, str] | None = None
    is_resold: bool = True
    """What comes back goes on the shelf again; else it is thrown away."""

    @property
    def gross_minor(self) -> int:
        """The sum of the product lines."""
        return gross_of(self.lines)

    @property
    def total_minor(self) -> int:
        """What the customer is to pay; taxes are in the prices."""
        return self.gross_minor + DELIVERY_MINOR

    @property
    def leaving(self) -> tuple[DemoLine, ...]:
        """The lines that are sent."""
        match self.fate:
            case Fate.SENT | Fate.SENT_IN_TWO | Fate.RETURNED:
                return self.lines
            case Fate.SENT_IN_PART:
                return self.lines[:1]
            case _:
                return ()

    @property
    def coming_back(self) -> DemoLine | None:
        """How many pieces of the first line come back: half of them, one at least."""
        if self.fate is not Fate.RETURNED:
            return None
        return replace(self.lines[0], quantity=(self.lines[0].quantity + 1) // 2)

    @property
    def dropped(self) -> DemoLine | None:
        """The piece that is not wanted after all, of the first line with more than one."""
        if self.fate is not Fate.CHANGED:
            return None
        return replace(self.lines[self.changed_number - 1], quantity=1)

    @property
    def changed_number(self) -> int:
        """The number of the first line with more than one piece; 0: there is none."""
        return next((number for number, line in enumerate(self.lines, 1) if line.quantity > 1), 0)

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
            "shipping_method": SHIPPING_METHOD,
            "payment_method_ref": self.payment_method,
            "allow_split": self.fate in OF_SEVERAL_LINES,
            "occurred_at": self.placed_at.isoformat(),
        }


def gross_of(lines: Iterable[DemoLine]) -> int:
    """Add lines up. Units: pence."""
    return sum(line.gross_minor for line in lines)


def pieces_of(lines: Iterable[DemoLine]) -> int:
    """Count the pieces of lines."""
    return sum(line.quantity for line in lines)


@dataclass(frozen=True, slots=True)
class DemoShop:
    """Everything that a run sends. Shape: `orders` in the order of their times."""

    products: list[DemoProduct]
    customers: list[DemoCustomer]
    orders: list[DemoOrder]

    @property
    def hot_pieces(self) -> int:
        """How many pieces of the hot product there are: too few, but one if anybody wants it."""
        return math.ceil(HOT_PIECES_SHARE * self.wanted_pieces()[HOT_PRODUCT.sku])

    def wanted_pieces(self) -> Counter[str]:
        """Count the pieces of each product that the orders want."""
        wanted = Counter[str]()
        for order in self.orders:
            for line in order.lines:
                wanted[line.product.sku] += line.quantity
        return wanted


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
    return DemoShop([*products, HOT_PRODUCT], customers, placed)


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
    fate = fate_of(chance)
    lines = _lines(chance, shelves, fate)
    order = DemoOrder(
        order_id=time_ordered_uuid(chance, placed_at),
        customer=customer,
        channel="web" if chance.random() < WEB_SHARE else "staff",
        placed_at=placed_at,
        lines=lines,
        fate=fate,
        payment_method=card_of(chance, fate),
        cancel_reason=chance.choice(CANCELLATION_REASONS) if fate is Fate.CANCELLED else None,
        note=chance.choice(NOTES) if chance.random() < NOTED_SHARE else None,
        new_address=(
            address_of(chance, customer.name, customer.country)
            if fate not in MAY_BE_REJECTED and chance.random() < READDRESSED_SHARE
            else None
        ),
        is_resold=chance.random() < RESOLD_SHARE,
    )
    is_possible = len(lines) > 1 or fate not in OF_SEVERAL_LINES
    if is_possible and (fate is not Fate.CHANGED or order.changed_number):
        return order
    return replace(order, fate=Fate.KEPT)


def _lines(chance: Random, shelves: _Shelves, fate: Fate) -> tuple[DemoLine, ...]:
    if fate is Fate.HOT:
        return (DemoLine(product=HOT_PRODUCT, quantity=1),)
    wanted = round(chance.lognormvariate(math.log(LINES_MEDIAN), LINES_SIGMA))
    return tuple(
        DemoLine(product=product, quantity=_quantity(chance))
        for product in shelves.basket(chance, min(max(wanted, 1), LINES_MAX))
    )


def _quantity(chance: Random) -> int:
    raw = round(chance.lognormvariate(math.log(QUANTITY_MEDIAN), QUANTITY_SIGMA))
    return min(max(raw, 1), QUANTITY_MAX)
