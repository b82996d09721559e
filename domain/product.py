"""A product of the catalogue: what happened to it, and what follows for its price?

Stream `product-<sku>`. States: draft, active, discontinued (final).

Prices stand in one timeline per price list and currency. The price that counts is the one whose
period holds at the moment of the order: from `valid_from` up to, not including, `valid_to`. A later
`valid_from` closes the open period for good: withdrawing the later price does not reopen it.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from immutables import Map

from domain.replace import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRegistered:
    """A sku exists from now on; it cannot be sold before it is activated."""

    sku: str
    name: str
    tax_class: str
    requires_shipping: bool
    returnable: bool
    weight_grams: int | None = None
    return_window_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductActivated:
    """The product may be sold."""

    sku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDiscontinued:
    """The product may never be sold again."""

    sku: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRenamed:
    """The product bears another name from now on; placed orders keep the one they were given."""

    sku: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTaxClassChanged:
    """Orders placed from now on are taxed by another class."""

    sku: str
    tax_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPriceSet:
    """A unit price holds from `valid_from` (inclusive) to `valid_to` (exclusive, None: open)."""

    sku: str
    price_id: str
    price_list: str
    currency: str
    amount_minor: int
    tax_included: bool
    valid_from: datetime
    valid_to: datetime | None = None
    closes_price_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPriceWithdrawn:
    """A price counts for no order placed from now on."""

    sku: str
    price_id: str
    price_list: str
    currency: str
    reason: str


ProductEvent = (
    ProductRegistered
    | ProductActivated
    | ProductDiscontinued
    | ProductRenamed
    | ProductTaxClassChanged
    | ProductPriceSet
    | ProductPriceWithdrawn
)


class ProductStatus(StrEnum):
    """How far a product has come."""

    DRAFT = "draft"
    ACTIVE = "active"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePeriod:
    """A price and when it holds; `ends_at` is `valid_to`, or where a later price closed it."""

    price_id: str
    price_list: str
    currency: str
    amount_minor: int
    tax_included: bool
    valid_from: datetime
    valid_to: datetime | None
    ends_at: datetime | None
    withdrawn: bool = False

    def holds_at(self, at: datetime) -> bool:
        """Tell whether the price counts at that moment."""
        return self.valid_from <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The prices of one list and currency that were not withdrawn.

    Shape: both tuples ascend by `valid_from` and match by position; no two periods overlap.
    """

    starts: tuple[datetime, ...] = ()
    periods: tuple[PricePeriod, ...] = ()

    def price_at(self, at: datetime) -> PricePeriod | None:
        """Answer the price that holds at that moment."""
        index = bisect_right(self.starts, at)
        if index == 0:
            return None
        period = self.periods[index - 1]
        return period if period.ends_at is None or at < period.ends_at else None


_NO_PRICES: Final = Timeline()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as its events left it.

    `registration` is kept to recognise a repeated registration. `prices` holds every price ever
    set, withdrawn ones too, by id; `timelines` the ones that count, by (price list, currency).
    """

    sku: str
    name: str
    status: ProductStatus
    tax_class: str
    requires_shipping: bool
    registration: ProductRegistered
    prices: Map[str, PricePeriod]
    timelines: Map[tuple[str, str], Timeline]

    @property
    def can_be_sold(self) -> bool:
        """Tell whether orders may contain the product."""
        return self.status is ProductStatus.ACTIVE

    @property
    def is_discontinued(self) -> bool:
        """Tell whether the product has reached its final state."""
        return self.status is ProductStatus.DISCONTINUED

    def price_at(self, price_list: str, currency: str, at: datetime) -> PricePeriod | None:
        """Answer the price that holds in the list and currency at that moment."""
        return self.timelines.get((price_list, currency), _NO_PRICES).price_at(at)

    def price_closed_by(
        self, price_list: str, currency: str, valid_from: datetime
    ) -> PricePeriod | None:
        """Answer the open period that a price from `valid_from` on would close."""
        periods = self.timelines.get((price_list, currency), _NO_PRICES).periods
        if periods and periods[-1].ends_at is None and periods[-1].valid_from < valid_from:
            return periods[-1]
        return None

    def price_overlapped_by(
        self, price_list: str, currency: str, valid_from: datetime, valid_to: datetime | None
    ) -> PricePeriod | None:
        """Answer a period that one from `valid_from` to `valid_to` would overlap.

        An open period that begins earlier is not overlapped but closed.
        """
        timeline = self.timelines.get((price_list, currency), _NO_PRICES)
        index = bisect_right(timeline.starts, valid_from)
        if index > 0:
            earlier = timeline.periods[index - 1]
            if earlier.ends_at is None:
                return earlier if earlier.valid_from == valid_from else None
            if earlier.ends_at > valid_from:
                return earlier
        if index < len(timeline.starts) and (valid_to is None or timeline.starts[index] < valid_to):
            return timeline.periods[index]
        return None


_UNTIL_DISCONTINUED: Final = (
    "change-tax-class",
    "discontinue-product",
    "rename-product",
    "set-price",
    "withdraw-price",
)
ALLOWED_PRODUCT_COMMANDS: Final[dict[ProductStatus, tuple[str, ...]]] = {
    ProductStatus.DRAFT: ("activate-product", *_UNTIL_DISCONTINUED),
    ProductStatus.ACTIVE: _UNTIL_DISCONTINUED,
    ProductStatus.DISCONTINUED: ("withdraw-price",),
}
"""Status -> the commands that have an effect in it, by their stored names."""


def evolve_product(state: Product | None, event: ProductEvent) -> Product:
    """Answer the product after the event."""
    if isinstance(event, ProductRegistered):
        assert state is None
        return _registered(event)
    assert state is not None
    match event:
        case ProductActivated():
            assert state.status is ProductStatus.DRAFT
            return replace(state, status=ProductStatus.ACTIVE)
        case ProductDiscontinued():
            assert not state.is_discontinued
            return replace(state, status=ProductStatus.DISCONTINUED)
        case ProductRenamed() | ProductTaxClassChanged():
            assert not state.is_discontinued
            return _described(state, event)
        case ProductPriceSet():
            return _price_set(state, event)
        case ProductPriceWithdrawn():
            return _price_withdrawn(state, event)
        case _:
            assert_never(event)


def _registered(event: ProductRegistered) -> Product:
    return Product(
        sku=event.sku,
        name=event.name,
        status=ProductStatus.DRAFT,
        tax_class=event.tax_class,
        requires_shipping=event.requires_shipping,
        registration=event,
        prices=Map(),
        timelines=Map(),
    )


def _described(state: Product, event: ProductRenamed | ProductTaxClassChanged) -> Product:
    if isinstance(event, ProductRenamed):
        return replace(state, name=event.name)
    return replace(state, tax_class=event.tax_class)


def _price_set(state: Product, event: ProductPriceSet) -> Product:
    assert event.price_id not in state.prices
    period = PricePeriod(
        price_id=event.price_id,
        price_list=event.price_list,
        currency=event.currency,
        amount_minor=event.amount_minor,
        tax_included=event.tax_included,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        ends_at=event.valid_to,
    )
    key = (event.price_list, event.currency)
    prices = state.prices.set(period.price_id, period)
    periods = state.timelines.get(key, _NO_PRICES).periods
    if event.closes_price_id is not None:
        closed = replace(state.prices[event.closes_price_id], ends_at=event.valid_from)
        assert periods[-1].price_id == closed.price_id
        prices = prices.set(closed.price_id, closed)
        periods = (*periods[:-1], closed)
    index = bisect_right([earlier.valid_from for earlier in periods], period.valid_from)
    timeline = _timeline((*periods[:index], period, *periods[index:]))
    return replace(state, prices=prices, timelines=state.timelines.set(key, timeline))


def _price_withdrawn(state: Product, event: ProductPriceWithdrawn) -> Product:
    period = state.prices[event.price_id]
    assert not period.withdrawn
    key = (period.price_list, period.currency)
    kept = tuple(p for p in state.timelines[key].periods if p.price_id != event.price_id)
    return replace(
        state,
        prices=state.prices.set(event.price_id, replace(period, withdrawn=True)),
        timelines=state.timelines.set(key, _timeline(kept)),
    )


def _timeline(periods: tuple[PricePeriod, ...]) -> Timeline:
    return Timeline(tuple(period.valid_from for period in periods), periods)
