"""Which products are there, and what do they cost when?

Key: the sku. A row carries every price ever set, withdrawn ones marked, so that the price that
holds at any moment can be read from the row alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.envelope import RecordedEvent
from domain.product import (
    ProductActivated,
    ProductDiscontinued,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
    ProductRenamed,
    ProductStatus,
    ProductTaxClassChanged,
)
from domain.replace import replace
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """A unit price that holds from `valid_from` (inclusive) to `valid_to` (exclusive, None: open).

    Units: minor units; `position` is the price event's place in the log. `valid_to` moves when a
    later price closes an open period.
    """

    price_id: str
    price_list: str
    currency: str
    amount_minor: int
    tax_included: bool
    valid_from: datetime
    valid_to: datetime | None
    withdrawn: bool
    position: int


@dataclass(frozen=True, slots=True)
class ProductListEntry:
    """A product and its prices, in the order in which they were set.

    Units: `version` is the place in the product's stream.
    """

    sku: str
    name: str
    status: ProductStatus
    tax_class: str
    requires_shipping: bool
    returnable: bool
    weight_grams: int | None
    return_window_days: int | None
    discontinued_reason: str | None
    prices: tuple[ListedPrice, ...]
    version: int
    recorded_at: datetime
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    match event.data:
        case (
            ProductRegistered(sku=sku)
            | ProductActivated(sku=sku)
            | ProductDiscontinued(sku=sku)
            | ProductRenamed(sku=sku)
            | ProductTaxClassChanged(sku=sku)
            | ProductPriceSet(sku=sku)
            | ProductPriceWithdrawn(sku=sku)
        ):
            return ((sku,),)
        case _:
            return ()


def _evolve(row: ProductListEntry | None, event: RecordedEvent, _key: Key) -> ProductListEntry:
    data = event.data
    if isinstance(data, ProductRegistered):
        assert row is None, "a product is registered once"
        return _registered(data, event)
    assert row is not None, "a product is registered before anything else happens to it"
    row = replace(
        row,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )
    match data:
        case ProductActivated():
            return replace(row, status=ProductStatus.ACTIVE)
        case ProductDiscontinued():
            return replace(row, status=ProductStatus.DISCONTINUED, discontinued_reason=data.reason)
        case ProductRenamed() | ProductTaxClassChanged():
            return _described(row, data)
        case ProductPriceSet():
            return replace(row, prices=_with_price(row.prices, data, event.position))
        case ProductPriceWithdrawn():
            return replace(row, prices=_without_price(row.prices, data.price_id))
        case _:
            raise AssertionError(f"{event.type} touches no product")


def _registered(registered: ProductRegistered, event: RecordedEvent) -> ProductListEntry:
    return ProductListEntry(
        sku=registered.sku,
        name=registered.name,
        status=ProductStatus.DRAFT,
        tax_class=registered.tax_class,
        requires_shipping=registered.requires_shipping,
        returnable=registered.returnable,
        weight_grams=registered.weight_grams,
        return_window_days=registered.return_window_days,
        discontinued_reason=None,
        prices=(),
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
    )


def _described(
    row: ProductListEntry, described: ProductRenamed | ProductTaxClassChanged
) -> ProductListEntry:
    if isinstance(described, ProductRenamed):
        return replace(row, name=described.name)
    return replace(row, tax_class=described.tax_class)


def _with_price(
    prices: tuple[ListedPrice, ...], price: ProductPriceSet, position: int
) -> tuple[ListedPrice, ...]:
    listed = ListedPrice(
        price_id=price.price_id,
        price_list=price.price_list,
        currency=price.currency,
        amount_minor=price.amount_minor,
        tax_included=price.tax_included,
        valid_from=price.valid_from,
        valid_to=price.valid_to,
        withdrawn=False,
        position=position,
    )
    kept = (
        replace(earlier, valid_to=price.valid_from)
        if earlier.price_id == price.closes_price_id
        else earlier
        for earlier in prices
    )
    return (*kept, listed)


def _without_price(prices: tuple[ListedPrice, ...], price_id: str) -> tuple[ListedPrice, ...]:
    assert any(price.price_id == price_id for price in prices), "only a set price is withdrawn"
    return tuple(
        replace(price, withdrawn=True) if price.price_id == price_id else price for price in prices
    )


PRODUCT_LIST: Final = Projection(
    name="product_list",
    fold_version="2",
    row_type=ProductListEntry,
    key_columns=("sku",),
    handles=frozenset(
        {
            ProductRegistered,
            ProductActivated,
            ProductDiscontinued,
            ProductRenamed,
            ProductTaxClassChanged,
            ProductPriceSet,
            ProductPriceWithdrawn,
        }
    ),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({ProductRegistered}),
)
