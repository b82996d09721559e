"""Which system runs on a data folder, and how is it reached?

`ordertrail up` writes `running.json` (readable by its user alone, for it holds the address of the
database) and takes it away at its end. Other commands find the system by it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil
from pydantic import SecretStr

from cli.failures import ConfigurationFailed
from cli.settings import Settings

FILE_NAME: Final = "running.json"
SAME_SECONDS: Final = 5.0
"""A start is told against the boot of the machine, whose moment wavers by a second or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A system that runs. `database_url` and `amqp_url` hold passwords."""

    pid: int
    process_started: float
    url: str
    database_url: str
    amqp_url: str | None
    role_prefix: str
    business_time_zone: str
    started_at: str


def announce(data_dir: Path, running: Running) -> None:
    """Write down that a system runs."""
    unfinished = data_dir / f"{FILE_NAME}.unfinished"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(running), file, indent=1)
    unfinished.rename(data_dir / FILE_NAME)


def withdraw(data_dir: Path) -> None:
    """Take the note away."""
    (data_dir / FILE_NAME).unlink(missing_ok=True)


def find_running(data_dir: Path) -> Running | None:
    """Find the system that runs on a data folder; None when there is none, or it died."""
    try:
        found: Mapping[str, object] = json.loads((data_dir / FILE_NAME).read_text())
        running = Running(**found)  # pyright: ignore[reportArgumentType]
    except (OSError, ValueError, TypeError):
        return None
    started = start_of(running.pid)
    is_the_same = started is not None and abs(started - running.process_started) < SAME_SECONDS
    return running if is_the_same else None


def start_of(pid: int) -> float | None:
    """Tell when a process started, which tells it from a later one with the same number."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def as_running(settings: Settings) -> Settings:
    """Fill in what an operator's command must know of the system that it means.

    With DATABASE_URL that is what the settings say; else what runs on the data folder, with the
    zone and the roles that it was started with.

    Raises:
        ConfigurationFailed: there is no such system.
    """
    if settings.database_url is not None:
        return settings
    running = find_running(settings.data_dir)
    if running is None:
        raise ConfigurationFailed(
            f"No system runs on {settings.data_dir} and DATABASE_URL is not set. Start one with "
            "`ordertrail up`, name its folder with --data-dir, or set DATABASE_URL."
        )
    amqp_url = None if running.amqp_url is None else SecretStr(running.amqp_url)
    return settings.model_copy(
        update={
            "database_url": SecretStr(running.database_url),
            "amqp_url": settings.amqp_url or amqp_url,
            "role_prefix": running.role_prefix,
            "business_time_zone": running.business_time_zone,
        }
    )


def database_of(settings: Settings) -> str:
    """Tell the address of the database that the settings name.

    Raises:
        ConfigurationFailed: they name none, and no system runs on the data folder.
    """
    url = as_running(settings).database_url
    assert url is not None
    return url.get_secret_value()
