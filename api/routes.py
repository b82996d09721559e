"""How does a request get from the router to a function of ours, and its answer back?

FastAPI knows every route, and makes OpenAPI of it; but what runs is `SlimRoute`: it reads what the
endpoint asks for straight from the ASGI scope and writes the answer as ASGI messages. FastAPI's own
handling would cost more than everything else at the edge (see benchmarks/RESULTS.md).

An endpoint's first parameter is the question (`ask`); the others are path parameters and, for a
command, `body`, or `query` for a query.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol, cast, get_args, get_type_hints

from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.bodies import parameter_faults
from api.problems import RequestRefused
from api.services import ApiOptions, Services

JSON_TYPE: Final = (b"content-type", b"application/json")

Endpoint = Callable[..., Awaitable[Any]]


class Application(Protocol):
    """What a route needs of the application it runs in."""

    @property
    def services(self) -> Services:
        """The ports, while the application runs."""
        ...

    @property
    def edge_options(self) -> ApiOptions:
        """What the operator chose."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers: a status, a body that is encoded already, and headers."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class SlimRoute(APIRoute):
    """A route that FastAPI documents and that answers by itself."""

    method = "GET"
    statuses: Mapping[str, int] = {}

    def __init__(
        self,
        path: str,
        endpoint: Endpoint,
        answer_example: Mapping[str, Any],
        **documentation: Any,  # noqa: ANN401
    ) -> None:
        """Take the endpoint, and what FastAPI is to say about it."""
        name = endpoint.__name__
        super().__init__(
            path,
            partial(endpoint, None),  # `ask` is made of the request; FastAPI need not know it
            methods=[self.method],
            name=name,
            operation_id=name,
            description=inspect.getdoc(endpoint),
            **documentation,
        )
        self.answering = endpoint
        self.answer_example = dict(answer_example)
        self.path_types = path_types(endpoint, set(self.param_convertors))

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        raise NotImplementedError

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as Starlette does, without what FastAPI adds for included routers."""
        if scope["type"] != "http":
            return Match.NONE, {}
        found = self.path_regex.match(scope["path"])
        if found is None:
            return Match.NONE, {}
        known = Match.FULL if scope["method"] == self.method else Match.PARTIAL
        return known, {"endpoint": self.endpoint, "path_params": found.groupdict(), "route": self}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without what FastAPI adds for included routers.

        Raises:
            HTTPException: the path is this one, the method another.
        """
        if scope["method"] != self.method:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        await self.answer(scope, receive, send)

    def path_parameters(self, scope: Scope) -> dict[str, Any]:
        """Read the path's parameters in their normal form.

        Raises:
            RequestRefused: one has not the form that it should have.
        """
        given: dict[str, str] = scope["path_params"]
        return {
            name: read_parameter(self.path_types[name], name, text) for name, text in given.items()
        }


class PlainRoute(Route):
    """A route outside the API's schema, for people: an ASGI function that answers GET."""

    def __init__(self, path: str, answer: ASGIApp) -> None:
        """Take the function as it is; Starlette would think that it takes a request."""
        super().__init__(path, partial(answer), methods=["GET"], include_in_schema=False)
        self.app = answer


def read_parameter(kind: TypeAdapter[Any], name: str, text: str) -> Any:  # noqa: ANN401
    """Read one parameter.

    Raises:
        RequestRefused: it has not the form that it should have.
    """
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestRefused(
            "validation_failed",
            f"the path's {name} has not the right form",
            items=parameter_faults([{**found[0], "loc": (name,)}]),
        ) from None


def path_types(endpoint: Endpoint, names: set[str]) -> dict[str, TypeAdapter[Any]]:
    """Tell how to read each parameter of the path, from the endpoint's annotations."""
    hints = get_type_hints(endpoint, include_extras=True)
    return {name: TypeAdapter(hints[name]) for name in sorted(names)}


def annotated_type(endpoint: Endpoint, name: str) -> type[Any]:
    """Tell the class of a parameter, without what FastAPI is told about it."""
    hint = get_type_hints(endpoint, include_extras=True)[name]
    return cast("type[Any]", get_args(hint)[0] if hasattr(hint, "__metadata__") else hint)


async def send_answer(send: Send, answer: Answer) -> None:
    """Send an answer as JSON."""
    headers = [
        JSON_TYPE,
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
