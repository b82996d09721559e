"""What does somebody who started a system see of its processes?

On a terminal lines with colours; else one JSON object per line on standard error, so that a
service manager can keep them.
"""

import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape

from cli.output import is_watched, note, side_screen
from cli.supervisor import Observer

MARKS = {"warning": "[yellow]![/]", "error": "[red]✗[/]", "critical": "[red]✗[/]"}


class Status(Observer, Protocol):
    """Hears of the steps of a start and of an end, too."""

    def step(self, doing: str, done: str) -> AbstractContextManager[None]:
        """Tell what is being done, and afterwards that it is done and how long it took."""
        ...

    def tell(self, text: str) -> None:
        """Tell something once."""
        ...


def open_status() -> Status:
    """Choose how to tell: for eyes, or for programs."""
    return TerminalStatus(side_screen()) if is_watched() else JsonStatus()


class TerminalStatus:
    """Lines with marks and colours."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, doing: str, done: str) -> Generator[None]:
        """Spin while it is being done."""
        began = time.monotonic()
        with self.console.status(f"{doing} …"):
            yield
        self.console.print(f"[green]✓[/] {done} [dim]{time.monotonic() - began:.1f} s[/]")

    def tell(self, text: str) -> None:
        """Print a line."""
        self.console.print(f"[dim]·[/] {text}")

    def started(self, name: str, pid: int) -> None:
        """Print that a process runs."""
        self.console.print(f"[green]✓[/] {name} [dim]process {pid}[/]")

    def died(self, name: str, why: str, pause_seconds: float) -> None:
        """Print that a process died, loudly."""
        self.console.print(
            f"[red]✗ {name} died:[/] {escape(why)} [dim]again in {pause_seconds:g} s[/]"
        )

    def said(self, name: str, level: str, text: str) -> None:
        """Print a line of a process."""
        self.console.print(f"{MARKS.get(level, '[dim]·[/]')} [cyan]{name}[/] {escape(text)}")

    def killed(self, name: str, after_seconds: float) -> None:
        """Print that a process hung."""
        self.console.print(f"[red]✗ {name}[/] did not end within {after_seconds:g} s: killed")


class JsonStatus:
    """One JSON object per line."""

    @contextmanager
    def step(self, doing: str, done: str) -> Generator[None]:
        """Tell at the end, with the time it took."""
        del doing
        began = time.monotonic()
        yield
        note("step", text=done, seconds=round(time.monotonic() - began, 3))

    def tell(self, text: str) -> None:
        """Tell something once."""
        note("status", text=text)

    def started(self, name: str, pid: int) -> None:
        """Tell that a process runs."""
        note("started", process=name, pid=pid)

    def died(self, name: str, why: str, pause_seconds: float) -> None:
        """Tell that a process died."""
        note("died", level="error", process=name, why=why, again_in_seconds=pause_seconds)

    def said(self, name: str, level: str, text: str) -> None:
        """Tell what a process said."""
        note("said", level=level, process=name, text=text)

    def killed(self, name: str, after_seconds: float) -> None:
        """Tell that a process hung."""
        note("killed", level="error", process=name, after_seconds=after_seconds)
