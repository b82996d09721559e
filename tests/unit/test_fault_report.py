"""Does a fault test's report say what was counted, and fail when anything went wrong?"""

from pathlib import Path

import pytest

from tests.fault_report import FaultReport, read_reports, table_of


def test_reports_are_collected_and_laid_out_by_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reports.jsonl"
    monkeypatch.setenv("FAULT_REPORTS", str(path))
    later = FaultReport("FI-12", attempts=1_200, acknowledged=1_190, ok=1_200, recovered=10)
    later.seconds_to_recover = 2.345
    first = FaultReport("FI-01", attempts=7, ok=6, lost=1, notes={"cuts": 3})
    later.write()
    first.write()
    assert read_reports(path) == [later, first]
    assert table_of(read_reports(path)).splitlines() == [
        (
            "fault test  attempts  acknowledged     ok  lost  unexpected  duplicated  recovered"
            "  recovery s"
        ),
        (
            "FI-01              7             0      6     1           0           0          0"
            "           -"
        ),
        (
            "FI-12          1,200         1,190  1,200     0           0           0         10"
            "         2.3"
        ),
    ]


def test_nothing_is_collected_unless_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FAULT_REPORTS", raising=False)
    FaultReport("FI-01", attempts=1).write()
    assert '"test": "FI-01", "attempts": 1' in capsys.readouterr().out
    assert read_reports(tmp_path / "reports.jsonl") == []


@pytest.mark.parametrize("what", ["lost", "unexpected", "duplicated"])
def test_a_report_with_damage_is_not_clean(what: str) -> None:
    report = FaultReport("FI-01", attempts=1)
    report.assert_clean()
    setattr(report, what, 1)
    with pytest.raises(AssertionError, match=f"'{what}': 1"):
        report.assert_clean()


def test_a_report_without_attempts_shows_nothing() -> None:
    with pytest.raises(AssertionError, match="shows nothing"):
        FaultReport("FI-01").assert_clean()
