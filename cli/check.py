"""ordertrail check: is everything in the database what the log says?"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, Final

from cyclopts import App, Parameter
from rich.markup import escape

from cli.database import needing_database, require_database, without_password
from cli.failures import ConfigurationFailed, Exit, UsageFailed
from cli.options import Shared, examples
from cli.output import screen, table, write_json
from cli.progress import moving_progress
from cli.running import as_running, database_of
from cli.settings import Settings
from cli.signals import run_async
from projections.registry import projections
from sql.checks.findings import Difference, Findings
from sql.checks.run import Checked, OnProgress, Unreadable
from sql.checks.run import check as check_database
from sql.migrate import verify_migrations

UNITS: Final = {"Checking the log": "events"}

app = App(
    name="check",
    help_epilogue=examples(
        "ordertrail check",
        "ordertrail check --projection sales_daily --projection order_detail",
        "DATABASE_URL=postgresql://… ordertrail check --json",
    ),
)


@app.default
def check(
    *,
    projection: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", help="Only this read model; may be given again [default: all of them]."
        ),
    ] = (),
    shared: Shared | None = None,
) -> int:
    """Prove that the log is whole and that everything made from it equals it.

    One snapshot is read and nothing is changed, while everybody goes on working. Exit code 0 when
    all is well, 1 when there are differences, 3 when the database cannot be read.
    """
    shared = shared or Shared()
    settings = shared.settings()
    known = projections(settings.business_time_zone)
    unknown = [name for name in projection if name not in known]
    if unknown:
        raise UsageFailed(f"There is no projection {unknown[0]!r}; there are: {', '.join(known)}.")
    settings = as_running(settings)

    async def work() -> int:
        checked = await _check(settings, projection)
        if shared.as_json:
            write_json(document(checked))
        else:
            _show(checked)
        return Exit.OK if checked.is_right else Exit.FAILED

    return run_async(work)


async def _check(settings: Settings, names: tuple[str, ...]) -> Checked:
    url = database_of(settings)
    await require_database(url, settings.role_prefix)
    with needing_database(url):
        await verify_migrations(url)
        try:
            with _phases() as on_progress:
                return await check_database(
                    url,
                    projections(settings.business_time_zone),
                    names=names,
                    role_prefix=settings.role_prefix,
                    on_progress=on_progress,
                )
        except Unreadable as error:
            said = without_password(str(error), url)
            raise ConfigurationFailed(f"The database cannot be checked: {said}") from error


@contextmanager
def _phases() -> Generator[OnProgress]:
    """Show one thing after the other, each with its own rate and end."""
    shown: list[Callable[[int, int], None]] = []
    doing = ""
    with ExitStack() as stack:

        def tell(what: str, done: int, total: int) -> None:
            nonlocal doing
            if what != doing:
                doing = what
                stack.close()
                shown[:] = [stack.enter_context(moving_progress(what, UNITS.get(what, "rows")))]
            shown[0](done, total)

        yield tell


def document(checked: Checked) -> dict[str, Any]:
    """Write what was found as the document that `--json` promises."""
    return {
        "ok": checked.is_right,
        "position": checked.position,
        "taken_at": checked.taken_at,
        "seconds": round(checked.seconds, 3),
        "events_per_second": round(checked.events_per_second, 1),
        "checks": [
            {
                "name": each.name,
                "ok": each.count == 0,
                "checked": each.checked,
                "differences_count": each.count,
                "differences": [_difference(one) for one in each.differences],
                "notes": each.notes,
                "seconds": round(each.seconds, 3),
            }
            for each in checked.findings
        ],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "code": difference.code,
        "place": difference.place,
        "detail": difference.detail,
        "columns": [
            {"name": column.name, "expected": column.expected, "found": column.found}
            for column in difference.columns
        ],
    }


def _show(checked: Checked) -> None:
    rows = [
        (
            "[red]✗[/]" if each.count else "[green]✓[/]",
            each.name,
            f"{each.checked:,}",
            f"{each.count:,}",
            f"{each.seconds:.1f}",
        )
        for each in checked.findings
    ]
    columns = ("", "check", "checked", "differences", "seconds")
    console = screen()
    console.print(table(None, columns, rows, numbers="checked, differences, seconds"))
    for each in checked.findings:
        _show_findings(each)
    verdict = "[green]All is as the log says[/]" if checked.is_right else "[red]Not all is right[/]"
    console.print(
        f"\n{verdict}, up to position {checked.position:,} "
        f"({checked.taken_at:%Y-%m-%d %H:%M:%S} UTC, {checked.seconds:.1f} s, "
        f"{checked.events_per_second:,.0f} events/s)."
    )


def _show_findings(findings: Findings) -> None:
    console = screen()
    for note in findings.notes:
        console.print(f"[yellow]![/] {findings.name}: {escape(note)}")
    for one in findings.differences:
        console.print(f"[red]✗[/] {escape(one.place)}: {escape(one.detail)} [dim]({one.code})[/]")
        for column in one.columns:
            if column.found is not None:
                line = f"{column.name}: expected {column.expected}, found {column.found}"
                console.print(f"    {escape(line)}")
    hidden = findings.count - len(findings.differences)
    if hidden:
        console.print(f"[red]✗[/] {findings.name}: {hidden:,} more")
