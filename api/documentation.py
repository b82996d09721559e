"""What does OpenAPI say about an operation that its signature does not?

Headers, examples and the problems that can come: written once here for all routes.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.command_settings import CommandSettings, IfMatch
from api.headers import IDEMPOTENCY_KEY_CHARACTERS_MAX
from api.problem_types import PROBLEM_TYPES
from api.problems import problem_type
from api.services import IDEMPOTENCY_KEY_HOURS_MIN

Documentation = dict[str, Any]

PROBLEM_REFERENCE: Final = {"$ref": "#/components/schemas/ProblemBody"}

COMMAND_PROBLEMS: Final = (
    "malformed_json",
    "malformed",
    "idempotency_key_missing",
    "idempotency_key_malformed",
    "if_match_malformed",
    "not_acceptable",
    "request_timeout",
    "concurrent_modification",
    "idempotency_in_progress",
    "version_mismatch",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "idempotency_key_reused",
    "forbidden",
    "header_fields_too_large",
    "internal_error",
    "unavailable",
)
"""What every command can be answered with."""

BATCH_PROBLEMS: Final = (
    "malformed_json",
    "malformed",
    "not_acceptable",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "header_fields_too_large",
    "internal_error",
    "unavailable",
)
QUERY_PROBLEMS: Final = (
    "malformed",
    "validation_failed",
    "not_acceptable",
    "header_fields_too_large",
    "internal_error",
    "unavailable",
)
"""What every query can be answered with."""


class CommandAnswer(BaseModel):
    """What a command that took effect, or had nothing left to do, is answered with."""

    id: Annotated[str, Field(description="the id or sku of what the command was about")]
    version: Annotated[int, Field(description="its version after the command; also the ETag")]
    position: Annotated[
        int,
        Field(
            description="place in the log; a query with this `min_position` sees the effect; also "
            "the header Event-Position"
        ),
    ]
    order_number: Annotated[str | None, Field(description="an order's number for people")] = None


class DecidedEvent(BaseModel):
    """An event that would be appended, in the form in which it would be stored."""

    stream: str
    type: str
    schema_version: int
    data: dict[str, Any]


class DryRunAnswer(BaseModel):
    """What would follow from a command now. It promises nothing, and nothing is kept of it."""

    dry_run: Literal[True]
    decided: Annotated[
        list[DecidedEvent],
        Field(description="in their order; empty: nothing is left to do, as for a repeat"),
    ]


class ProblemBody(BaseModel):
    """An error as RFC 9457 describes it."""

    model_config = ConfigDict(title="Problem")

    type: Annotated[str, Field(description="path of a page about this kind of problem")]
    title: str
    status: int
    code: Annotated[str, Field(description="stable name of this kind of problem")]
    detail: str
    instance: Annotated[str, Field(description="id of the request, for our log")]
    errors: Annotated[
        list[dict[str, Any]] | None,
        Field(
            description="single faults: `pointer` (JSON Pointer of a field) or `parameter`, "
            "`code` and `detail`; of a refusal, what it is about"
        ),
    ] = None
    current_version: int | None = None
    current_state: str | None = None
    allowed_commands: list[str] | None = None


_STRING: Final = {"type": "string"}
_INTEGER: Final = {"type": "integer", "minimum": 0}

ANSWER_HEADERS: Final = {
    "Location": {"description": "path of what the command was about", "schema": _STRING},
    "ETag": {"description": 'the version after the command: `"1"`', "schema": _STRING},
    "Event-Position": {"description": "see `position`", "schema": _INTEGER},
    "Idempotent-Replayed": {
        "description": "`true` when this very request was answered before",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

IDEMPOTENCY_KEY_PARAMETER: Final[Documentation] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": (
        "Names this one request; sent again with the same body it has no second effect and gets "
        f"the same answer. Kept for at least {IDEMPOTENCY_KEY_HOURS_MIN} hours. Bare, or in "
        "double quotes."
    ),
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": IDEMPOTENCY_KEY_CHARACTERS_MAX,
        "pattern": "^[!#-~][!-~]*$",
    },
    "example": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a11",
}

DRY_RUN_PARAMETER: Final[Documentation] = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "description": (
        "`true`: decide and price the command, refuse it as it would be refused, and carry nothing "
        "out. Needs no Idempotency-Key; one that is sent is not kept. An `order_number` is empty: "
        "none is taken. Stock is not looked at: it is reserved when an order has been placed."
    ),
    "schema": {"type": "boolean", "default": False},
}

DRY_RUN_RESPONSE: Final[dict[int | str, Documentation]] = {
    int(HTTPStatus.OK): {
        "model": DryRunAnswer,
        "description": "What would follow: the answer to a dry run.",
    }
}

_IF_MATCH_TEXT: Final = (
    "The version that you decided on, in double quotes: the ETag that you read. `*`: any version. "
    "A weak tag never matches."
)


def if_match_parameter(settings: CommandSettings) -> Documentation:
    """Document If-Match as this command takes it."""
    return {
        "name": "If-Match",
        "in": "header",
        "required": settings.if_match is IfMatch.REQUIRED,
        "description": _IF_MATCH_TEXT,
        "schema": {"type": "string", "pattern": r'^("(0|[1-9][0-9]{0,8})"|\*)$'},
        "example": '"1"',
    }


def command_documentation(settings: CommandSettings) -> Documentation:
    """Document a command."""
    status = HTTPStatus.CREATED if settings.creates else HTTPStatus.OK
    required = ("precondition_required",) if settings.if_match is IfMatch.REQUIRED else ()
    codes = (*COMMAND_PROBLEMS, *required, *settings.refusals)
    can_be_tried = settings.dry_run_example is not None
    tried_alike = can_be_tried and not settings.creates  # both are answered with 200
    return {
        "summary": settings.summary,
        "tags": [settings.tag],
        "status_code": int(status),
        "response_model": CommandAnswer | DryRunAnswer if tried_alike else CommandAnswer,
        "response_description": "The command took effect, or had nothing left to do.",
        "responses": {
            **(DRY_RUN_RESPONSE if can_be_tried and settings.creates else {}),
            int(status): {"headers": ANSWER_HEADERS},
            **problem_responses(codes, settings.statuses),
        },
        "openapi_extra": {
            "parameters": [
                IDEMPOTENCY_KEY_PARAMETER,
                *([] if settings.creates else [if_match_parameter(settings)]),
                *([DRY_RUN_PARAMETER] if can_be_tried else []),
            ],
            "requestBody": {
                "content": {
                    "application/json": {"examples": {"example": {"value": dict(settings.example)}}}
                }
            },
        },
    }


def problem_responses(
    codes: Iterable[str], statuses: Mapping[str, int] | None = None
) -> dict[int | str, Documentation]:
    """Document the problems with these codes, by status."""
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        assert code in PROBLEM_TYPES, code
        status = (statuses or {}).get(code, problem_type(code).status)
        by_status.setdefault(status, []).append(code)
    return {
        status: {
            "description": ", ".join(f"`{code}`" for code in sorted(found)),
            "content": {
                "application/problem+json": {
                    "schema": PROBLEM_REFERENCE,
                    "example": problem_example(min(found), status),
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


def problem_example(code: str, status: int) -> Documentation:
    """Show what a problem with this code looks like."""
    kind = problem_type(code)
    return {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": status,
        "code": code,
        "detail": kind.meaning,
        "instance": "urn:uuid:0198c0de-7a31-7c06-8f6e-0d7c3c1b5a12",
    }
