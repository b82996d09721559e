"""Which sale does each credit of a retail file undo?"""

import pytest

from cli.retail_credits import NO_SALE, Credits, PastReturn, match_credits
from cli.retail_file import Invoice, RejectedLine, RetailFile, SaleLine

ADA, BEN = "13085", "13086"


def a_line(row: int, quantity: int, day: int, *, price: int = 255, sku: str = "85123A") -> SaleLine:
    return SaleLine(row, sku, quantity, price, f"2010-01-{day:02} 10:00:00")


def a_sale(number: str, *lines: SaleLine, customer: str = ADA) -> Invoice:
    return Invoice(number, lines[0].at, customer, "EIRE", lines=list(lines))


def a_credit(number: str, *lines: SaleLine, customer: str = ADA) -> Invoice:
    return Invoice(number, lines[0].at, customer, "EIRE", credits=list(lines))


def matched(*invoices: Invoice) -> Credits:
    orders = [each for each in invoices if each.lines]
    undone = [each for each in invoices if each.credits]
    return match_credits(RetailFile(0, orders, {}, [], credit_invoices=undone))


def a_return(
    credit: str, order: str, day: int, quantities: dict[int, int], rows: list[int]
) -> PastReturn:
    amount = sum(quantities.values()) * 255
    return PastReturn(credit, order, f"2010-01-{day:02} 10:00:00", quantities, rows, amount)


def test_undoes_the_newest_earlier_line_that_has_all_of_it() -> None:
    found = matched(
        a_sale("1", a_line(1, 6, 1)),
        a_sale("2", a_line(2, 6, 2)),
        a_sale("3", a_line(3, 2, 3)),
        a_credit("C4", a_line(4, 4, 4)),
        a_sale("5", a_line(5, 6, 5)),
    )

    assert found.returns == [a_return("C4", "2", 4, {2: 4}, [4])]
    assert list(found.matched) == [4]
    assert (found.on_several, found.refused) == (0, [])


def test_undoes_the_newest_lines_together_where_none_has_all_of_it() -> None:
    found = matched(
        a_sale("1", a_line(1, 3, 1)),
        a_sale("2", a_line(2, 3, 2), a_line(3, 2, 2)),
        a_credit("C4", a_line(4, 6, 4)),
    )

    assert found.returns == [
        a_return("C4", "2", 4, {3: 2, 2: 3}, [4]),
        a_return("C4", "1", 4, {1: 1}, [4]),
    ]
    assert (len(found.matched), found.on_several) == (1, 1)


def test_makes_one_return_per_order_of_a_credit_invoice() -> None:
    found = matched(
        a_sale("1", a_line(1, 6, 1), a_line(2, 1, 1, sku="22041")),
        a_credit("C3", a_line(3, 2, 3), a_line(4, 1, 3, sku="22041"), a_line(5, 3, 3)),
        a_credit("C6", a_line(6, 1, 4)),
    )

    assert found.returns == [
        a_return("C3", "1", 3, {1: 5, 2: 1}, [3, 4, 5]),
        a_return("C6", "1", 4, {1: 1}, [6]),
    ]


def test_takes_time_order_and_file_order_at_the_same_time() -> None:
    same_minute = matched(a_sale("1", a_line(1, 6, 1)), a_credit("C2", a_line(2, 6, 1)))
    too_early = matched(a_credit("C1", a_line(1, 6, 1)), a_sale("2", a_line(2, 6, 1)))

    assert len(same_minute.returns) == 1
    assert [line.line_class for line in too_early.refused] == ["never_sold_to_this_customer"]


@pytest.mark.parametrize(
    ("credit", "line_class"),
    [
        (a_line(9, 8, 9), "only_partly"),
        (a_line(9, 6, 9, price=200), "sold_at_another_price"),
        (a_line(9, 6, 9, price=-1), "sold_at_another_price"),
        (a_line(9, 7, 9, price=200), "sold_but_too_few_left"),
        (a_line(9, 1, 9, sku="22041"), "never_sold_to_this_customer"),
    ],
)
def test_refuses_what_cannot_be_matched_whole(credit: SaleLine, line_class: str) -> None:
    others = a_sale("2", a_line(2, 50, 2), a_line(3, 50, 2, sku="22041"), customer=BEN)

    found = matched(a_sale("1", a_line(1, 6, 1)), others, a_credit("C9", credit))

    assert found.refused == [RejectedLine(9, "C9", credit.sku, line_class, NO_SALE)]
    assert (found.returns, found.matched) == ([], {})


def test_a_refused_credit_changes_nothing() -> None:
    found = matched(
        a_sale("1", a_line(1, 6, 1)),
        a_credit("C2", a_line(2, 8, 2)),
        a_credit("C3", a_line(3, 6, 3)),
        a_credit("C4", a_line(4, 1, 4)),
    )

    assert found.returns == [a_return("C3", "1", 3, {1: 6}, [3])]
    assert [line.line_class for line in found.refused] == ["only_partly", "sold_but_too_few_left"]
