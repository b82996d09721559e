"""Is this body small enough, JSON, and what the schema says?

In this order, each refused before the next is tried: size (413), time (408), JSON (400), schema
(422). What the parser refuses is malformed, what the schema refuses is invalid.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, TypeVar, cast

import jiter
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.types import Receive

from api.headers import Headers
from api.problems import ERRORS_SHOWN_MAX, RequestRefused

NUL_ESCAPE: Final = b"\\u0000"
JSON_DEPTH_MAX: Final = 20
"""No schema of ours goes deeper, so a body that does is refused: by its schema up to what the
parser takes (200 levels), by the parser beyond."""

IGNORED_BYTES_MAX: Final = 16 * 1024 * 1024
CLOSE: Final = {"Connection": "close"}

Fault = dict[str, str | int | None]
Model = TypeVar("Model", bound=BaseModel)

_CODES: Final = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_pattern_mismatch": "wrong_form",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "enum": "not_allowed",
    "literal_error": "not_allowed",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "value_error": "wrong_form",
}
"""What pydantic finds -> what we call it; everything else is a wrong type."""


class Disconnected(Exception):
    """The caller went away before the body was complete: there is nobody to answer."""


async def read_body(
    headers: Headers, receive: Receive, bytes_max: int, seconds_max: float
) -> bytes:
    """Read a body of at most `bytes_max` that arrives within `seconds_max`.

    A caller who did not ask before sending may finish, or he would not hear the answer.

    Raises:
        RequestRefused: it is larger, or late.
        Disconnected: the caller went away.
    """
    if b"expect" in headers and int(headers.get(b"content-length", 0)) > bytes_max:
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(seconds_max):
            body = await _receive_all(receive, bytes_max)
    except TimeoutError as error:
        raise RequestRefused(
            "request_timeout", f"the body was not complete after {seconds_max:g} s", headers=CLOSE
        ) from error
    if body is None:
        raise _too_large(bytes_max)
    return body


async def _receive_all(receive: Receive, bytes_max: int) -> bytes | None:
    """Receive a body; None when it is larger than it may be, of which nothing is kept."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        return body if len(body) <= bytes_max else None  # one piece, as nearly always
    parts: list[bytes] = []
    size = 0
    while size <= bytes_max + IGNORED_BYTES_MAX:
        if message["type"] == "http.disconnect":
            raise Disconnected
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= bytes_max:
            parts.append(part)
        else:
            parts.clear()
        if not message.get("more_body", False):
            break
        message = await receive()
    return b"".join(parts) if size <= bytes_max else None


def _too_large(bytes_max: int) -> RequestRefused:
    return RequestRefused(
        "payload_too_large", f"the body may have {bytes_max} bytes", headers=CLOSE
    )


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON as RFC 8259 defines it, and more strictly than most: no key twice.

    Raises:
        RequestRefused: it is not JSON; or a string holds U+0000, which the log cannot keep.
    """
    try:
        value = jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise RequestRefused("malformed_json", f"the body is not JSON: {error}") from None
    if NUL_ESCAPE in body:  # rare, and perhaps an escaped backslash before u0000
        faults = _find_nul(value, "")
        if faults:
            raise RequestRefused("validation_failed", "a text holds U+0000", items=faults)
    return value


def _find_nul(value: object, pointer: str) -> list[Fault]:
    """Find texts with U+0000; the parser has bounded the depth of what is walked here."""
    match value:
        case str():
            fault: Fault = {"pointer": pointer, "code": "wrong_form", "detail": "no U+0000"}
            return [fault] if "\0" in value else []
        case list():
            items = cast("list[object]", value)
            found = [_find_nul(item, f"{pointer}/{index}") for index, item in enumerate(items)]
        case dict():
            members = cast("dict[str, object]", value)
            found = [_find_nul(item, pointer + _token(key)) for key, item in members.items()]
            found += [_find_nul(key, pointer) for key in members]
        case _:
            found = []
    return [fault for faults in found for fault in faults]


def validate(model: type[Model], value: object, pointer: str = "") -> Model:
    """Make the model's instance of a parsed body, which stands at `pointer` of what was sent.

    Raises:
        RequestRefused: a field is missing, unknown or not as the schema says.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestRefused(
            "validation_failed",
            "the body is not as the schema says",
            items=[_body_fault(details, pointer) for details in found[:ERRORS_SHOWN_MAX]],
        ) from None


def parameter_faults(found: Sequence[ErrorDetails]) -> list[Fault]:
    """Name the faults that pydantic found in a path or query, by the parameters' names."""
    return [
        {"parameter": ".".join(map(str, details["loc"])), **_fault(details)}
        for details in found[:ERRORS_SHOWN_MAX]
    ]


def _body_fault(details: ErrorDetails, pointer: str) -> Fault:
    return {"pointer": pointer + "".join(map(_token, details["loc"])), **_fault(details)}


def _fault(details: ErrorDetails) -> Fault:
    return {
        "code": _CODES.get(details["type"], "wrong_type"),
        "detail": details["msg"].removeprefix("Value error, "),
    }


def _token(part: object) -> str:
    """Write one step of a JSON Pointer.

    Source: RFC 6901 3.
    """
    return "/" + str(part).replace("~", "~0").replace("/", "~1")
