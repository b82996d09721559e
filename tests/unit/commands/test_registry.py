"""How does a command say which streams it needs and what follows from them?"""

import re
from dataclasses import fields, replace
from datetime import datetime
from typing import get_args, get_type_hints

import pytest

from commands.registry import DECIDERS, Command
from domain.allowed_commands import allowed_commands
from domain.envelope import Actor
from domain.fold import as_order, evolve
from domain.product import ALLOWED_PRODUCT_COMMANDS
from tests.coupon_examples import (
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_redemption_confirmation,
    a_redemption_release,
    a_resumption,
)
from tests.examples import (
    CUSTOMER_ID,
    DAY,
    EMAIL_CLAIM,
    NOW,
    ORDER_ID,
    ORDER_NUMBER,
    SKU,
    a_cancellation,
    a_customer,
    a_discontinuation,
    a_line,
    a_note,
    a_placed_order,
    a_price,
    a_price_withdrawal,
    a_product,
    an_activation,
    an_address_change,
    an_order,
)
from tests.order_examples import (
    PAY_BY,
    a_completion,
    a_confirmation,
    a_finished_cancellation,
    a_flag,
    a_hold,
    a_hold_release,
    a_line_allocation,
    a_line_backorder,
    a_line_cancellation,
    a_parcel,
    a_parcel_delivery,
    a_payment_fact,
    a_refused_cancellation,
    a_rejection,
    an_accepted_return,
    an_order_expiry,
)
from tests.stock_examples import (
    a_backorder_policy,
    a_count,
    a_deduction,
    a_fill,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_restocking,
    a_safety_stock,
    a_stock_item,
    an_adjustment,
    an_allocation,
    an_expiry,
    an_extension,
    wanted_stock,
)

PRODUCT_STREAM = f"product-{SKU}"
CUSTOMER_STREAM = f"customer-{CUSTOMER_ID}"
EMAIL_STREAM = f"email-{EMAIL_CLAIM}"
ORDER_STREAM = f"order-{ORDER_ID}"

STOCK_STREAM = f"stock-{SKU}@MAIN"
OF_ONE_STOCK: tuple[Command, ...] = (
    a_receipt(),
    an_adjustment(),
    a_count(),
    a_safety_stock(),
    a_backorder_policy(),
    an_extension(),
    an_allocation(),
    a_release(),
    an_expiry(at=NOW),
    a_deduction(),
    a_fill(),
    a_restocking(),
)

OF_ONE_COUPON: tuple[Command, ...] = (
    a_coupon(),
    a_redemption(),
    a_redemption_confirmation(),
    a_redemption_release(),
    a_pause(),
    a_resumption(),
    a_coupon_expiry(at=NOW),
)
OF_ONE_ORDER: tuple[Command, ...] = (
    an_address_change(),
    a_cancellation(),
    a_note(),
    a_confirmation(),
    a_rejection(),
    an_order_expiry(asked_at=NOW, deadline=PAY_BY),
    a_hold(),
    a_hold_release(),
    a_line_cancellation(),
    a_finished_cancellation(),
    a_refused_cancellation(),
    a_line_backorder(),
    a_line_allocation(),
    a_parcel(),
    a_parcel_delivery(),
    an_accepted_return(),
    a_payment_fact(),
    a_completion(),
    a_flag(),
)

STREAMS: list[tuple[Command, tuple[str, ...], tuple[str, ...]]] = [
    (a_product(), (PRODUCT_STREAM,), ()),
    (an_activation(), (PRODUCT_STREAM,), ()),
    (a_discontinuation(), (PRODUCT_STREAM,), ()),
    (a_price(), (PRODUCT_STREAM,), ()),
    (a_price_withdrawal(), (PRODUCT_STREAM,), ()),
    (a_customer(), (CUSTOMER_STREAM, EMAIL_STREAM), ()),
    (a_customer(email_claim=None), (CUSTOMER_STREAM,), ()),
    (an_order(), (ORDER_STREAM,), (CUSTOMER_STREAM, PRODUCT_STREAM)),
    (
        an_order(lines=(a_line(sku="B"), a_line(), a_line(sku="A"), a_line(sku="B"))),
        (ORDER_STREAM,),
        (CUSTOMER_STREAM, "product-B", PRODUCT_STREAM, "product-A"),
    ),
    (
        an_order(coupon_codes=("SPRING", "FIVE", "SPRING")),
        (ORDER_STREAM,),
        (CUSTOMER_STREAM, PRODUCT_STREAM, "coupon-SPRING", "coupon-FIVE"),
    ),
    *((wish, ("coupon-SPRING",), ()) for wish in OF_ONE_COUPON),
    (a_stock_item(), (STOCK_STREAM,), (PRODUCT_STREAM,)),
    *((wish, (STOCK_STREAM,), ()) for wish in OF_ONE_STOCK),
    (a_reservation_wish(), (STOCK_STREAM,), ()),
    (
        a_reservation_wish(lines=(wanted_stock(sku="Z"), wanted_stock(), wanted_stock(sku="A"))),
        ("stock-A@MAIN", STOCK_STREAM, "stock-Z@MAIN"),
        (),
    ),
    *((wish, (ORDER_STREAM,), ()) for wish in OF_ONE_ORDER),
]


@pytest.mark.parametrize(("command", "writes", "reads"), STREAMS)
def test_names_the_streams_it_writes_and_reads(
    command: Command, writes: tuple[str, ...], reads: tuple[str, ...]
) -> None:
    decider = DECIDERS[type(command)]
    assert decider.writes(command) == writes
    assert decider.reads(command) == reads


@pytest.mark.parametrize("command", [command for command, _, _ in STREAMS])
def test_the_answer_names_the_id_of_the_first_stream_written(command: Command) -> None:
    decider = DECIDERS[type(command)]
    assert decider.writes(command)[0].endswith(f"-{decider.target_id(command)}")


def test_knows_every_command_by_a_name_made_of_its_words() -> None:
    commands = {
        command for family in get_args(Command) for command in get_args(family) or (family,)
    }
    assert set(DECIDERS) == commands
    for command, decider in DECIDERS.items():
        words = re.findall("[A-Z][a-z]+", command.__name__)
        assert decider.type == "-".join(words).lower()


def test_every_command_says_who_asks_and_when() -> None:
    for command in DECIDERS:
        hints = get_type_hints(command)
        assert (hints["actor"], hints["asked_at"]) == (Actor, datetime)
        assert all(field.kw_only for field in fields(command))


def test_only_known_commands_are_named_as_allowed() -> None:
    order = as_order(evolve(None, a_placed_order()))
    assert order is not None
    known = {decider.type for decider in DECIDERS.values()}
    assert known.issuperset(allowed_commands(order))
    for allowed in ALLOWED_PRODUCT_COMMANDS.values():
        assert known.issuperset(allowed)


def test_the_commands_that_begin_a_stream_create() -> None:
    creating = {command.__name__ for command, decider in DECIDERS.items() if decider.creates}
    assert creating == {
        "RegisterProduct",
        "RegisterCustomer",
        "RegisterStockItem",
        "CreateCoupon",
        "PlaceOrder",
        "PlanShipment",
        "RequestPayment",
        "RequestReturn",
        "RecordPastReturn",
    }


def test_the_past_happens_at_its_business_time_and_all_else_when_it_is_asked_for() -> None:
    for command, _, _ in STREAMS:
        assert DECIDERS[type(command)].occurred_at(command) == NOW
    for past in (an_order(), a_receipt(), an_adjustment()):
        earlier = replace(past, occurred_at=NOW - DAY)
        assert DECIDERS[type(past)].occurred_at(earlier) == NOW - DAY


def test_an_order_is_answered_with_the_number_it_was_first_given() -> None:
    again = an_order(order_number="W26-0004712-R")
    number_of = DECIDERS[type(again)].order_number
    assert number_of(again, {ORDER_STREAM: None}) == "W26-0004712-R"
    assert number_of(again, {ORDER_STREAM: evolve(None, a_placed_order())}) == ORDER_NUMBER


def test_no_other_answer_names_an_order_number() -> None:
    placed = evolve(None, a_placed_order())
    for command, _, _ in STREAMS:
        decider = DECIDERS[type(command)]
        if decider.type != "place-order":
            assert decider.order_number(command, {ORDER_STREAM: placed}) is None
