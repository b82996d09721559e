"""Which projector writes which read models, by the settings?"""

from collections.abc import Mapping
from itertools import chain

from cli.failures import ConfigurationFailed
from cli.settings import Settings, variable_of
from projections.registry import DEFAULT_GROUPS, projections


def groups_of(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Name the projections of every group.

    Raises:
        ConfigurationFailed: a projection is unknown, or not in exactly one group.
    """
    if settings.groups is None:
        return DEFAULT_GROUPS
    groups = {group: tuple(names) for group, names in settings.groups.items()}
    named = sorted(chain.from_iterable(groups.values()))
    known = sorted(projections(settings.business_time_zone))
    if named != known:
        raise ConfigurationFailed(
            f"{variable_of('groups')} must name every projection in one group. There are: "
            f"{', '.join(known)}. Named are: {', '.join(named) or 'none'}."
        )
    return groups
