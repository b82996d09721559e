"""What does one command route have of its own?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from api.headers import ANY_VERSION
from api.problems import RequestRefused
from api.services import COMMAND_BODY_BYTES_MAX


class IfMatch(Enum):
    """Whether a command must say which version it was decided on."""

    REQUIRED = "required"
    ACCEPTED = "accepted"
    SENSELESS = "senseless"
    """It makes something new, which has no version yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """The difference between one command route and another.

    `location` is the path of what it is about, with `{id}` in it. `refusals` are the codes of its
    own that the documentation lists. `statuses`: codes that this route answers with another status
    than usual. With a `dry_run_example`, the answer to a dry run, the command can be tried.
    """

    summary: str
    tag: str
    example: Mapping[str, Any]
    answer_example: Mapping[str, Any]
    location: str
    refusals: tuple[str, ...]
    if_match: IfMatch = IfMatch.REQUIRED
    body_bytes_max: int = COMMAND_BODY_BYTES_MAX
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    dry_run_example: Mapping[str, Any] | None = None

    def expected_version(self, given: int | None) -> int | None:
        """Judge the version that the caller sent, or did not send.

        Raises:
            RequestRefused: this command needs one, or there cannot be one.
        """
        if self.if_match is IfMatch.SENSELESS:
            if given in {None, 0}:
                return None
            raise RequestRefused("version_mismatch", "what is to be made has no version to match")
        if given is None and self.if_match is IfMatch.REQUIRED:
            raise RequestRefused(
                "precondition_required",
                "send the ETag of what you decided on as If-Match, in a batch as expected_version",
            )
        return None if given == ANY_VERSION else given

    @property
    def creates(self) -> bool:
        """Tell whether the command begins a stream, and is answered with 201."""
        return self.if_match is IfMatch.SENSELESS

    def location_of(self, answer_id: str) -> str:
        """Name the path of what the command was about."""
        return self.location.replace("{id}", answer_id)
