"""How are figures shown to people, and documents to programs?"""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cli.demo_report import percentile, sparks
from cli.output import bar, money, printable, write_json


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
