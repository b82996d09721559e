"""Which options do many commands share?"""

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Group, Parameter

from cli.settings import Settings, load_settings

NOBODY: Final = "operator"
SHARED = Group("Shared options", sort_key=10)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Options that every operator's command takes."""

    as_json: Annotated[
        bool,
        Parameter(name="--json", negative="", group=SHARED, help="Write JSON to standard output."),
    ] = False
    data_dir: Annotated[
        Path | None,
        Parameter(
            group=SHARED, help="Folder of the system that is meant [default: ORDERTRAIL_DATA_DIR]."
        ),
    ] = None

    def settings(self, **more: object) -> Settings:
        """Read the settings; what was given on the command line wins."""
        return load_settings(data_dir=self.data_dir, **more)


def examples(*lines: str) -> str:
    """Write the end of a command's help."""
    return "Examples:\n\n" + "\n".join(f"    {line}" for line in lines)


def user_name() -> str:
    """Name the user who runs this, to be written down as who decided something."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user often has no name
        return NOBODY
