"""Is RabbitMQ installed here, and if not, can it be?

On Debian and Ubuntu root may install it; the package is kept from starting its own node.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.child_processes import ServerFailed
from cli.rabbitmq_programs import HOW_TO_GET_RABBITMQ, rabbitmq_programs

POLICY = Path("/usr/sbin/policy-rc.d")
START_NOTHING = "#!/bin/sh\nexit 101\n"
INSTALL_TIMEOUT_SECONDS = 900


def ensure_rabbitmq() -> None:
    """Install RabbitMQ where it is missing and can be installed.

    Raises:
        ServerFailed: it is missing and cannot be installed; the sentence says how to get it.
    """
    with _one_at_a_time():
        try:
            rabbitmq_programs()
        except ServerFailed:
            if os.geteuid() != 0 or shutil.which("apt-get") is None:
                raise
            _install()
            rabbitmq_programs()


@contextmanager
def _one_at_a_time() -> Generator[None]:
    path = Path(tempfile.gettempdir()) / f"ordertrail-installs-rabbitmq-{os.geteuid()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _install() -> None:
    print("RabbitMQ is missing: installing the package rabbitmq-server.", file=sys.stderr)
    with _starting_no_service():
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", "rabbitmq-server")


def _apt_get(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", "--quiet", *arguments],  # noqa: S607 - apt-get is on the path of every Debian
        check=False,
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_SECONDS,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-1_000:]
        raise ServerFailed(f"{HOW_TO_GET_RABBITMQ} apt-get {arguments[0]} failed here: {said}")


@contextmanager
def _starting_no_service() -> Generator[None]:
    """Ask Debian not to start services while a package is installed."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(START_NOTHING)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
