"""What does the customer get for pieces that came back and were accepted?"""

from collections.abc import Sequence
from dataclasses import replace

from domain.fold import as_order, evolve
from domain.order import Order
from domain.order_parts import ReturnedLine
from domain.refund_due import inspected_line, refund_due
from domain.return_events import InspectedLine, RefundDue, ReturnDisposition
from tests.examples import a_placed_order, a_shipping_line, a_sold_line
from tests.return_examples import accepted, counted_on, delivered, due
from tests.shipment_examples import (
    a_confirmation,
    line_quantity,
    shipped,
)

ALL = (line_quantity("1", 3), line_quantity("2", 2))
MUGS = a_sold_line(quantity=3, gross_minor=1_100, net_minor=1_000, tax_minor=167, total_minor=1_000)
BOWLS = a_sold_line(
    line_id="2",
    sku="BOWL-RED",
    quantity=2,
    unit_price_minor=333,
    tax_included=False,
    gross_minor=666,
    net_minor=666,
    tax_minor=133,
    total_minor=799,
)
ON_TOP = replace(
    a_shipping_line(), tax_included=False, amount_minor=400, tax_minor=80, total_minor=480
)


def an_order(*returned: ReturnedLine) -> Order:
    """Three mugs, taxed inside, and two bowls, taxed on top, all delivered."""
    state = None
    for event in (
        a_placed_order(lines=(MUGS, BOWLS), shipping_lines=(a_shipping_line(), ON_TOP)),
        a_confirmation(allocations=ALL),
        shipped(lines=ALL),
        delivered(lines=ALL),
        counted_on(*ALL),
        *((accepted(*returned),) if returned else ()),
    ):
        state = as_order(evolve(state, event))
    assert state is not None
    return state


def back(line_id: str, quantity: int) -> ReturnedLine:
    return ReturnedLine(
        line_id=line_id,
        sku="whatever",
        quantity=quantity,
        value_minor=0,
        total_minor=0,
    )


def inspected(order: Order, mugs: int = 0, bowls: int = 0) -> tuple[InspectedLine, ...]:
    wanted = (mugs, bowls)
    return tuple(
        inspected_line(
            line, progress, accepted=number, rejected=0, disposition=ReturnDisposition.SHELF
        )
        for line, progress, number in zip(order.lines, order.progress, wanted, strict=True)
        if number
    )


def due_for(
    order: Order,
    lines: Sequence[InspectedLine],
    *,
    restocking_fee_minor: int = 0,
    refunds_shipping: bool = False,
) -> RefundDue:
    return refund_due(
        order,
        lines,
        restocking_fee_minor=restocking_fee_minor,
        refunds_shipping=refunds_shipping,
    )


def test_a_line_is_worth_what_was_paid_for_its_next_pieces() -> None:
    for before, quantity, total, tax in (
        (0, 1, 333, 55),
        (1, 1, 333, 56),
        (2, 1, 334, 56),
        (0, 3, 1_000, 167),
    ):
        order = an_order(*((back("1", before),) if before else ()))
        assert inspected(order, mugs=quantity) == (
            InspectedLine(
                line_id="1",
                sku=MUGS.sku,
                accepted=quantity,
                rejected=0,
                disposition=ReturnDisposition.SHELF,
                value_minor=1_250 * quantity,
                total_minor=total,
                tax_minor=tax,
            ),
        )


def test_tells_tax_that_was_paid_on_top_apart() -> None:
    order = an_order()
    assert due_for(order, inspected(order, mugs=2)) == due(666)
    assert due_for(order, inspected(order, bowls=1)) == due(333, tax=66)
    assert due_for(order, inspected(order, mugs=3, bowls=2)) == due(1_666, tax=133)


def test_gives_shipping_back_with_the_last_piece_if_that_was_agreed() -> None:
    order = an_order()
    everything = inspected(order, mugs=3, bowls=2)
    expected = due(1_666, tax=133 + 80, shipping=395 + 400)
    assert due_for(order, everything, refunds_shipping=True) == expected
    a_part = inspected(order, mugs=3, bowls=1)
    assert due_for(order, a_part, refunds_shipping=True) == due(1_333, tax=66)
    order = an_order(back("1", 3), back("2", 1))
    last = inspected(order, bowls=1)
    expected = due(333, tax=67 + 80, shipping=395 + 400)
    assert due_for(order, last, refunds_shipping=True) == expected


def test_nothing_accepted_brings_no_shipping_back() -> None:
    assert due_for(an_order(), (), refunds_shipping=True) == due(0)
    assert due_for(an_order(back("1", 3), back("2", 2)), (), refunds_shipping=True) == due(0)


def test_takes_the_fee_and_no_more_than_there_is() -> None:
    order = an_order()
    lines = inspected(order, bowls=1)
    assert due_for(order, lines, restocking_fee_minor=100) == due(333, tax=66, fee=100)
    assert due_for(order, lines, restocking_fee_minor=400) == due(333, tax=66, fee=399)
    assert due_for(order, (), restocking_fee_minor=400) == due(0)
