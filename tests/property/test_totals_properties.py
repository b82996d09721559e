"""Do the totals of every order add up, whatever is sold?"""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from commands.place_order import PlaceOrderState, place_order
from commands.registry import Command
from domain.fold import as_customer, as_product
from domain.order_events import OrderPlaced
from domain.order_parts import OrderLine, ShippingLine
from domain.policy import RoundingLevel, policy_from_mapping
from domain.totals import TaxBase, tax_minor, taxes_minor
from tests.examples import CUSTOMER_ID, STAFF, a_line, a_price, a_product, a_shop, an_order
from tests.specification import Streams

RATES = [0, 50_000, 55_000, 135_000, 190_000, 200_000, 255_000, 1_000_000]

nets = st.integers(0, 3_000) | st.integers(0, 2**53 - 1)
bases = st.lists(st.tuples(nets, st.sampled_from(RATES), st.booleans()), max_size=12)


def exact_tax(net: int, ppm: int, *, included: bool) -> Fraction:
    rate = Fraction(ppm, 1_000_000)
    return net * rate / (1 + rate) if included else net * rate


@given(net=nets, ppm=st.sampled_from(RATES), included=st.booleans())
def test_tax_is_within_half_a_unit_of_the_exact_tax(net: int, ppm: int, *, included: bool) -> None:
    tax = tax_minor(net, ppm, included=included)
    assert abs(tax - exact_tax(net, ppm, included=included)) <= Fraction(1, 2)
    assert tax >= 0


@given(bases=bases)
def test_rounding_per_order_keeps_each_group_and_moves_no_line_by_a_whole_unit(
    bases: list[TaxBase],
) -> None:
    taxes = taxes_minor(bases, RoundingLevel.ORDER)
    for ppm, included in {(ppm, included) for _, ppm, included in bases}:
        group = [index for index, base in enumerate(bases) if base[1:] == (ppm, included)]
        net = sum(bases[index][0] for index in group)
        assert sum(taxes[index] for index in group) == tax_minor(net, ppm, included=included)
    for (net, ppm, included), tax in zip(bases, taxes, strict=True):
        assert abs(tax - exact_tax(net, ppm, included=included)) < 1


@st.composite
def shops(draw: st.DrawFn) -> tuple[tuple[Command, ...], int]:
    """A shop with up to five products, each with a tax class and a price of its own."""
    steps: list[Command] = list(a_shop())
    count = draw(st.integers(1, 5))
    for number in range(count):
        sku = f"P{number}"
        tax_class = draw(st.sampled_from(["zero", "reduced", "standard"]))
        steps += [
            a_product(sku=sku, tax_class=tax_class),
            replace(a_shop()[1], sku=sku),
            a_price(
                sku=sku,
                amount_minor=draw(st.integers(0, 99_999)),
                tax_included=draw(st.booleans()),
            ),
        ]
    return tuple(steps), count


@given(
    shop=shops(),
    quantities=st.lists(st.integers(1, 1_000), min_size=1, max_size=8),
    agreed=st.lists(st.none() | st.integers(0, 5_000), min_size=8, max_size=8),
    level=st.sampled_from(RoundingLevel),
    method=st.sampled_from([None, "standard", "pallet"]),
    agreed_shipping=st.none() | st.integers(0, 9_999),
)
def test_the_grand_total_is_the_sum_of_its_parts(
    shop: tuple[tuple[Command, ...], int],
    quantities: list[int],
    agreed: list[int | None],
    level: RoundingLevel,
    method: str | None,
    agreed_shipping: int | None,
) -> None:
    steps, count = shop
    order = an_order(
        actor=STAFF,
        lines=tuple(
            a_line(
                line_id=str(index),
                sku=f"P{index % count}",
                quantity=quantity,
                agreed_unit_price_minor=agreed[index],
                agreed_price_reason="bargain",
            )
            for index, quantity in enumerate(quantities)
        ),
        policy=replace(an_order().policy, rounding_level=level),
        shipping_method=method,
        agreed_shipping_minor=agreed_shipping,
    )
    streams = Streams()
    for step in steps:
        streams.carry_out(step)
    (placed,) = streams.decide(order)
    assert isinstance(placed, OrderPlaced)
    assert [line.quantity for line in placed.lines] == quantities
    assert_sums(placed)
    assert len(placed.shipping_lines) == (0 if method is agreed_shipping is None else 1)


def assert_sums(placed: OrderPlaced) -> None:
    """Recompute every sum of an order from the smallest numbers in it."""
    totals = placed.totals
    parts: list[OrderLine | ShippingLine] = [*placed.lines, *placed.shipping_lines]
    for line in placed.lines:
        assert line.gross_minor == line.unit_price_minor * line.quantity
        assert line.net_minor == line.gross_minor
        on_top = 0 if line.tax_included else line.tax_minor
        assert line.total_minor == line.net_minor + on_top
    for delivery in placed.shipping_lines:
        on_top = 0 if delivery.tax_included else delivery.tax_minor
        assert delivery.total_minor == delivery.amount_minor + on_top
    assert totals.subtotal_minor == sum(
        line.unit_price_minor * line.quantity for line in placed.lines
    )
    assert totals.discount_minor == 0
    assert totals.shipping_minor == sum(line.amount_minor for line in placed.shipping_lines)
    assert totals.tax_minor == sum(part.tax_minor for part in parts)
    assert totals.grand_minor == sum(part.total_minor for part in parts)
    assert totals.grand_minor == totals.subtotal_minor + totals.shipping_minor + sum(
        part.tax_minor for part in parts if not part.tax_included
    )


def test_an_order_is_a_function_of_its_inputs() -> None:
    streams = Streams()
    for step in a_shop():
        streams.carry_out(step)
    state = PlaceOrderState(
        order=None,
        customer=as_customer(streams.states[f"customer-{CUSTOMER_ID}"]),
        products={"MUG-BLUE": as_product(streams.states["product-MUG-BLUE"])},
        coupons={},
    )
    assert place_order(an_order(), state) == place_order(an_order(), state)
    assert policy_from_mapping({"version": "1"}) == policy_from_mapping({"version": "1"})
