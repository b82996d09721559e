"""Whatever prices are set and withdrawn, does at most one hold at any moment?"""

from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from commands.set_price import SetPrice
from domain.errors import Refusal
from domain.fold import as_product
from domain.product import PricePeriod, Product
from tests.examples import DAY, NOW, SKU, a_price, a_price_withdrawal, a_product
from tests.property.strategies import days
from tests.specification import Streams

price_ids = st.sampled_from("abcdefgh")
prices = st.builds(
    a_price,
    price_id=price_ids,
    price_list=st.sampled_from(["retail", "trade"]),
    valid_from=days,
    valid_to=st.none() | days,
)
changes: st.SearchStrategy[Command] = st.one_of(
    prices, prices, prices, st.builds(a_price_withdrawal, price_id=price_ids)
)
MOMENTS = [NOW + half * DAY / 2 for half in range(-10, 11)]


def holds_by_definition(product: Product, price_list: str, at: datetime) -> list[PricePeriod]:
    return [
        price
        for price in product.prices.values()
        if price.price_list == price_list and not price.withdrawn and price.holds_at(at)
    ]


@given(history=st.lists(changes, max_size=25))
@settings(max_examples=300)
def test_periods_never_overlap_and_price_at_finds_the_one_that_holds(
    history: list[Command],
) -> None:
    streams = Streams()
    streams.carry_out(a_product())
    for change in history:
        try:
            streams.carry_out(change)
        except Refusal:
            continue
        product = as_product(streams.states[f"product-{SKU}"])
        assert product is not None
        for timeline in product.timelines.values():
            assert timeline.starts == tuple(period.valid_from for period in timeline.periods)
            for earlier, later in pairwise(timeline.periods):
                assert earlier.valid_from < later.valid_from
                assert earlier.ends_at is not None
                assert earlier.ends_at <= later.valid_from
        for price_list in ("retail", "trade"):
            for at in MOMENTS:
                found = product.price_at(price_list, "GBP", at)
                expected = holds_by_definition(product, price_list, at)
                assert ([] if found is None else [found]) == expected


@given(history=st.lists(prices, max_size=8), wish=prices)
def test_a_price_is_refused_exactly_when_another_would_hold_with_it(
    history: list[SetPrice], wish: SetPrice
) -> None:
    streams = Streams()
    streams.carry_out(a_product())
    for price in history:
        try:
            streams.carry_out(price)
        except Refusal:
            continue
    product = as_product(streams.states[f"product-{SKU}"])
    assert product is not None
    assert wish.valid_from is not None
    overlapped = product.price_overlapped_by(wish.price_list, "GBP", wish.valid_from, wish.valid_to)
    others = [
        price
        for price in product.prices.values()
        if price.price_list == wish.price_list
        and not (price.ends_at is None and price.valid_from < wish.valid_from)
        and (wish.valid_to is None or price.valid_from < wish.valid_to)
        and (price.ends_at is None or price.ends_at > wish.valid_from)
    ]
    if wish.valid_to is None or wish.valid_to > wish.valid_from:
        assert (overlapped in others) if others else (overlapped is None)
