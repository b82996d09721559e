"""ActivateProduct: succeeds, refused, repeated."""

from domain.errors import Forbidden, ProductDiscontinuedAlready, ProductNotFound
from domain.product import ProductActivated
from tests.examples import CUSTOMER, SKU, a_discontinuation, a_product, an_activation
from tests.specification import given


def test_succeeds_on_a_draft() -> None:
    given(a_product()).when(an_activation()).then(ProductActivated(sku=SKU))


def test_repeated_on_an_active_product_has_nothing_to_do() -> None:
    given(a_product(), an_activation()).when(an_activation()).then_nothing()


def test_refuses_a_discontinued_product_and_says_what_is_allowed() -> None:
    refusal = (
        given(a_product(), a_discontinuation())
        .when(an_activation())
        .then_refused(ProductDiscontinuedAlready)
    )
    assert refusal.code == "product_discontinued"
    assert refusal.current_state == "discontinued"
    assert refusal.allowed_commands == ("withdraw-price",)


def test_refuses_an_unknown_product() -> None:
    given().when(an_activation()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product()).when(an_activation(actor=CUSTOMER)).then_refused(Forbidden)
