"""What is true of every request and every answer?

The one wrapper around the router: it numbers the request, bounds its headers, makes a problem of
every error, and puts the headers on every answer that every answer has. There is no other
middleware; what FastAPI would put here costs more than it does for us.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Message, Receive, Scope, Send
from uuid_utils import uuid7

from api.bodies import Disconnected
from api.problem_answers import PROBLEM_JSON, Problem, internal_error, problem_of
from api.problems import RequestRefused
from domain.errors import OrderTrailError, Poison

REQUEST_ID: Final = "ordertrail.request_id"
"""The key of the request's id in the ASGI scope."""

_CONTENT_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_DEFAULTS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _CONTENT_POLICY),
)
"""Only where the answer has none of its own: the pages of the documentation do."""

_LOG: Final = logging.getLogger("ordertrail.api")


class Edge:
    """Wraps the router; the only middleware."""

    def __init__(self, router: Router, header_bytes_max: int) -> None:
        self._router = router
        self._header_bytes_max = header_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens behind."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        answer = Answering(send, str(uuid7()))
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
            answer.without_body = True
        scope[REQUEST_ID] = answer.request_id
        problem = await self._problem(scope, receive, answer)
        if problem is not None and not answer.started:
            await send_problem(answer, problem)

    async def _problem(self, scope: Scope, receive: Receive, answer: "Answering") -> Problem | None:
        """Let the router answer; answer the problem that came of it, if any."""
        try:
            require_small_headers(scope, self._header_bytes_max)
            await self._router(scope, receive, answer)
        except Disconnected:
            return None
        except OrderTrailError as error:
            return self._refused(error, scope, answer)
        except HTTPException as error:
            refused = from_router(error, scope, self._router.routes)
            return problem_of(refused, answer.request_id)
        except Exception:
            _LOG.exception("request failed", extra={"request_id": answer.request_id})
            if answer.started:
                raise  # the server can only cut the connection
            return internal_error(answer.request_id)
        return None

    @staticmethod
    def _refused(error: OrderTrailError, scope: Scope, answer: "Answering") -> Problem:
        if isinstance(error, Poison):
            _LOG.error(
                "request refused as poison: %s",
                error,
                exc_info=error,
                extra={"request_id": answer.request_id},
            )
        statuses: Mapping[str, int] | None = getattr(scope.get("route"), "statuses", None)
        return problem_of(error, answer.request_id, statuses)


class Answering:
    """Sends an answer on, with the headers that every answer has."""

    __slots__ = ("_send", "request_id", "started", "without_body")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False
        self.without_body = False

    async def __call__(self, message: Message) -> None:
        """Send one message."""
        if message["type"] == "http.response.start":
            self.started = True
            headers: list[tuple[bytes, bytes]] = message["headers"]
            present = {name for name, _ in headers}
            message["headers"] = [
                *headers,
                *_HEADERS,
                *(header for header in _DEFAULTS if header[0] not in present),
                (b"x-request-id", self.request_id.encode()),
            ]
        elif self.without_body:
            message = {**message, "body": b""}
        await self._send(message)


def require_small_headers(scope: Scope, bytes_max: int) -> None:
    """Bound the header fields.

    Raises:
        RequestRefused: they are larger.
    """
    size = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
    if size > bytes_max:
        raise RequestRefused(
            "header_fields_too_large", f"all header fields together may have {bytes_max} bytes"
        )


def from_router(error: HTTPException, scope: Scope, routes: Sequence[BaseRoute]) -> RequestRefused:
    """Translate what the router refuses by itself: an unknown path, or a method it has not."""
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and methods:
        names = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        return RequestRefused(
            "method_not_allowed", f"allowed here: {names}", headers={"Allow": names}
        )
    return RequestRefused("not_found", "there is nothing under this path")


async def send_problem(send: Send, problem: Problem) -> None:
    """Send a problem as an answer of its own."""
    body = problem.encoded()
    headers = [
        (b"content-type", PROBLEM_JSON),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
