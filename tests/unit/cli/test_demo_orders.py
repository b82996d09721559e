"""Are the demo's orders like those of the shop whose shape they follow?"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from cli.demo_catalogue import CITIES, HOT_PRODUCT, catalogue
from cli.demo_fates import OF_SEVERAL_LINES, SHARES, Fate
from cli.demo_orders import (
    DELIVERY_MINOR,
    SHIPPING_METHOD,
    DemoOrder,
    DemoShop,
    make_shop,
    time_ordered_uuid,
)
from cli.process_api import DEFAULT_POLICY, load_policy

UNTIL = datetime(2026, 7, 20, 15, 0, tzinfo=UTC)
ZONE = "Europe/London"


@pytest.fixture(scope="module")
def shop() -> DemoShop:
    return make_shop(3_000, seed=1, until=UNTIL, zone=ZONE)


def at_share(values: list[int], share: float) -> int:
    return sorted(values)[int(len(values) * share)]


def local_times(orders: list[DemoOrder]) -> list[datetime]:
    return [order.placed_at.astimezone(ZoneInfo(ZONE)) for order in orders]


def test_the_same_seed_gives_the_same_orders(shop: DemoShop) -> None:
    again = make_shop(3_000, seed=1, until=UNTIL, zone=ZONE)
    other = make_shop(3_000, seed=2, until=UNTIL, zone=ZONE)

    assert again == shop
    assert again.orders[0].body() == shop.orders[0].body()
    assert other.orders != shop.orders
    assert other.products == shop.products == [*catalogue(), HOT_PRODUCT]


def test_baskets_quantities_and_prices_are_spread_like_the_real_ones(shop: DemoShop) -> None:
    usual = [order for order in shop.orders if order.fate is not Fate.HOT]
    lines = [line for order in usual for line in order.lines]
    baskets = [len(order.lines) for order in usual]
    quantities = [line.quantity for line in lines]
    prices = [line.product.price_minor for line in lines]

    assert abs(at_share(baskets, 0.5) - 15) <= 1
    assert abs(at_share(baskets, 0.9) - 47) <= 6
    assert abs(at_share(quantities, 0.5) - 5) <= 1
    assert abs(at_share(quantities, 0.9) - 24) <= 3
    assert abs(at_share(prices, 0.1) - 65) <= 15
    assert abs(at_share(prices, 0.5) - 195) <= 25
    assert abs(at_share(prices, 0.9) - 675) <= 90


def test_orders_come_in_business_hours_with_a_peak_at_noon(shop: DemoShop) -> None:
    hours = Counter(moment.hour for moment in local_times(shop.orders))

    assert min(hours) >= 7
    assert max(hours) <= 20
    assert hours.most_common(1)[0][0] == 12
    assert 0.15 < hours[12] / 3_000 < 0.21
    assert all(moment.weekday() != 5 for moment in local_times(shop.orders))


def test_orders_lie_in_the_four_months_before_the_end_in_order(shop: DemoShop) -> None:
    moments = [order.placed_at for order in shop.orders]

    assert moments == sorted(moments)
    assert moments[-1] < UNTIL
    assert moments[0] > UNTIL - timedelta(days=122)


def test_customers_come_back_and_mostly_from_home(shop: DemoShop) -> None:
    orders = Counter(order.customer.customer_id for order in shop.orders)
    countries = Counter(order.customer.country for order in shop.orders)

    assert 0.35 < sum(count > 1 for count in orders.values()) / len(orders) < 0.6
    assert 0.93 < countries["GB"] / 3_000 < 0.985
    assert len(countries) > 10
    assert len(CITIES) == 25


def test_skus_and_ids_and_addresses_are_unique(shop: DemoShop) -> None:
    skus = [product.sku for product in shop.products]
    ids = [order.order_id for order in shop.orders]
    emails = [customer.email for customer in shop.customers]

    assert len(set(skus)) == len(skus)
    assert len(set(ids)) == len(ids)
    assert len(set(emails)) == len(emails)
    assert all(email.endswith("@example.com") for email in emails)


def test_some_orders_are_cancelled_noted_or_readdressed_within_the_country(shop: DemoShop) -> None:
    cancelled = [order for order in shop.orders if order.cancel_reason]
    readdressed = [order for order in shop.orders if order.new_address]

    assert 0.03 < len(cancelled) / 3_000 < 0.07
    assert 0.04 < sum(order.note is not None for order in shop.orders) / 3_000 < 0.08
    assert 0.02 < len(readdressed) / 3_000 < 0.05
    assert all(
        order.new_address["country"] == order.customer.country
        for order in readdressed
        if order.new_address
    )


def test_ids_are_version_7_and_in_the_order_of_time() -> None:
    chance = Random(7)
    earlier = UUID(time_ordered_uuid(chance, UNTIL))
    later = UUID(time_ordered_uuid(chance, UNTIL + timedelta(milliseconds=1)))

    assert (earlier.version, earlier.variant) == (7, "specified in RFC 4122")
    assert earlier.int >> 80 == int(UNTIL.timestamp() * 1000)
    assert str(earlier) < str(later)


def test_every_fate_has_its_share_and_its_way_to_pay(shop: DemoShop) -> None:
    fates = Counter(order.fate for order in shop.orders)
    ways = {fate: {o.payment_method for o in shop.orders if o.fate is fate} for fate in Fate}

    assert all(abs(fates[fate] / 3_000 - share) < 0.015 for fate, share in SHARES.items())
    assert fates.keys() == set(Fate)
    assert ways[Fate.HOT] == {"card-ok"}
    assert ways[Fate.DECLINED] == {"card-declined"}
    assert ways[Fate.FRAUD] == ways[Fate.RELEASED] == {"card-risky"}
    assert ways[Fate.KEPT] == {
        "card-ok", "card-late", "card-twice", "card-action", "card-lostlate",
    }  # fmt: skip


def test_orders_can_have_their_fates(shop: DemoShop) -> None:
    for order in shop.orders:
        assert (order.cancel_reason is not None) == (order.fate is Fate.CANCELLED)
        assert order.body()["allow_split"] == (order.fate in OF_SEVERAL_LINES)
        if order.fate in OF_SEVERAL_LINES:
            assert len(order.lines) > 1
        if order.fate is Fate.CHANGED:
            assert order.lines[order.changed_number - 1].quantity > 1
        if order.fate in {Fate.HOT, Fate.DECLINED}:
            assert order.new_address is None
        if order.coming_back is not None:
            assert 1 <= order.coming_back.quantity <= order.lines[0].quantity


def test_of_the_hot_product_one_piece_each_is_wanted_and_there_are_too_few(shop: DemoShop) -> None:
    hot = [order for order in shop.orders if order.fate is Fate.HOT]

    assert all([line.quantity for line in order.lines] == [1] for order in hot)
    assert {line.product for order in hot for line in order.lines} == {HOT_PRODUCT}
    assert shop.wanted_pieces()[HOT_PRODUCT.sku] == len(hot)
    assert 0 < shop.hot_pieces < len(hot) / 3


def test_delivery_costs_what_the_policy_says() -> None:
    method = load_policy(DEFAULT_POLICY).shipping_methods[SHIPPING_METHOD]

    assert method.prices_minor["GBP"] == DELIVERY_MINOR
    assert method.tax_included
