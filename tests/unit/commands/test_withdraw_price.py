"""WithdrawPrice: succeeds, refused, repeated."""

from domain.errors import Forbidden, PriceNotFound, ProductNotFound
from domain.product import ProductPriceWithdrawn
from tests.examples import (
    CUSTOMER,
    PRICE_ID,
    SKU,
    a_discontinuation,
    a_price,
    a_price_withdrawal,
    a_product,
)
from tests.specification import given

WITHDRAWN = ProductPriceWithdrawn(
    sku=SKU, price_id=PRICE_ID, price_list="retail", currency="GBP", reason="typo"
)


def test_succeeds() -> None:
    given(a_product(), a_price()).when(a_price_withdrawal()).then(WITHDRAWN)


def test_succeeds_on_a_discontinued_product() -> None:
    given(a_product(), a_price(), a_discontinuation()).when(a_price_withdrawal()).then(WITHDRAWN)


def test_repeated_has_nothing_to_do() -> None:
    given(a_product(), a_price(), a_price_withdrawal()).when(
        a_price_withdrawal(reason="another")
    ).then_nothing()


def test_refuses_an_unknown_price() -> None:
    given(a_product()).when(a_price_withdrawal()).then_refused(PriceNotFound)


def test_refuses_an_unknown_product() -> None:
    given().when(a_price_withdrawal()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product(), a_price()).when(a_price_withdrawal(actor=CUSTOMER)).then_refused(Forbidden)
