"""How are figures shown to people, and documents to programs?"""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cli.demo_orders import Expected
from cli.demo_report import ReadSide, checks_of, percentile, sparks
from cli.output import bar, money, printable, write_json
from cli.sales_report import SalesReport


@pytest.mark.parametrize(
    ("minor", "shown"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (210_849_526, "2,108,495.26"), (-100, "-1.00")],
)
def test_money_has_two_decimals_and_separators(minor: int, shown: str) -> None:
    assert money(minor) == shown
    assert money(minor, "GBP") == f"{shown} GBP"


def test_what_others_wrote_can_neither_draw_nor_move_the_cursor() -> None:
    assert printable("[red]a\x1b[2J\nb[/]") == "\\[red]a [2J b\\[/]"
    assert printable("") == printable(None) == "[dim]-[/]"


def test_bars_are_an_eighth_of_a_character_fine() -> None:
    assert bar(8, 8, 4) == "████"
    assert bar(4, 8, 4) == "██"
    assert bar(1, 32, 4) == "▏"
    assert bar(1, 10_000, 4) == "▏"
    assert bar(0, 8, 4) == bar(3, 0, 4) == ""


def test_sparks_show_a_series() -> None:
    assert sparks([0, 50, 100]) == "▁▅█"
    assert sparks([]) == sparks([0, 0]) == ""


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert percentile(values, 0.5) == 51.0
    assert percentile(values, 0.99) == 100.0
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([], 0.5) == 0.0


def test_instants_are_written_as_rfc_3339_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    write_json({"at": at, "name": "Malmö", "utc": datetime(2026, 1, 1, tzinfo=UTC)})

    said = capsys.readouterr().out
    assert json.loads(said) == {
        "at": "2026-06-30T23:30:00Z",
        "name": "Malmö",
        "utc": "2026-01-01T00:00:00Z",
    }
    assert "Malmö" in said


def a_read_side(
    orders: int = 0, *, cancelled: int = 0, gross_minor: int = 0, cancelled_minor: int = 0
) -> ReadSide:
    report = SalesReport(
        "UTC",
        orders=orders,
        cancelled=cancelled,
        gross_minor=gross_minor,
        cancelled_minor=cancelled_minor,
    )
    report.by_month["2026-11"] = report.by_country["GB"] = report.gross_minor
    return ReadSide(report, by_sku={"MUG": report.gross_minor})


def test_totals_are_compared_with_what_the_read_side_has_more_than_before() -> None:
    expected = Expected(orders=2, cancelled=1, gross_minor=500, cancelled_minor=200)
    expected.by_month["2026-11"] = expected.by_country["GB"] = expected.by_sku["MUG"] = 500
    before = a_read_side(7, gross_minor=1_000)
    right = a_read_side(9, cancelled=1, gross_minor=1_500, cancelled_minor=200)

    checks = checks_of(expected, before, right)

    assert [check.name for check in checks] == [
        "orders placed",
        "cancellations",
        "gross sales",
        "cancelled",
        "gross in 2026-11",
        "gross in GB",
        "gross of MUG",
    ]
    assert all(check.holds for check in checks)


def test_a_penny_too_much_or_in_another_country_is_found() -> None:
    expected = Expected(orders=2, gross_minor=500)
    expected.by_month["2026-11"] = expected.by_country["GB"] = expected.by_sku["MUG"] = 500
    wrong = a_read_side(2, gross_minor=501)
    wrong.sales.by_country["IE"] = 1

    found = [check for check in checks_of(expected, a_read_side(), wrong) if not check.holds]

    assert [(check.name, check.sent, check.read) for check in found] == [
        ("gross sales", 500, 501),
        ("gross in 2026-11", 500, 501),
        ("gross in GB", 500, 501),
        ("gross in IE", 0, 1),
        ("gross of MUG", 500, 501),
    ]
