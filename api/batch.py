"""How are many commands sent at once?

As an array, or as NDJSON with a command per line. Each has its own key and its own outcome: one
that is refused does not touch the others. Of those that are about the same stream, each waits for
the answers of those before it; the others wait for their commits together (`batch_order.py`).
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, cast

import msgspec
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.types import Receive, Scope, Send

from api.batch_order import BatchOrder
from api.bodies import parse_json, read_body, validate
from api.command_route import Caller, CommandRequest, CommandRoute, answer_body, status_of
from api.command_routes import COMMANDS_BY_TYPE
from api.documentation import BATCH_PROBLEMS, CommandAnswer, ProblemBody, problem_responses
from api.dry_run import refuse_parameters
from api.edge import REQUEST_ID
from api.fields import Body
from api.headers import (
    IDEMPOTENCY_KEY_CHARACTERS_MAX,
    JSON,
    NDJSON,
    header_map,
    require_json_accepted,
    require_media_type,
)
from api.order_commands import ORDER_ID
from api.problem_answers import Problem, internal_error, problem_of
from api.problems import RequestRefused
from api.routes import Answer, Application, SlimRoute, send_answer
from api.services import BATCH_BODY_BYTES_MAX, BATCH_COMMANDS_MAX
from commands.envelope import CommandEnvelope
from commands.registry import Command
from domain.errors import OrderTrailError

VERSION_MAX: Final = 2**31 - 1
ITEM_EXAMPLE: Final[dict[str, Any]] = {
    "type": "cancel-order",
    "idempotency_key": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a13",
    "expected_version": 1,
    "payload": {
        "order_id": ORDER_ID,
        "cancellation_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a03",
        "reason_code": "customer_request",
    },
}
RESULTS_EXAMPLE: Final[dict[str, Any]] = {
    "results": [
        {
            "status": 200,
            "replayed": False,
            "body": {"id": ORDER_ID, "version": 3, "position": 4713},
        }
    ]
}

_ENCODE: Final = msgspec.json.Encoder().encode
_LOG: Final = logging.getLogger("ordertrail.api")


def known_type(name: str) -> str:
    """Refuse the name of no command.

    Raises:
        ValueError: there is no such command.
    """
    if name not in COMMANDS_BY_TYPE:
        raise ValueError("the name of a command")
    return name


CommandType = Annotated[
    str, AfterValidator(known_type), Field(json_schema_extra={"enum": list(COMMANDS_BY_TYPE)})
]


class BatchItem(Body):
    """A command in a batch."""

    type: CommandType
    idempotency_key: Annotated[
        str,
        Field(min_length=1, max_length=IDEMPOTENCY_KEY_CHARACTERS_MAX, pattern="^[!-~]+$"),
    ]
    expected_version: Annotated[
        int | None,
        Field(ge=0, le=VERSION_MAX, description="what If-Match says of a single command"),
    ] = None
    payload: Annotated[
        dict[str, Any],
        Field(description="the body of the single command, with the parameters of its path"),
    ]


class BatchResult(BaseModel):
    """The outcome of one command: `body` when it took effect, `problem` when it did not."""

    status: int
    replayed: bool = False
    body: CommandAnswer | None = None
    problem: ProblemBody | None = None


class BatchAnswer(BaseModel):
    """The outcomes, in the order of the commands."""

    results: list[BatchResult]


@dataclass(frozen=True, slots=True)
class Made:
    """A command of a batch, ready to be handed over, with the route whose answers it gives."""

    route: CommandRoute
    command: Command
    envelope: CommandEnvelope


@dataclass(frozen=True, slots=True)
class Batch:
    """Who sent a batch, in which request."""

    caller: Caller
    request_id: str


async def run_commands(
    ask: Batch,
    body: Annotated[list[BatchItem], Field(min_length=1, max_length=BATCH_COMMANDS_MAX)],
) -> Answer:
    """Send up to 500 commands at once, as an array or as NDJSON with one command per line.

    `payload` is the body of the single command, with the parameters of its path: `order_id`, `sku`,
    `price_id`. A command sent again alone or in another batch, under the same key, is answered as
    the first time. Commands on the same order, product, payment … are carried out in the order of
    the list, each after the answers of those before it. The answer is 200 as long as the batch
    could be read; look into each result.
    """
    # The route has not looked into the items: each is checked, and refused, by itself.
    made = [await make(item, ask.caller, ask.request_id) for item in body]
    order: BatchOrder[dict[str, Any]] = BatchOrder()
    outcomes = [
        order.begin(command.command, partial(carry_out, command, ask.caller, ask.request_id))
        if isinstance(command, Made)
        else command
        for command in made
    ]
    results = [
        await outcome if isinstance(outcome, asyncio.Task) else outcome for outcome in outcomes
    ]
    return Answer(HTTPStatus.OK, _ENCODE({"results": results}))


class BatchRoute(SlimRoute):
    """The route that takes many commands."""

    method = "POST"

    def __init__(self) -> None:
        """Document it as the other routes are."""
        super().__init__(
            "/v1/commands/batch",
            run_commands,
            RESULTS_EXAMPLE,
            summary="Send many commands at once",
            tags=["Commands"],
            response_model=BatchAnswer,
            responses=problem_responses(BATCH_PROBLEMS),
            openapi_extra={
                "requestBody": {
                    "content": {
                        JSON: {"examples": {"example": {"value": [ITEM_EXAMPLE]}}},
                        NDJSON: {
                            "schema": {"type": "string"},
                            "example": _ENCODE(ITEM_EXAMPLE).decode() + "\n",
                        },
                    }
                }
            },
        )

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the commands out, and answer their outcomes in their order."""
        application = cast("Application", scope["app"])
        refuse_parameters(scope["query_string"])
        headers = header_map(scope["headers"])
        media_type = require_media_type(headers, (JSON, NDJSON))
        require_json_accepted(headers)
        body = await read_body(
            headers, receive, BATCH_BODY_BYTES_MAX, application.edge_options.body_seconds_max
        )
        batch = Batch(Caller.of(headers, scope, application), scope[REQUEST_ID])
        answer: Answer = await self.answering(batch, body=parse_items(media_type, body))
        await send_answer(send, answer)


def parse_items(media_type: str, body: bytes) -> list[Any]:
    """Read the commands, not yet looked into.

    Raises:
        RequestRefused: it is not JSON, not a list, empty, or too long.
    """
    items: Any
    if media_type == NDJSON:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > BATCH_COMMANDS_MAX:
            raise too_many()
        items = [parse_json(line) for line in lines]
    else:
        items = parse_json(body)
    if not isinstance(items, list) or not items:
        raise RequestRefused(
            "validation_failed",
            "a batch is a list of commands",
            items=[{"pointer": "", "code": "wrong_type", "detail": "a list, not empty"}],
        )
    found = cast("list[Any]", items)
    if len(found) > BATCH_COMMANDS_MAX:
        raise too_many()
    return found


def too_many() -> RequestRefused:
    """Refuse a batch with too many commands."""
    return RequestRefused("payload_too_large", f"a batch has at most {BATCH_COMMANDS_MAX} commands")


async def make(item: object, caller: Caller, request_id: str) -> Made | dict[str, Any]:
    """Make the command of an item; a problem if it is none."""
    statuses: Mapping[str, int] = {}
    try:
        checked = validate(BatchItem, item)
        route = COMMANDS_BY_TYPE[checked.type]
        statuses = route.statuses
        version = route.settings.expected_version(checked.expected_version)
        path, body = split_payload(route, checked.payload)
        request = CommandRequest(checked.idempotency_key, version, path, body, "/payload")
        return Made(route, *await route.command_of(request, caller))
    except OrderTrailError as error:
        return failed(problem_of(error, request_id, statuses))


def split_payload(
    route: CommandRoute, payload: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take the parameters of the path out of the payload; the rest is the body.

    Raises:
        RequestRefused: a parameter is missing or has not the form that it should have.
    """
    body = dict(payload)
    path: dict[str, Any] = {}
    faults: list[dict[str, str | int | None]] = []
    for name, kind in route.path_types.items():
        pointer = f"/payload/{name}"
        if name not in body:
            faults.append({"pointer": pointer, "code": "required", "detail": "Field required"})
            continue
        try:
            path[name] = kind.validate_python(body.pop(name))
        except ValidationError as error:
            detail = error.errors(include_url=False, include_context=False)[0]["msg"]
            faults.append({"pointer": pointer, "code": "wrong_form", "detail": detail})
    if faults:
        raise RequestRefused(
            "validation_failed", "the payload is not as the schema says", items=faults
        )
    return path, body


async def carry_out(made: Made, caller: Caller, request_id: str) -> dict[str, Any]:
    """Hand a command over and write its outcome."""
    try:
        answer = await caller.services.handler.handle(made.command, made.envelope)
    except OrderTrailError as error:
        return failed(in_payload(problem_of(error, request_id, made.route.statuses)))
    except Exception:  # noqa: BLE001 - the others are on their way and have to be answered
        _LOG.exception("a command of a batch failed", extra={"request_id": request_id})
        return failed(internal_error(request_id))
    return {
        "status": status_of(answer),
        "replayed": answer.replayed,
        "body": answer_body(answer),
    }


def in_payload(problem: Problem) -> Problem:
    """Let the pointers of a refusal begin at the item, as those of the edge do."""
    faults: list[dict[str, Any]] = problem.body.get("errors", [])
    for fault in faults:
        if "pointer" in fault:
            fault["pointer"] = f"/payload{fault['pointer']}"
    return problem


def failed(problem: Problem) -> dict[str, Any]:
    """Write the outcome of a command that did not take effect."""
    return {"status": problem.status, "problem": problem.body}
