"""RenameProduct: succeeds, refused, repeated."""

from domain.errors import Forbidden, ProductDiscontinuedAlready, ProductNotFound
from domain.product import ProductRenamed
from tests.examples import CUSTOMER, SKU, a_discontinuation, a_product, a_rename, an_activation
from tests.specification import given

CHANGED = ProductRenamed(sku=SKU, name="Azure mug")


def test_succeeds_on_a_draft_and_on_an_active_product() -> None:
    given(a_product()).when(a_rename()).then(CHANGED)
    given(a_product(), an_activation()).when(a_rename()).then(CHANGED)


def test_succeeds_back_and_forth() -> None:
    back = a_rename(name="Blue mug")
    changed_back = ProductRenamed(sku=SKU, name="Blue mug")
    given(a_product(), a_rename()).when(back).then(changed_back)
    given(a_product(), a_rename(), back).when(a_rename()).then(CHANGED)


def test_repeated_has_nothing_to_do() -> None:
    given(a_product()).when(a_rename(name="Blue mug")).then_nothing()
    given(a_product(), a_rename()).when(a_rename()).then_nothing()
    given(a_product(), a_rename(), a_discontinuation()).when(a_rename()).then_nothing()


def test_a_registration_repeated_after_it_has_nothing_to_do() -> None:
    given(a_product(), a_rename()).when(a_product()).then_nothing()


def test_refuses_a_discontinued_product_and_says_what_is_allowed() -> None:
    refusal = (
        given(a_product(), a_discontinuation())
        .when(a_rename())
        .then_refused(ProductDiscontinuedAlready)
    )
    assert refusal.current_state == "discontinued"
    assert refusal.allowed_commands == ("withdraw-price",)


def test_refuses_an_unknown_product() -> None:
    given().when(a_rename()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product()).when(a_rename(actor=CUSTOMER)).then_refused(Forbidden)
