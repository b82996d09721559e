"""How does a GET become a question to the read side, and its answer JSON?

Parameters are strict in what they mean and refuse what they do not know; every answer says up to
which position of the log it holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic import StringConstraints as Text
from starlette.types import Receive, Scope, Send

from api.actors import actor_of
from api.bodies import parameter_faults
from api.cursors import CURSOR_CHARACTERS_MAX
from api.documentation import QUERY_PROBLEMS, Documentation, problem_responses
from api.headers import Headers, header_map, none_match, require_json_accepted
from api.problems import RequestRefused
from api.routes import Answer, Application, Endpoint, SlimRoute, annotated_type, send_answer
from api.services import ApiOptions, Services
from domain.envelope import Actor
from sql.queries.reader import Page

PAGE_ROWS_MAX: Final = 200
PAGE_ROWS_DEFAULT: Final = 50
POSITION_MAX: Final = 2**53 - 1
VERSION_MAX: Final = 2**31 - 1
PARAMETERS_MAX: Final = 40
FRESHNESS_PROBLEMS: Final = ("projection_behind", "projection_parked")
FRESHNESS_EXAMPLE: Final[Mapping[str, int | None]] = {
    "as_of_position": 4711,
    "parked_since_position": None,
}

Q = TypeVar("Q", bound=BaseModel)

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENCODE: Final = msgspec.json.Encoder().encode


def parse_whole_number(text: object) -> object:
    """Let nothing but digits be a number: no underscores, no spaces, no fractions.

    Raises:
        ValueError: there is something else.
    """
    if isinstance(text, str):
        if not _WHOLE_NUMBER.fullmatch(text):
            raise ValueError("a whole number")
        return int(text)
    return text


def parse_day(text: object) -> date:
    """Read a day.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None


Position = Annotated[int, Field(ge=0, le=POSITION_MAX), BeforeValidator(parse_whole_number)]
Version = Annotated[int, Field(ge=0, le=VERSION_MAX), BeforeValidator(parse_whole_number)]
Limit = Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX), BeforeValidator(parse_whole_number)]
Cursor = Annotated[str, Text(min_length=1, max_length=CURSOR_CHARACTERS_MAX)]
Day = Annotated[date, BeforeValidator(parse_day)]
"""Written as YYYY-MM-DD."""


class Query(BaseModel):
    """The parameters of a query: closed to those that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def filters(self) -> dict[str, Any]:
        """Answer what a cursor of this query is bound to."""
        return self.model_dump(mode="json", exclude={"limit", "cursor", "min_position"})


class Fresh(Query):
    """A query that can wait for a position."""

    min_position: Annotated[
        Position | None,
        Field(
            description="the `position` of a command whose effect must be seen; waits up to 2 s, "
            "then 503 `projection_behind`; 503 `projection_parked` at once where the answer "
            "waits for an operator"
        ),
    ] = None


class Paged(Fresh):
    """A query that is answered in pages."""

    limit: Annotated[Limit, Field(description="rows per page")] = PAGE_ROWS_DEFAULT
    cursor: Annotated[
        Cursor | None, Field(description="`next_cursor` of the page before, with the same filters")
    ] = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an endpoint is told besides the parameters."""

    actor: Actor
    headers: Headers
    services: Services
    options: ApiOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySettings:
    """The difference between one query route and another, as far as OpenAPI tells it.

    `statuses`: codes that this route answers with another status than usual.
    """

    summary: str
    tag: str
    answer: type[BaseModel]
    example: Mapping[str, Any]
    refusals: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    has_etag: bool = False
    responses: Mapping[int, Documentation] = field(default_factory=dict[int, Documentation])


class QueryRoute(SlimRoute):
    """A route that answers a question."""

    def __init__(self, path: str, endpoint: Endpoint, settings: QuerySettings) -> None:
        """Read the parameters' model from the endpoint's signature."""
        super().__init__(path, endpoint, settings.example, **query_documentation(settings))
        self.statuses = settings.statuses
        self.query_model: type[Query] = annotated_type(endpoint, "query")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request's question."""
        del receive
        application = cast("Application", scope["app"])
        headers = header_map(scope["headers"])
        require_json_accepted(headers)
        path = self.path_parameters(scope) if self.path_types else {}
        query = read_query(self.query_model, scope["query_string"])
        options = application.edge_options
        asked = Asked(actor_of(headers, options.actors), headers, application.services, options)
        answer: Answer = await self.answering(asked, query=query, **path)
        await send_answer(send, answer)


def read_query(model: type[Q], query_string: bytes) -> Q:
    """Read the parameters of a query.

    Raises:
        RequestRefused: one is unknown, given twice, or not as the schema says.
    """
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query_string),
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise RequestRefused("malformed", "the query string cannot be read") from None
    given = dict(pairs)
    if len(given) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused([{"parameter": twice, "code": "too_many", "detail": "given twice"}])
    if any("\0" in value for value in given.values()):
        name = next(name for name, value in given.items() if "\0" in value)
        raise _refused([{"parameter": name, "code": "wrong_form", "detail": "no U+0000"}])
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _refused(parameter_faults(found)) from None


def _refused(faults: list[dict[str, str | int | None]]) -> RequestRefused:
    return RequestRefused("validation_failed", "a parameter is not as it must be", items=faults)


def refuse_parameter(name: str, detail: str) -> RequestRefused:
    """Refuse a parameter for what it means together with others."""
    return _refused([{"parameter": name, "code": "not_allowed", "detail": detail}])


def freshness(page: Page) -> Mapping[str, int | None]:
    """Say up to which position an answer from a read table holds, and what it lacks."""
    return {
        "as_of_position": page.as_of_position,
        "parked_since_position": page.parked_since_position,
    }


def found(body: Mapping[str, Any]) -> Answer:
    """Answer something that has no version of its own."""
    return Answer(200, _ENCODE(body))


def found_version(asked: Asked, body: Mapping[str, Any], version: int) -> Answer:
    """Answer something that has a version; with nothing if the caller has that version already."""
    etag = f'"{version}"'
    headers = ((b"etag", etag.encode()),)
    if not none_match(asked.headers, etag):
        return Answer(304, b"", headers)
    return Answer(200, _ENCODE(body), headers)


def query_documentation(settings: QuerySettings) -> Documentation:
    """Document a query."""
    described: Documentation = {}
    extra: Documentation = {}
    responses: dict[int | str, Documentation] = {200: described}
    if settings.has_etag:
        described["headers"] = {
            "ETag": {"description": 'the version: `"1"`', "schema": {"type": "string"}}
        }
        responses[304] = {"description": "You have this version already."}
        extra["parameters"] = [
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "ETags that you have; 304 when one is current.",
                "schema": {"type": "string"},
                "example": '"1"',
            }
        ]
    return {
        "summary": settings.summary,
        "tags": [settings.tag],
        "response_model": settings.answer,
        "responses": {
            **responses,
            **problem_responses((*QUERY_PROBLEMS, *settings.refusals), settings.statuses),
            **settings.responses,
        },
        "openapi_extra": extra or None,
    }
