"""RegisterProduct: succeeds, refused, repeated."""

from domain.errors import Forbidden, SkuAlreadyExists
from domain.product import ProductRegistered
from tests.examples import CARRIER, CUSTOMER, DAY, NOW, SKU, SYSTEM, a_discontinuation, a_product
from tests.specification import given


def test_succeeds_with_everything_that_was_said() -> None:
    given().when(a_product()).then(
        ProductRegistered(
            sku=SKU,
            name="Blue mug",
            tax_class="standard",
            requires_shipping=True,
            returnable=True,
            weight_grams=340,
            return_window_days=30,
        )
    )


def test_succeeds_without_weight_and_return_window() -> None:
    given().when(
        a_product(
            actor=SYSTEM,
            requires_shipping=False,
            returnable=False,
            weight_grams=None,
            return_window_days=None,
        )
    ).then(
        ProductRegistered(
            sku=SKU,
            name="Blue mug",
            tax_class="standard",
            requires_shipping=False,
            returnable=False,
        )
    )


def test_repeated_with_the_same_content_has_nothing_to_do() -> None:
    again = a_product(asked_at=NOW + DAY)
    given(a_product()).when(again).then_nothing()
    given(a_product(), a_discontinuation()).when(again).then_nothing()


def test_refuses_a_sku_that_was_registered_with_other_content() -> None:
    for other in (
        a_product(name="Red mug"),
        a_product(tax_class="reduced"),
        a_product(requires_shipping=False),
        a_product(returnable=False),
        a_product(weight_grams=341),
        a_product(return_window_days=None),
    ):
        given(a_product()).when(other).then_refused(SkuAlreadyExists)


def test_refuses_everybody_but_the_shop() -> None:
    for actor in (CUSTOMER, CARRIER):
        given().when(a_product(actor=actor)).then_refused(Forbidden)
