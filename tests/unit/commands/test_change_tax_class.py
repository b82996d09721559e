"""ChangeTaxClass: succeeds, refused, repeated."""

from domain.errors import Forbidden, ProductDiscontinuedAlready, ProductNotFound
from domain.product import ProductTaxClassChanged
from tests.examples import (
    CUSTOMER,
    SKU,
    a_discontinuation,
    a_product,
    a_tax_class_change,
    an_activation,
)
from tests.specification import given

CHANGED = ProductTaxClassChanged(sku=SKU, tax_class="reduced")


def test_succeeds_on_a_draft_and_on_an_active_product() -> None:
    given(a_product()).when(a_tax_class_change()).then(CHANGED)
    given(a_product(), an_activation()).when(a_tax_class_change()).then(CHANGED)


def test_succeeds_back_and_forth() -> None:
    back = a_tax_class_change(tax_class="standard")
    changed_back = ProductTaxClassChanged(sku=SKU, tax_class="standard")
    given(a_product(), a_tax_class_change()).when(back).then(changed_back)
    given(a_product(), a_tax_class_change(), back).when(a_tax_class_change()).then(CHANGED)


def test_repeated_has_nothing_to_do() -> None:
    given(a_product()).when(a_tax_class_change(tax_class="standard")).then_nothing()
    given(a_product(), a_tax_class_change()).when(a_tax_class_change()).then_nothing()
    given(a_product(), a_tax_class_change(), a_discontinuation()).when(
        a_tax_class_change()
    ).then_nothing()


def test_a_registration_repeated_after_it_has_nothing_to_do() -> None:
    given(a_product(), a_tax_class_change()).when(a_product()).then_nothing()


def test_refuses_a_discontinued_product_and_says_what_is_allowed() -> None:
    refusal = (
        given(a_product(), a_discontinuation())
        .when(a_tax_class_change())
        .then_refused(ProductDiscontinuedAlready)
    )
    assert refusal.current_state == "discontinued"
    assert refusal.allowed_commands == ("withdraw-price",)


def test_refuses_an_unknown_product() -> None:
    given().when(a_tax_class_change()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product()).when(a_tax_class_change(actor=CUSTOMER)).then_refused(Forbidden)
