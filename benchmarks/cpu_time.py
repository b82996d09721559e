"""How much processor time have some processes used, and how much memory at most?"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE ANY (%s)"


def cpu_seconds(pids: Sequence[int]) -> float:
    """Add up what processes and their children have used, user and system, ended ones included."""
    seconds = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def backends(database_url: str, applications: Sequence[str]) -> list[int]:
    """Find the server's processes that work for programs whose names begin so."""
    with psycopg.connect(database_url) as connection:
        patterns = [f"{application}%" for application in applications]
        return [int(pid) for (pid,) in connection.execute(_BACKENDS, (patterns,)).fetchall()]


def peak_memory_bytes(pid: int) -> int:
    """Tell the most memory that a process has had resident so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
