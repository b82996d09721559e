"""On which machine, with which server settings, was something measured?"""

import os
import platform
from pathlib import Path

import psycopg

SERVER_SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_compression",
    "shared_buffers",
    "max_wal_size",
)


def machine() -> dict[str, str | int]:
    """Describe the machine in a few words."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def server_settings(database_url: str) -> dict[str, str]:
    """Read the settings of a server that decide whether a commit is durable."""
    with psycopg.connect(database_url) as connection:
        values: dict[str, str] = {}
        for name in SERVER_SETTINGS:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            assert row is not None
            values[name] = str(row[0])
        return values


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
