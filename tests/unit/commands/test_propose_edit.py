"""ProposeEdit: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.coupon_errors import (
    CouponAlreadyApplied,
    CouponCurrencyMismatch,
    CouponExhausted,
    CouponMinNotMet,
    CouponNotApplicable,
    CouponNotStackable,
)
from domain.coupon_events import CouponKind
from domain.errors import (
    AmountInvalid,
    CouponNotFound,
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
    ProductNotFound,
    QuantityInvalid,
    ReasonRequired,
    Refusal,
    ShippingMethodNotApplicable,
    TooManyLines,
)
from domain.events import Event
from domain.order_edit import EditOperation
from domain.order_errors import (
    CancelInProgress,
    EditInProgress,
    EditNotAllowedAfterShipment,
    EditStale,
    LineNotFound,
    NoChanges,
)
from domain.order_events import OrderEditProposed
from domain.order_parts import AppliedCoupon, Totals
from domain.policy import RoundingLevel
from tests.coupon_examples import CODE, REDEMPTION_ID, a_coupon, a_redemption
from tests.edit_examples import (
    MUGS,
    a_full_price_order,
    add_coupon,
    add_line,
    adjust_price,
    an_application,
    an_edit,
    an_edit_rejection,
    remove_coupon,
    remove_line,
    set_quantity,
    set_shipping,
)
from tests.examples import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    POLICY,
    SKU,
    a_cancellation,
    a_note,
    a_price,
    a_shop,
    an_order,
)
from tests.order_examples import (
    BOOKS,
    a_confirmation,
    a_line_cancellation,
    a_parcel,
    an_imported_order,
    part,
    pieces,
)
from tests.specification import Streams, given

FULL = a_full_price_order()
SOLD = (*a_shop(), FULL)
PARTLY_SHIPPED = (*SOLD, a_confirmation(), a_parcel(lines=(part("1", 2),)))
WITH_COUPON = (*a_shop(), a_coupon(), an_order(coupon_codes=(CODE,), shipping_method="standard"))


def proposed(
    *past: Command | Event, operations: tuple[EditOperation, ...], **fields: object
) -> OrderEditProposed:
    streams = Streams()
    for step in past:
        if isinstance(step, Command):
            streams.carry_out(step)
        else:
            streams.record(step)
    wish = an_edit(*operations, **fields)
    (event,) = streams.decide(wish)
    assert isinstance(event, OrderEditProposed)
    return event


def test_succeeds_with_what_the_order_would_come_to() -> None:
    event = proposed(*SOLD, operations=(set_quantity("1", 2),))
    mugs = replace(
        MUGS, quantity=2, gross_minor=2_500, net_minor=2_500, tax_minor=417, total_minor=2_500
    )
    assert event.content.lines == (mugs, BOOKS)
    assert event.content.shipping_lines == FULL.shipping_lines
    assert event.totals_before == FULL.totals
    assert event.totals_after == Totals(
        subtotal_minor=3_499, discount_minor=0, shipping_minor=395, tax_minor=533, grand_minor=3_944
    )
    assert event.delta_minor == -2_500
    assert (event.calc_version, event.policy_version) == (1, POLICY.version)


def test_succeeds_for_the_customer_at_prices_of_this_moment() -> None:
    event = proposed(
        *SOLD,
        a_price(price_id="new", amount_minor=1_300, valid_from=NOW),
        operations=(add_line("3", SKU, 2),),
        actor=CUSTOMER,
    )
    added = event.content.lines[2]
    assert (added.unit_price_minor, added.quantity, added.price_id) == (1_300, 2, "new")
    assert event.content.lines[0].unit_price_minor == 1_250
    assert event.delta_minor == 2_600


def test_succeeds_with_agreed_prices_of_the_shop() -> None:
    cheap = replace(add_line("3"), amount_minor=100, reason="goodwill")
    event = proposed(*SOLD, operations=(cheap, adjust_price("2", 300)))
    assert [line.unit_price_minor for line in event.content.lines] == [1_250, 300, 100]
    assert [line.agreed_price_reason for line in event.content.lines] == [
        None,
        "scratched",
        "goodwill",
    ]
    assert event.delta_minor == 100 + (945 - 1_049)


def test_succeeds_with_another_delivery() -> None:
    event = proposed(*SOLD, operations=(set_shipping("pallet"),))
    (delivery,) = event.content.shipping_lines
    assert (delivery.method, delivery.amount_minor, delivery.total_minor) == (
        "pallet",
        4_999,
        5_999,
    )
    agreed = set_shipping(None, amount_minor=0, reason="goodwill")
    assert proposed(*SOLD, operations=(agreed,)).delta_minor == -395


def test_succeeds_for_what_is_left_after_lines_were_cancelled() -> None:
    fewer = a_line_cancellation(lines=(part("1", 3),))
    event = proposed(*SOLD, fewer, operations=(set_quantity("1", 4),), base_version=2)
    assert event.totals_after == FULL.totals
    assert event.delta_minor == 3_750
    gone = a_line_cancellation(lines=(part("1", 4),))
    event = proposed(*SOLD, gone, operations=(set_quantity("2", 1),), base_version=2)
    assert [line.line_id for line in event.content.lines] == ["2"]


def test_taxes_are_rounded_as_the_policy_says() -> None:
    policy = replace(POLICY, rounding_level=RoundingLevel.ORDER)
    event = proposed(*SOLD, operations=(set_quantity("1", 3),), policy=policy)
    assert event.content.lines[0].tax_minor == 625


def test_a_coupon_is_spread_anew_over_what_is_wanted() -> None:
    event = proposed(*WITH_COUPON, operations=(set_quantity("1", 4),))
    assert event.content.lines[0].discounts_minor == (500,)
    assert event.content.coupons == (
        AppliedCoupon(code=CODE, redemption_id=REDEMPTION_ID, discount_minor=500),
    )
    assert event.totals_after.grand_minor == 4_895


def test_a_coupon_can_be_taken_away_and_another_one_added() -> None:
    free = a_coupon(code="FREE", kind=CouponKind.FREE_SHIPPING, value=0)
    event = proposed(*WITH_COUPON, free, operations=(remove_coupon(CODE), add_coupon("FREE")))
    assert [each.code for each in event.content.coupons] == ["FREE"]
    assert event.content.lines[0].discounts_minor == ()
    assert event.content.shipping_lines[0].discount_minor == 395
    assert event.totals_after.grand_minor == 2_500


def test_the_place_that_an_order_has_on_a_coupon_is_not_asked_for_again() -> None:
    last = (*a_shop(), a_coupon(max_redemptions=1), an_order(coupon_codes=(CODE,)))
    assert proposed(*last, operations=(set_quantity("1", 3),)).totals_after.grand_minor == 3_375


def test_a_coupon_without_delivery_changes_only_the_lines() -> None:
    plain = (*a_shop(), a_coupon(), an_order())
    event = proposed(*plain, operations=(add_coupon(CODE),))
    assert event.content.shipping_lines == ()
    assert event.delta_minor == -250


def test_lines_that_have_not_left_can_change_when_others_have() -> None:
    event = proposed(*PARTLY_SHIPPED, operations=(set_quantity("2", 1),), base_version=3)
    assert event.content.lines[0] == MUGS
    assert event.content.lines[1].quantity == 1


def test_repeated_has_nothing_to_do() -> None:
    given(*SOLD, an_edit()).when(an_edit()).then_nothing()
    given(*SOLD, an_edit(), an_application()).when(an_edit()).then_nothing()
    given(*SOLD, an_edit(), an_edit_rejection()).when(an_edit()).then_nothing()


def test_refuses_another_change_under_the_same_id() -> None:
    given(*SOLD, an_edit()).when(an_edit(set_quantity("1", 3))).then_refused(OperationConflict)


def test_raced_by_whatever_happened_since_it_is_stale() -> None:
    refusal = given(*SOLD, a_note()).when(an_edit()).then_refused(EditStale)
    assert refusal.current_version == 2


def test_refuses_a_second_edit_while_one_is_not_decided() -> None:
    second = an_edit(edit_id="second", base_version=2)
    given(*SOLD, an_edit()).when(second).then_refused(EditInProgress)


def test_refuses_orders_that_cannot_change() -> None:
    cancelling = (*SOLD, a_cancellation())
    refusal = given(*cancelling).when(an_edit(base_version=2)).then_refused(CancelInProgress)
    assert (refusal.current_state, refusal.allowed_commands) == ("cancelling", ("add-note",))
    given(*a_shop(), an_imported_order()).when(an_edit()).then_refused(OrderStateConflict)
    cancelled = (*a_shop(), an_imported_order(), a_cancellation())
    given(*cancelled).when(an_edit(base_version=3)).then_refused(OrderStateConflict)


def test_refuses_an_order_of_nobody_or_of_somebody_else() -> None:
    given(*a_shop()).when(an_edit()).then_refused(OrderNotFound)
    given(*SOLD).when(an_edit(actor=OTHER_CUSTOMER)).then_refused(OrderNotFound)


@pytest.mark.parametrize(
    "operation",
    [adjust_price("1", 1), replace(add_line(), amount_minor=1, reason="x")],
)
def test_refuses_prices_of_the_customers_own(operation: EditOperation) -> None:
    refusal = given(*SOLD).when(an_edit(operation, actor=CUSTOMER)).then_refused(Forbidden)
    assert refusal.items == ({"pointer": "/operations/0/amount_minor"},)


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ((set_quantity("9", 1),), LineNotFound),
        ((remove_line("1"), set_quantity("1", 1)), LineNotFound),
        ((set_quantity("1", 0),), QuantityInvalid),
        ((add_line("3", SKU, 0),), QuantityInvalid),
        ((add_line("2"),), DuplicateLineId),
        ((remove_line("2"), add_line("2")), DuplicateLineId),
        ((add_line("3", "NONE"),), ProductNotFound),
        ((adjust_price("1", -1),), AmountInvalid),
        ((adjust_price("1", 1, None),), ReasonRequired),
        ((replace(add_line(), amount_minor=-1),), AmountInvalid),
        ((set_shipping(None, amount_minor=-1),), AmountInvalid),
        ((remove_line("1"), remove_line("2")), EmptyOrder),
        (tuple(add_line(f"n{number}") for number in range(2_000)), TooManyLines),
        ((set_shipping("rocket"),), ShippingMethodNotApplicable),
        ((add_coupon("NONE"),), CouponNotFound),
        ((remove_coupon(CODE),), CouponNotApplicable),
        ((set_quantity("1", 4),), NoChanges),
        ((add_line(), remove_line("3")), NoChanges),
    ],
)
def test_refuses_what_makes_no_order(
    operations: tuple[EditOperation, ...], error: type[Refusal]
) -> None:
    given(*SOLD).when(an_edit(*operations)).then_refused(error)


@pytest.mark.parametrize(
    ("coupon", "operations", "error"),
    [
        (a_coupon(code="B"), (add_coupon(CODE),), CouponAlreadyApplied),
        (a_coupon(code="B"), (add_coupon("B"),), CouponNotStackable),
        (
            a_coupon(code="B", stackable=True, kind=CouponKind.FIXED, value=1, currency="EUR"),
            (remove_coupon(CODE), add_coupon("B")),
            CouponCurrencyMismatch,
        ),
        (
            a_coupon(code="B", min_subtotal_minor=99_999, currency="GBP"),
            (remove_coupon(CODE), add_coupon("B")),
            CouponMinNotMet,
        ),
    ],
)
def test_refuses_coupons_that_do_not_count(
    coupon: Command, operations: tuple[EditOperation, ...], error: type[Refusal]
) -> None:
    refusal = given(*WITH_COUPON, coupon).when(an_edit(*operations)).then_refused(error)
    pointers = {item.get("pointer") for item in refusal.items}
    assert pointers <= {"/operations/0/coupon_code", "/operations/1/coupon_code", "/operations"}


def test_refuses_a_coupon_whose_places_are_taken() -> None:
    taken = (*a_shop(), a_coupon(max_redemptions=1), a_redemption(order_id="faster"), an_order())
    given(*taken).when(an_edit(add_coupon(CODE))).then_refused(CouponExhausted)


def test_refuses_free_delivery_of_what_costs_nothing() -> None:
    free = a_coupon(code="FREE", kind=CouponKind.FREE_SHIPPING, value=0)
    nothing = set_shipping(None, amount_minor=0, reason="goodwill")
    given(*SOLD, free).when(an_edit(nothing, add_coupon("FREE"))).then_refused(CouponNotApplicable)


@pytest.mark.parametrize(
    "operation", [set_quantity("1", 9), remove_line("1"), add_coupon(CODE), set_shipping()]
)
def test_refuses_what_is_about_something_that_has_left(operation: EditOperation) -> None:
    past = (*PARTLY_SHIPPED, a_coupon())
    wish = an_edit(operation, base_version=3)
    given(*past).when(wish).then_refused(EditNotAllowedAfterShipment)


def test_refuses_to_spread_coupons_over_what_has_left() -> None:
    past = (
        *WITH_COUPON,
        a_confirmation(allocations=(pieces("1", 2),), backorders=()),
        a_parcel(lines=(part("1", 1),)),
    )
    wish = an_edit(add_line(), base_version=3)
    given(*past).when(wish).then_refused(EditNotAllowedAfterShipment)
