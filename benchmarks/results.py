"""Where do measured figures stay? In benchmarks/RESULTS.md, each with its date and commit.

A run of some parts replaces their lines and keeps the others.
"""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

_KEPT: Final = re.compile(r"^<!-- (\{.*\}) -->$", re.MULTILINE)
_HEAD: Final = """# Measured figures

Written by `make bench ARGS=--write`; one part by `make bench ARGS="--write rebuild"`. A ratio has
both sides from one run on one server, with the same payload and durable commits. Every database was
found right by `ordertrail check` after its measurement.
"""


def write_results(path: Path, measured: dict[str, Any]) -> None:
    """Write figures into the file, beside those that another run has left there."""
    machine = measured.pop("machine")
    run = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": _commit(), "machine": machine}
    known: dict[str, Any] = {}
    if path.exists():
        known = {
            entry["name"]: entry
            for entry in map(json.loads, _KEPT.findall(path.read_text(encoding="utf-8")))
        }
    known |= {name: {"name": name, **figure, **run} for name, figure in measured.items()}
    entries = sorted(known.values(), key=lambda entry: _order_of(entry["name"]))
    path.write_text(_document(entries), encoding="utf-8")


def _document(entries: list[dict[str, Any]]) -> str:
    lines = [
        _HEAD,
        "| figure | value | against | ratio | n | date, commit |",
        "|---|---|---|---|---|---|",
    ]
    for entry in entries:
        against = f"{entry['against']:,} ({entry['against_what']})" if entry["against"] else ""
        lines.append(
            f"| {entry['name']} | {entry['value']:,} {entry['unit']} | {against} |"
            f" {entry['ratio'] or ''} | {entry['n']:,} | {entry['date']}, {entry['commit']} |"
        )
    lines += ["", "## What one operation carried", ""]
    lines += [f"- {entry['name']}: {entry['payload']}" for entry in entries]
    lines += ["", "## Machine", ""]
    lines += sorted({f"- {json.dumps(entry['machine'])}" for entry in entries})
    lines += ["", *(f"<!-- {json.dumps(entry)} -->" for entry in entries), ""]
    return "\n".join(lines)


def _order_of(name: str) -> tuple[str, int, str]:
    found = re.match(r"([A-Z])(\d+)", name)
    return (found[1], int(found[2]), name) if found else ("", 0, name)


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()
