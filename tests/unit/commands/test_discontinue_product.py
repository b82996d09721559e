"""DiscontinueProduct: succeeds, refused, repeated."""

from domain.errors import Forbidden, ProductNotFound
from domain.product import ProductDiscontinued
from tests.examples import CUSTOMER, SKU, a_discontinuation, a_product, an_activation
from tests.specification import given


def test_succeeds_on_an_active_product_and_on_a_draft() -> None:
    discontinued = ProductDiscontinued(sku=SKU, reason="chipped")
    given(a_product(), an_activation()).when(a_discontinuation()).then(discontinued)
    given(a_product()).when(a_discontinuation()).then(discontinued)


def test_repeated_for_whatever_reason_has_nothing_to_do() -> None:
    given(a_product(), a_discontinuation()).when(a_discontinuation(reason="ugly")).then_nothing()


def test_refuses_an_unknown_product() -> None:
    given().when(a_discontinuation()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product()).when(a_discontinuation(actor=CUSTOMER)).then_refused(Forbidden)
