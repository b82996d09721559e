"""What does a data folder need when other settings or newer code start on it?

A folder remembers the time zone whose days its reports count, so that a start without the setting
goes on as before. Read models that were built by another fold, or for another zone, are built anew
before the workers start.
"""

from typing import Final

from cli.database import needing_database
from cli.failures import ConfigurationFailed
from cli.projections import read_status
from cli.settings import Settings
from cli.status import Status
from domain.errors import ProjectionFailed, UndecodableEvent
from projections.registry import projections
from sql.rebuild import RebuildBlocked, RebuildLocked, rebuild

ZONE_FILE: Final = "business-time-zone"
ZONE: Final = "business_time_zone"


def with_remembered_zone(settings: Settings, fallback: str | None = None) -> Settings:
    """Use the zone of the last start on this folder, unless the settings name one."""
    if not settings.is_embedded or ZONE in settings.model_fields_set:
        return settings
    try:
        zone = (settings.data_dir / ZONE_FILE).read_text().strip()
    except OSError:
        zone = fallback or ""
    return settings.model_copy(update={ZONE: zone}) if zone else settings


def remember_zone(settings: Settings) -> None:
    """Write down which zone the reports of this folder count in."""
    (settings.data_dir / ZONE_FILE).write_text(settings.business_time_zone + "\n")


async def rebuild_stale(settings: Settings, status: Status) -> None:
    """Build the read models anew that this code, with these settings, cannot go on with.

    Raises:
        ConfigurationFailed: one of them cannot be built.
    """
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    known = projections(settings.business_time_zone)
    for found in await read_status(url, settings):
        if not found.wants_rebuild or found.name not in known:
            continue
        with (
            needing_database(url),
            status.step(f"Rebuilding {found.name}", f"{found.name} was built anew"),
        ):
            try:
                await rebuild(url, known[found.name], role_prefix=settings.role_prefix)
            except (RebuildLocked, RebuildBlocked, ProjectionFailed, UndecodableEvent) as error:
                raise ConfigurationFailed(f"{found.name} could not be rebuilt: {error}") from error
