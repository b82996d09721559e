"""Does product_list tell a product and its prices as their events left them?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ProjectionFailed
from domain.product import ProductEvent, ProductStatus
from projections.product_list import PRODUCT_LIST, ListedPrice, ProductListEntry
from projections.projector import fold
from tests import examples
from tests.histories import RECORDED_FROM, History

SECOND = timedelta(seconds=1)
REGISTERED = ProductListEntry(
    sku="MUG-BLUE",
    name="Blue mug",
    status=ProductStatus.DRAFT,
    tax_class="standard",
    requires_shipping=True,
    returnable=True,
    weight_grams=340,
    return_window_days=30,
    discontinued_reason=None,
    prices=(),
    version=1,
    recorded_at=RECORDED_FROM + SECOND,
    last_position=1,
)
PRICE = ListedPrice(
    price_id=examples.PRICE_ID,
    price_list="retail",
    currency="GBP",
    amount_minor=1_250,
    tax_included=True,
    valid_from=examples.LAST_YEAR,
    valid_to=None,
    withdrawn=False,
    position=2,
)


def the_row(*commands: examples.Command) -> ProductListEntry:
    history = History()
    for command in (examples.a_product(), *commands):
        history.do(command)
    return fold(PRODUCT_LIST, {}, history.events)["MUG-BLUE",]


def after(row: ProductListEntry, events: int, **fields: object) -> ProductListEntry:
    """Answer the row as it is after so many events of the product, with some fields changed."""
    moved = replace(
        row, version=events, last_position=events, recorded_at=RECORDED_FROM + events * SECOND
    )
    return replace(moved, **fields)


def test_tells_a_registered_product() -> None:
    assert the_row() == REGISTERED


def test_follows_activation_and_discontinuation() -> None:
    active = the_row(examples.an_activation())
    assert active == after(REGISTERED, 2, status=ProductStatus.ACTIVE)
    gone = the_row(examples.an_activation(), examples.a_discontinuation())
    assert gone == after(
        REGISTERED, 3, status=ProductStatus.DISCONTINUED, discontinued_reason="chipped"
    )


def test_follows_name_and_tax_class() -> None:
    row = the_row(examples.a_rename(), examples.a_tax_class_change())
    assert row == after(REGISTERED, 3, name="Azure mug", tax_class="reduced")


def test_lists_a_price() -> None:
    assert the_row(examples.a_price()) == after(REGISTERED, 2, prices=(PRICE,))


def test_a_later_price_closes_the_open_one_and_leaves_other_lists_alone() -> None:
    wholesale = examples.a_price(price_id="w", price_list="wholesale", amount_minor=900)
    dearer = examples.a_price(price_id="d", amount_minor=1_400, valid_from=examples.NOW)
    assert the_row(examples.a_price(), wholesale, dearer) == after(
        REGISTERED,
        4,
        prices=(
            replace(PRICE, valid_to=examples.NOW),
            replace(PRICE, price_id="w", price_list="wholesale", amount_minor=900, position=3),
            replace(PRICE, price_id="d", amount_minor=1_400, valid_from=examples.NOW, position=4),
        ),
    )


def test_marks_a_withdrawn_price() -> None:
    row = the_row(examples.a_price(), examples.a_price_withdrawal())
    assert row == after(REGISTERED, 3, prices=(replace(PRICE, withdrawn=True),))


def test_stops_at_what_cannot_happen() -> None:
    history = History()
    for command in (examples.a_product(), examples.a_price(), examples.a_price_withdrawal()):
        history.do(command)
    for events, position in (
        (history.events[1:], 2),
        ([history.events[0], history.events[2]], 3),
        ([*history.events, replace(history.events[0], position=4)], 4),
    ):
        with pytest.raises(ProjectionFailed, match=f"position {position} "):
            fold(PRODUCT_LIST, {}, events)


def test_handles_every_event_of_a_product() -> None:
    assert set(ProductEvent.__args__) == PRODUCT_LIST.handles
