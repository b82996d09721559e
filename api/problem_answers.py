"""How is an error answered?

As `application/problem+json`, with the code, what programs need beside it, and never a word about
our own inside.

Source: RFC 9457.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from api.problems import ERRORS_SHOWN_MAX, RequestRefused, code_of, problem_type
from domain.errors import (
    IdempotencyInProgress,
    OrderTrailError,
    Poison,
    StateConflict,
    Unavailable,
    VersionMismatch,
)
from domain.order_errors import EditStale
from sql.database_lost import DatabaseLost

PROBLEM_JSON: Final = b"application/problem+json"
RETRY_AFTER_SECONDS: Final = 1
UNAVAILABLE_DETAIL: Final = "a part of the system does not answer or is at its limit; try again"

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem ready to be sent: in an answer of its own, or in a batch's."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def encoded(self) -> bytes:
        """Write the body."""
        return _ENCODE(self.body)


def problem_of(
    error: OrderTrailError, request_id: str, statuses: Mapping[str, int] | None = None
) -> Problem:
    """Make the problem of an error; `statuses` are what this route answers differently."""
    code = code_of(error)
    kind = problem_type(code)
    status = (statuses or {}).get(code, kind.status)
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": status,
        "code": code,
        "detail": _detail(error),
        "instance": f"urn:uuid:{request_id}",
    }
    if error.items:
        body["errors"] = [dict(item) for item in error.items[:ERRORS_SHOWN_MAX]]
    headers: dict[str, str] = {}
    match error:
        case StateConflict():
            body["current_state"] = str(error.current_state)
            body["allowed_commands"] = list(error.allowed_commands)
        case VersionMismatch() | EditStale():
            body["current_version"] = error.current_version
            headers["ETag"] = f'"{error.current_version}"'
        case Unavailable():
            headers["Retry-After"] = str(error.retry_after_seconds)
        case IdempotencyInProgress():
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        case RequestRefused():
            headers.update(error.headers)
        case _:
            pass
    return Problem(status, body, headers)


def _detail(error: OrderTrailError) -> str:
    """Say what may be said: what the database complained about is for our log alone."""
    match error:
        case Poison():
            return "a fault of ours; the instance names the request in our log"
        case DatabaseLost():
            return UNAVAILABLE_DETAIL
        case _:
            return error.detail


def internal_error(request_id: str) -> Problem:
    """Make the problem of a fault of ours."""
    return problem_of(
        RequestRefused("internal_error", "a fault of ours; the instance names it in our log"),
        request_id,
    )
