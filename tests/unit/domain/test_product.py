"""What does a product's past amount to, and which price counts when?"""

import pytest

from domain.events import Event
from domain.fold import State, evolve
from domain.product import (
    PricePeriod,
    Product,
    ProductActivated,
    ProductDiscontinued,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
    ProductRenamed,
    ProductStatus,
    ProductTaxClassChanged,
)
from tests.examples import DAY, MINUTE, NOW, SKU

REGISTERED = ProductRegistered(
    sku=SKU, name="Blue mug", tax_class="standard", requires_shipping=True, returnable=True
)
FIRST = ProductPriceSet(
    sku=SKU,
    price_id="p1",
    price_list="retail",
    currency="GBP",
    amount_minor=100,
    tax_included=True,
    valid_from=NOW,
)
SECOND = ProductPriceSet(
    sku=SKU,
    price_id="p2",
    price_list="retail",
    currency="GBP",
    amount_minor=200,
    tax_included=True,
    valid_from=NOW + 2 * DAY,
    valid_to=NOW + 3 * DAY,
    closes_price_id="p1",
)
EARLIER = ProductPriceSet(
    sku=SKU,
    price_id="p0",
    price_list="retail",
    currency="GBP",
    amount_minor=50,
    tax_included=True,
    valid_from=NOW - 2 * DAY,
    valid_to=NOW - DAY,
)


def withdrawn(price_id: str) -> ProductPriceWithdrawn:
    return ProductPriceWithdrawn(
        sku=SKU, price_id=price_id, price_list="retail", currency="GBP", reason="typo"
    )


def a_product_after(*events: Event) -> Product:
    state: State = evolve(None, REGISTERED)
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Product)
    return state


def amounts(product: Product) -> list[int | None]:
    """The amount that holds on each of eight days, seen at noon of the days around NOW."""
    prices = [product.price_at("retail", "GBP", NOW + day * DAY) for day in range(-3, 5)]
    return [None if price is None else price.amount_minor for price in prices]


def test_a_registered_product_is_a_draft_with_its_registration() -> None:
    product = a_product_after()
    assert product.status is ProductStatus.DRAFT
    assert not product.can_be_sold
    assert (product.sku, product.name, product.tax_class) == (SKU, "Blue mug", "standard")
    assert product.requires_shipping
    assert product.registration is REGISTERED
    assert amounts(product) == [None] * 8


def test_an_active_product_can_be_sold_and_a_discontinued_one_never_again() -> None:
    active = a_product_after(ProductActivated(sku=SKU))
    assert active.can_be_sold
    gone = a_product_after(
        ProductActivated(sku=SKU), ProductDiscontinued(sku=SKU, reason="chipped")
    )
    assert gone.is_discontinued
    assert not gone.can_be_sold


def test_a_product_keeps_its_registration_under_another_name_and_tax_class() -> None:
    product = a_product_after(
        ProductRenamed(sku=SKU, name="Azure mug"),
        ProductTaxClassChanged(sku=SKU, tax_class="reduced"),
    )
    assert (product.name, product.tax_class) == ("Azure mug", "reduced")
    assert product.registration is REGISTERED


def test_a_later_price_closes_the_open_one() -> None:
    product = a_product_after(FIRST, SECOND, EARLIER)
    assert amounts(product) == [None, 50, None, 100, 100, 200, None, None]
    assert product.prices["p1"].ends_at == SECOND.valid_from
    assert product.prices["p1"].valid_to is None


def test_an_open_price_is_closed_by_what_begins_later_and_by_nothing_else() -> None:
    product = a_product_after(FIRST)
    first = product.prices["p1"]
    assert product.price_closed_by("retail", "GBP", NOW + MINUTE) is first
    assert product.price_closed_by("retail", "GBP", NOW) is None
    assert product.price_overlapped_by("retail", "GBP", NOW, None) is first
    assert product.price_closed_by("retail", "GBP", NOW - MINUTE) is None
    assert product.price_overlapped_by("retail", "GBP", NOW - MINUTE, NOW) is None


def test_a_price_holds_from_its_first_moment_to_before_its_last() -> None:
    product = a_product_after(FIRST, SECOND)
    tick = MINUTE / 60_000_000
    first = product.price_at("retail", "GBP", SECOND.valid_from - tick)
    second = product.price_at("retail", "GBP", SECOND.valid_from)
    assert first is not None
    assert first.price_id == "p1"
    assert second is not None
    assert second.price_id == "p2"
    assert product.price_at("retail", "GBP", NOW - tick) is None
    assert product.price_at("retail", "GBP", NOW + 3 * DAY - tick) == second
    assert product.price_at("retail", "GBP", NOW + 3 * DAY) is None
    assert second.holds_at(SECOND.valid_from)
    assert not second.holds_at(SECOND.valid_from - tick)
    assert not second.holds_at(NOW + 3 * DAY)
    assert first.holds_at(NOW)


def test_a_withdrawn_price_does_not_count_and_what_it_closed_stays_closed() -> None:
    product = a_product_after(FIRST, SECOND, withdrawn("p2"))
    assert amounts(product) == [None, None, None, 100, 100, None, None, None]
    assert product.prices["p2"].withdrawn
    assert product.prices["p2"].amount_minor == 200


def test_an_open_price_can_follow_on_what_was_closed() -> None:
    product = a_product_after(FIRST, SECOND, withdrawn("p2"), withdrawn("p1"))
    assert amounts(product) == [None] * 8
    assert product.price_overlapped_by("retail", "GBP", NOW, None) is None
    assert product.price_closed_by("retail", "GBP", NOW + DAY) is None


def test_prices_of_other_lists_and_currencies_do_not_mix() -> None:
    product = a_product_after(FIRST)
    assert product.price_at("trade", "GBP", NOW) is None
    assert product.price_at("retail", "EUR", NOW) is None
    assert product.price_closed_by("trade", "GBP", NOW + DAY) is None
    assert product.price_overlapped_by("retail", "EUR", NOW, None) is None


def test_keeps_every_price_it_ever_had() -> None:
    product = a_product_after(FIRST, EARLIER, withdrawn("p0"))
    assert dict(product.prices) == {
        "p0": PricePeriod(
            price_id="p0",
            price_list="retail",
            currency="GBP",
            amount_minor=50,
            tax_included=True,
            valid_from=NOW - 2 * DAY,
            valid_to=NOW - DAY,
            ends_at=NOW - DAY,
            withdrawn=True,
        ),
        "p1": PricePeriod(
            price_id="p1",
            price_list="retail",
            currency="GBP",
            amount_minor=100,
            tax_included=True,
            valid_from=NOW,
            valid_to=None,
            ends_at=None,
        ),
    }


@pytest.mark.parametrize(
    "past",
    [
        (REGISTERED,),
        (ProductActivated(sku=SKU), ProductActivated(sku=SKU)),
        (
            ProductDiscontinued(sku=SKU, reason="a"),
            ProductDiscontinued(sku=SKU, reason="b"),
        ),
        (ProductDiscontinued(sku=SKU, reason="a"), ProductActivated(sku=SKU)),
        (FIRST, FIRST),
        (FIRST, withdrawn("p1"), withdrawn("p1")),
        (EARLIER, FIRST, withdrawn("p1"), SECOND),
    ],
)
def test_a_past_that_cannot_be_is_a_bug(past: tuple[Event, ...]) -> None:
    with pytest.raises(AssertionError):
        a_product_after(*past)
