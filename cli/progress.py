"""How far is the work, how fast does it go, and when will it end?

A bar on a terminal; a JSON line every two seconds where nobody watches.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from cli.output import is_watched, note, side_screen

REPORT_SECONDS: Final = 2.0


@contextmanager
def progress(doing: str, total: int, unit: str) -> Generator[Callable[[int], None]]:
    """Show work of `total` units while it lasts; call what is given with every step's size."""
    if is_watched():
        with _bar(unit) as shown:
            task = shown.add_task(doing, total=total)
            yield lambda done: shown.advance(task, done)
        return
    lines = _Lines(doing, total, unit)
    yield lines.advance
    lines.report()


@contextmanager
def moving_progress(doing: str, unit: str) -> Generator[Callable[[int, int], None]]:
    """Show work whose end moves; call what is given with the place and the end."""
    if is_watched():
        with _bar(unit) as shown:
            task = shown.add_task(doing, total=None)
            yield lambda place, end: shown.update(task, completed=place, total=end)
        return
    lines = _Lines(doing, 0, unit)
    yield lines.move_to
    lines.report()


def _bar(unit: str) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("[progress.percentage]{task.percentage:>3.0f} %"),
        _CountColumn(),
        _RateColumn(unit),
        TimeRemainingColumn(compact=True),
        console=side_screen(),
    )


class _CountColumn(ProgressColumn):
    """How much of how much; the end may not be known yet."""

    def render(self, task: Task) -> Text:
        """Write the counts."""
        end = "?" if task.total is None else f"{task.total:,.0f}"
        return Text(f"{task.completed:,.0f} of {end}", style="dim")


class _RateColumn(ProgressColumn):
    """Units per second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Write the speed."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {self._unit}/s" if speed else "", style="cyan")


class _Lines:
    """Progress for programs."""

    def __init__(self, doing: str, total: int, unit: str) -> None:
        self._doing, self._total, self._unit = doing, total, unit
        self._done = 0
        self._began = self._reported = time.monotonic()

    def advance(self, done: int) -> None:
        """Count a step, and report now and then."""
        self._done += done
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self.report()

    def move_to(self, place: int, end: int) -> None:
        """Take note of a place and of the end, and report now and then."""
        self._total = end
        self.advance(place - self._done)

    def report(self) -> None:
        """Write a line."""
        self._reported = time.monotonic()
        seconds = self._reported - self._began
        rate = self._done / seconds if seconds > 0 else 0.0
        note(
            "progress",
            doing=self._doing,
            unit=self._unit,
            done=self._done,
            total=self._total,
            per_second=round(rate, 1),
            eta_seconds=round((self._total - self._done) / rate, 1) if rate > 0 else None,
        )
