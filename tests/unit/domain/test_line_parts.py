"""What are parts of a line worth, and do they add up?"""

from dataclasses import replace

from domain.line_parts import (
    cancelled_part,
    returned_part,
    share_minor,
    shipped_minor,
    totals_kept,
)
from domain.order_parts import CancelledLine, ReturnedLine, Totals
from domain.order_progress import lines_placed
from tests.examples import SKU, a_shipping_line
from tests.order_examples import BOOK, BOOKS, MUGS, TOTALS

WHOLE = lines_placed((MUGS, BOOKS))
DELIVERY = (a_shipping_line(),)


def test_the_first_pieces_are_worth_the_floor_of_their_share() -> None:
    assert [share_minor(10, quantity, 3) for quantity in range(4)] == [0, 3, 6, 10]
    assert share_minor(2**53 - 1, 10**6 - 1, 10**6) == 9_007_190_247_541_736


def test_pieces_are_cancelled_from_the_back() -> None:
    books = WHOLE[1]
    last = cancelled_part(BOOKS, books, 1)
    assert last == CancelledLine(
        line_id="2", sku=BOOK, quantity=1, value_minor=333, total_minor=350
    )
    others = cancelled_part(BOOKS, replace(books, cancelled=1), 2)
    assert others == CancelledLine(
        line_id="2", sku=BOOK, quantity=2, value_minor=666, total_minor=699
    )
    assert last.total_minor + others.total_minor == BOOKS.total_minor


def test_pieces_leave_and_come_back_from_the_front() -> None:
    books = replace(WHOLE[1], shipped=2, delivered=2)
    assert shipped_minor(BOOKS, books) == 699
    first = returned_part(BOOKS, books, 1, written_off=1)
    assert first == ReturnedLine(
        line_id="2",
        sku=BOOK,
        quantity=1,
        value_minor=333,
        total_minor=349,
        written_off_quantity=1,
    )
    second = returned_part(BOOKS, replace(books, returned=1), 1)
    assert second == ReturnedLine(
        line_id="2", sku=BOOK, quantity=1, value_minor=333, total_minor=350
    )
    assert shipped_minor(BOOKS, books) + cancelled_part(BOOKS, books, 1).total_minor == 1_049


def test_what_is_kept_of_a_whole_order_is_what_it_was_placed_with() -> None:
    assert totals_kept((MUGS, BOOKS), WHOLE, DELIVERY) == TOTALS


def test_delivery_is_owed_until_nothing_is_left() -> None:
    mugs, books = WHOLE
    one_mug = (replace(mugs, cancelled=3), replace(books, cancelled=3))
    assert totals_kept((MUGS, BOOKS), one_mug, DELIVERY) == Totals(
        subtotal_minor=1_250,
        discount_minor=26,
        shipping_minor=395,
        tax_minor=270,
        grand_minor=1_619,
    )
    nothing = (replace(mugs, cancelled=4), replace(books, cancelled=3))
    assert totals_kept((MUGS, BOOKS), nothing, DELIVERY) == Totals(
        subtotal_minor=0, discount_minor=0, shipping_minor=0, tax_minor=0, grand_minor=0
    )


def test_a_line_that_costs_nothing_has_parts_that_cost_nothing() -> None:
    free = replace(MUGS, unit_price_minor=0, gross_minor=0, total_minor=0)
    assert cancelled_part(free, WHOLE[0], 3) == CancelledLine(
        line_id="1", sku=SKU, quantity=3, value_minor=0, total_minor=0
    )
