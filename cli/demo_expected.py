"""What must the system say in the end about the orders that the demo has sent?

Pure: it rests on what was sent alone. The figures have the shape in which they are read back
(`demo_outcome.py`), so that the two can be compared one by one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cli.demo_fates import Fate
from cli.demo_orders import DELIVERY_MINOR, DemoOrder, gross_of, pieces_of


@dataclass(slots=True)
class Funnel:
    """How many orders have come how far, and why others have not."""

    placed: int = 0
    stock_kept: int = 0
    authorised: int = 0
    confirmed: int = 0
    shipped: int = 0
    completed: int = 0
    out_of_stock: int = 0
    payment_declined: int = 0
    fraud: int = 0
    cancelled: int = 0
    delivered_in_part: int = 0
    returned: int = 0


@dataclass(slots=True)
class Pieces:
    """Where the pieces are. `on_hand` and `kept`: how many more than before; `kept` for orders."""

    on_hand: int = 0
    kept: int = 0
    parcels: int = 0
    shipped: int = 0
    returned: int = 0
    restocked: int = 0
    hot_sold: int = 0
    hot_left: int = 0


@dataclass(slots=True)
class Money:
    """What the provider did. Units: pence; `declined` counts payments."""

    declined: int = 0
    authorised_minor: int = 0
    voided_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0

    @property
    def open_minor(self) -> int:
        """What is authorised and can still be taken."""
        return self.authorised_minor - self.voided_minor - self.captured_minor


@dataclass(slots=True)
class Expected:
    """What must be said about orders. Units: pence; months as `2026-11`."""

    orders: int = 0
    gross_minor: int = 0
    cancelled_minor: int = 0
    returned_minor: int = 0
    by_month: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_country: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_sku: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    funnel: Funnel = field(default_factory=Funnel)
    pieces: Pieces = field(default_factory=Pieces)
    money: Money = field(default_factory=Money)

    def placed(self, order: DemoOrder, zone: ZoneInfo) -> None:
        """Count an order that was accepted, and all that becomes of it.

        Which orders get the last pieces of the hot product nobody knows; as they are all alike, it
        makes no difference to any sum.
        """
        self.orders += 1
        self._sold(order, zone)
        self.funnel.placed += 1
        if order.fate is Fate.HOT and not self.pieces.hot_left:
            self.funnel.out_of_stock += 1
            self.cancelled_minor += order.gross_minor
            return
        self.funnel.stock_kept += 1
        if order.fate is Fate.HOT:
            self.pieces.hot_left -= 1
            self.pieces.hot_sold += 1
        if order.fate is Fate.DECLINED:
            self.money.declined += 1
            self.funnel.payment_declined += 1
            self.cancelled_minor += order.gross_minor
            return
        self.funnel.authorised += 1
        self.money.authorised_minor += order.total_minor
        if order.fate is Fate.FRAUD:
            self.funnel.fraud += 1
            self._given_up(order)
            return
        self.funnel.confirmed += 1
        if order.fate is Fate.CANCELLED:
            self.funnel.cancelled += 1
            self._given_up(order)
            return
        self._carried_out(order)

    def _sold(self, order: DemoOrder, zone: ZoneInfo) -> None:
        """Count the sales; what is cancelled stays in gross, what is changed does not."""
        month = order.placed_at.astimezone(zone).strftime("%Y-%m")
        amounts = [(line.product.sku, line.gross_minor) for line in order.lines]
        if order.dropped is not None:
            amounts.append((order.dropped.product.sku, -order.dropped.gross_minor))
        for sku, amount_minor in amounts:
            self.gross_minor += amount_minor
            self.by_month[month] += amount_minor
            self.by_country[order.customer.country] += amount_minor
            self.by_sku[sku] += amount_minor

    def _given_up(self, order: DemoOrder) -> None:
        """Count the money that is not taken: the whole of it, before anything has left."""
        self.cancelled_minor += order.gross_minor
        self.money.voided_minor += order.total_minor

    def _carried_out(self, order: DemoOrder) -> None:
        shipped = pieces_of(order.leaving)
        self.pieces.kept += pieces_of(order.lines) - shipped - (order.dropped is not None)
        if not order.leaving:
            return
        self.funnel.shipped += 1
        self.pieces.parcels += 2 if order.fate is Fate.SENT_IN_TWO else 1
        self.pieces.shipped += shipped
        self.pieces.on_hand -= shipped
        self.money.captured_minor += gross_of(order.leaving) + DELIVERY_MINOR
        if order.fate is Fate.SENT_IN_PART:
            self.funnel.delivered_in_part += 1
        else:
            self.funnel.completed += 1
        self._came_back(order)

    def _came_back(self, order: DemoOrder) -> None:
        back = order.coming_back
        if back is None:
            return
        self.funnel.returned += 1
        self.pieces.returned += back.quantity
        self.returned_minor += back.gross_minor
        self.money.refunded_minor += back.gross_minor
        if order.is_resold:
            self.pieces.restocked += back.quantity
            self.pieces.on_hand += back.quantity
