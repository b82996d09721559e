"""ordertrail config: with which settings would a command run here, and where do they come from?"""

import os
from typing import Any

from cyclopts import App
from pydantic import SecretStr

from cli.database import HIDDEN, masked
from cli.options import Shared, examples
from cli.output import screen, side_screen, table, write_json
from cli.settings import FILE_SUFFIX, Settings, unknown_variables, variable_of

app = App(
    name="config",
    help_epilogue=examples(
        "ordertrail config",
        "ORDERTRAIL_BUSINESS_TIME_ZONE=Europe/London ordertrail config --json",
    ),
)


@app.default
def config(*, shared: Shared | None = None) -> None:
    """Show the effective settings, secrets masked."""
    shared = shared or Shared()
    settings = shared.settings()
    effective = effective_settings(settings)
    if shared.as_json:
        write_json(effective)
    else:
        rows = [
            (variable_of(name), _text(effective[name]), _source(name), field.description or "")
            for name, field in Settings.model_fields.items()
        ]
        screen().print(table(None, ("variable", "value", "from", "meaning"), rows))
        screen().print(
            f"\n[dim]Requests that name no actor count as[/] {settings.actor.kind}:"
            f"{settings.actor.id}[dim]. Secrets may stand in files named by …{FILE_SUFFIX}.[/]"
        )
    for name in unknown_variables():
        side_screen().print(f"[yellow]![/] {name} is not a setting; is it misspelt?")


def effective_settings(settings: Settings) -> dict[str, Any]:
    """Write settings without their secrets."""
    shown: dict[str, Any] = settings.model_dump(mode="json")
    for name in shown:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            url = value.get_secret_value()
            shown[name] = masked(url) if "://" in url else HIDDEN
    return shown


def _text(value: object) -> str:
    return "[dim]-[/]" if value is None else str(value)


def _source(name: str) -> str:
    variable = variable_of(name)
    if os.environ.get(variable):
        return "environment"
    return "file" if os.environ.get(variable + FILE_SUFFIX) else "[dim]default[/]"
