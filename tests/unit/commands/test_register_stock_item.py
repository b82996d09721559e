"""RegisterStockItem: succeeds, refused, repeated."""

from domain.errors import Forbidden, ProductNotFound
from domain.stock_events import StockItemRegistered
from tests.examples import CARRIER, CUSTOMER, SKU, SYSTEM, a_product
from tests.specification import given
from tests.stock_examples import LOCATION, a_stock_item, kept_stock


def test_succeeds_for_a_draft_at_several_locations() -> None:
    registered = StockItemRegistered(sku=SKU, location=LOCATION)
    given(a_product()).when(a_stock_item()).then(registered)
    given(a_product()).when(a_stock_item(actor=SYSTEM)).then(registered)
    given(*kept_stock(1)).when(a_stock_item(location="EAST")).then(
        StockItemRegistered(sku=SKU, location="EAST")
    )


def test_refused_to_customers() -> None:
    given(a_product()).when(a_stock_item(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_product() -> None:
    given().when(a_stock_item()).then_refused(ProductNotFound)


def test_repeated_has_nothing_to_do_whatever_is_there() -> None:
    given(*kept_stock(7)).when(a_stock_item()).then_nothing()


def test_refused_even_as_a_repeat_to_those_who_are_not_the_shop() -> None:
    given(*kept_stock(7)).when(a_stock_item(actor=CARRIER)).then_refused(Forbidden)
