"""Whatever was done, does doing it again bring nothing?"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.coupon_deciders import COUPON_DECIDERS
from commands.customer_deciders import CUSTOMER_DECIDERS
from commands.expire_coupon import ExpireCoupon
from commands.expire_order import ExpireOrder
from commands.expire_reservation import ExpireReservation
from commands.order_deciders import ORDER_DECIDERS
from commands.product_deciders import PRODUCT_DECIDERS
from commands.registry import DECIDERS, Command
from commands.stock_deciders import STOCK_DECIDERS
from domain.errors import Refusal
from domain.events import CATEGORIES, stream_of
from domain.order_events import OrderReturnEnded, OrderReturnRequested
from domain.stock_events import StockIssued
from tests.coupon_examples import a_coupon, a_pause, a_redemption
from tests.examples import a_price, a_product, a_shop, an_address_to_keep
from tests.property.order_strategies import orders_on_their_way
from tests.property.strategies import moments_later, wishes
from tests.specification import Streams
from tests.stock_examples import (
    a_backorder_policy,
    a_receipt,
    a_reservation_wish,
    a_safety_stock,
    a_stock_item,
    wanted_stock,
)

TIMED = ExpireReservation | ExpireOrder | ExpireCoupon
OF_THE_SHOP = {
    **PRODUCT_DECIDERS,
    **CUSTOMER_DECIDERS,
    **STOCK_DECIDERS,
    **COUPON_DECIDERS,
    **ORDER_DECIDERS,
}
"""Payments, shipments, returns and fulfilments are tried by properties of their own."""

SOLD_BEFORE = (
    *a_shop(),
    *(replace(step, sku="MUG") for step in a_shop()[:3]),
    *(replace(step, sku="BOOK") for step in a_shop()[:3]),
    a_price(sku="MUG", price_id="a", price_list="trade"),
    a_product(sku="PEN"),
    *orders_on_their_way(),
    an_address_to_keep(address_id="a"),
    a_coupon(stackable=True),
    a_coupon(code="FIVE", stackable=True),
    a_pause(code="FIVE"),
    a_redemption(redemption_id="r1"),
    *(
        step
        for sku in ("MUG", "BOOK")
        for step in (
            a_stock_item(sku=sku),
            a_receipt(sku=sku, movement_id=f"first-{sku}", quantity=6),
            a_safety_stock(sku=sku),
            a_backorder_policy(sku=sku),
            a_reservation_wish(
                order_id="o1",
                lines=(wanted_stock(sku=sku, reservation_id="r1", quantity=8),),
                allow_backorder=True,
            ),
            a_safety_stock(sku=sku, quantity=0),
        )
    ),
)


def refusal_of(streams: Streams, wish: Command) -> tuple[object, ...] | None:
    """Carry the wish out, or say why it was refused."""
    try:
        streams.carry_out(wish)
    except Refusal as refusal:
        return (refusal.code, refusal.detail, refusal.items)
    return None


def a_busy_shop() -> Streams:
    streams = Streams()
    for step in SOLD_BEFORE:
        if isinstance(step, Command):
            streams.carry_out(step)
        else:
            streams.record(step)
    return streams


@given(history=st.lists(wishes, max_size=30), later=moments_later)
@settings(max_examples=400)
def test_every_command_decided_again_on_its_result_brings_nothing(
    history: list[Command], later: timedelta
) -> None:
    streams = a_busy_shop()
    for wish in history:
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        assert all(stream_of(event) in DECIDERS[type(wish)].writes(wish) for event in events)
        assert streams.decide(wish) == ()
        # A timer that came too early did nothing, and may come again.
        if events or not isinstance(wish, TIMED):
            assert streams.decide(replace(wish, asked_at=wish.asked_at + later)) == ()


@given(wish=wishes)
def test_a_refused_command_changes_nothing_and_is_refused_again(wish: Command) -> None:
    streams = a_busy_shop()
    before = dict(streams.states)
    refusal = refusal_of(streams, wish)
    if refusal is not None:
        assert streams.states == before
        assert refusal_of(streams, wish) == refusal


def test_the_wishes_reach_every_command_and_event() -> None:
    """The two properties above would be hollow if Hypothesis never got a command accepted."""
    accepted: Counter[type] = Counter()
    appended: Counter[type] = Counter()

    @given(history=st.lists(wishes, min_size=20, max_size=40))
    @settings(max_examples=1_600, database=None, derandomize=True)
    def explore(history: list[Command]) -> None:
        streams = a_busy_shop()
        for wish in history:
            try:
                events = streams.carry_out(wish)
            except Refusal:
                continue
            accepted[type(wish)] += 1
            appended.update(map(type, events))

    explore()
    assert set(accepted) == set(OF_THE_SHOP)
    # Only the return itself says that pieces come back, only the past that they left unreserved.
    of_others = {OrderReturnRequested, OrderReturnEnded, StockIssued}
    categories = {"product", "customer", "email", "stock", "coupon", "order"}
    known = {event for event, category in CATEGORIES.items() if category in categories}
    assert set(appended) == known - of_others
