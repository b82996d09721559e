"""Where are the programs of RabbitMQ on this machine, if it has them?

Debian's /usr/sbin/rabbitmq-server is a wrapper that refuses any user but root and rabbitmq; the
programs that it calls are in /usr/lib/rabbitmq/bin and run as anybody.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cli.child_processes import SYSTEM_PATH, ServerFailed

HOW_TO_GET_RABBITMQ = (
    "RabbitMQ was not found: install it (Debian and Ubuntu: apt-get install rabbitmq-server; "
    "macOS: brew install rabbitmq), or set RABBITMQ_HOME to its folder."
)
USUAL_FOLDERS = (
    "/usr/lib/rabbitmq/bin",
    "/opt/rabbitmq/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)


def rabbitmq_programs() -> Path:
    """Find the folder with `rabbitmq-server` and `rabbitmqctl`.

    Raises:
        ServerFailed: RabbitMQ is not installed; the sentence says how to get it.
    """
    for folder in _candidates():
        # rabbitmq-env stands beside the real programs and not beside the wrapper.
        if all((folder / name).exists() for name in ("rabbitmq-server", "rabbitmqctl")) and (
            (folder / "rabbitmq-env").exists()
        ):
            return folder
    raise ServerFailed(HOW_TO_GET_RABBITMQ)


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("RABBITMQ_HOME"):
        yield Path(home) / "sbin"
        yield Path(home) / "bin"
        return
    if found := shutil.which("rabbitmq-server", path=_search_path()):
        yield Path(found).resolve().parent
    yield from map(Path, USUAL_FOLDERS)
    yield from sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), reverse=True)


def epmd_program() -> Path:
    """Find Erlang's port mapper, which a node needs to be found by `rabbitmqctl`.

    Raises:
        ServerFailed: Erlang is not installed.
    """
    if found := shutil.which("epmd", path=_search_path()):
        return Path(found)
    if erl := shutil.which("erl", path=_search_path()):
        root = Path(erl).resolve().parent.parent
        for program in (root / "bin" / "epmd", *sorted(root.glob("erts-*/bin/epmd"))):
            if program.exists():
                return program
    raise ServerFailed(HOW_TO_GET_RABBITMQ)


def _search_path() -> str:
    return os.environ.get("PATH", "") + os.pathsep + SYSTEM_PATH
