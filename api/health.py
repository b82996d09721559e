"""Is this process alive, and can it do its work?

`/livez` asks nothing of anybody else, so a database that is away does not get the process killed.
"""

from typing import Annotated, Final

import msgspec
from fastapi import Query as Parameters

from api.query_route import Asked, Query, QueryRoute, QuerySettings, found
from api.read_bodies import Live, Ready
from api.routes import Answer

TAG: Final = "Health"
RETRY_AFTER: Final = (b"retry-after", b"1")


async def livez(ask: Asked, query: Annotated[Query, Parameters()]) -> Answer:
    """Say that the process answers."""
    del ask, query
    return found({"status": "alive"})


async def readyz(ask: Asked, query: Annotated[Query, Parameters()]) -> Answer:
    """Say whether the database answers, its schema is the code's and the read tables keep up."""
    del query
    checks = await ask.services.readiness()
    is_ready = all(check.ready for check in checks)
    body = {"status": "ready" if is_ready else "unready", "checks": checks}
    if is_ready:
        return found(body)
    return Answer(503, msgspec.json.encode(body), (RETRY_AFTER,))


_CHECK: Final = {"name": "database", "ready": True, "detail": "answers"}
_UNREADY: Final = {
    "description": "A check says what is missing.",
    "model": Ready,
    "content": {
        "application/json": {
            "example": {
                "status": "unready",
                "checks": [{"name": "database", "ready": False, "detail": "does not answer"}],
            }
        }
    },
}

HEALTH_QUERIES: Final = (
    QueryRoute(
        "/livez",
        livez,
        QuerySettings(
            summary="Is the process alive?", tag=TAG, answer=Live, example={"status": "alive"}
        ),
    ),
    QueryRoute(
        "/readyz",
        readyz,
        QuerySettings(
            summary="Can the process do its work?",
            tag=TAG,
            answer=Ready,
            example={"status": "ready", "checks": [_CHECK]},
            responses={503: _UNREADY},
        ),
    ),
)
