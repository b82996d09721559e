"""How does an HTTP request become a command, and its outcome an answer?

The hot path of the API. Headers are judged before the body is read, the body's size before it is
parsed, its form before its meaning. Everything that a command needs of the edge stands in `Ask`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

import commands.envelope
from api.actors import actor_of, principal_of
from api.bodies import parse_json, read_body, validate
from api.command_settings import CommandSettings
from api.documentation import command_documentation
from api.dry_run import NoOrderNumbers, dry_run_answer, refuse_parameters, wants_dry_run
from api.edge import REQUEST_ID
from api.headers import (
    Headers,
    header_map,
    header_text,
    parse_if_match,
    require_idempotency_key,
    require_json_accepted,
    require_media_type,
)
from api.routes import Answer, Application, Endpoint, SlimRoute, annotated_type, send_answer
from api.services import ApiOptions, Services
from commands.envelope import CommandEnvelope
from commands.registry import Command
from domain.envelope import Actor

REPLAYED: Final = (b"idempotent-replayed", b"true")

_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_ENCODE: Final = msgspec.json.Encoder().encode
_CANONICAL: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Ask:
    """What an endpoint is told besides the path and the body."""

    actor: Actor
    asked_at: datetime
    fingerprint: bytes
    services: Services
    options: ApiOptions


class CommandRoute(SlimRoute):
    """A route that makes a command of a request and has it carried out."""

    method = "POST"

    def __init__(self, path: str, endpoint: Endpoint, settings: CommandSettings) -> None:
        """Read the body's model from the endpoint's signature."""
        super().__init__(path, endpoint, settings.answer_example, **command_documentation(settings))
        self.settings = settings
        self.statuses = settings.statuses
        self.type = endpoint.__name__.replace("_", "-")
        self.body_model: type[BaseModel] = annotated_type(endpoint, "body")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the request's command out."""
        application = cast("Application", scope["app"])
        headers = header_map(scope["headers"])
        require_media_type(headers)
        require_json_accepted(headers)
        is_dry = bool(scope["query_string"]) and self.is_dry(scope["query_string"])
        key = scope[REQUEST_ID] if is_dry else require_idempotency_key(headers)
        version = self.settings.expected_version(parse_if_match(headers))
        path = self.path_parameters(scope) if self.path_types else {}
        body_bytes_max = self.settings.body_bytes_max
        body = await read_body(
            headers, receive, body_bytes_max, application.edge_options.body_seconds_max
        )
        request = CommandRequest(key, version, path, parse_json(body))
        caller = Caller.of(headers, scope, application)
        if is_dry:
            await send_answer(send, await self.dry_run(request, caller))
            return
        command, envelope = await self.command_of(request, caller)
        answer = await caller.services.handler.handle(command, envelope)
        await send_answer(send, self.http_answer(answer))

    def is_dry(self, query_string: bytes) -> bool:
        """Tell whether the query string asks only what would follow.

        Raises:
            RequestRefused: this command cannot be tried, or there is something else in it.
        """
        if self.settings.dry_run_example is None:
            refuse_parameters(query_string)
            return False
        return wants_dry_run(query_string)

    async def dry_run(self, request: "CommandRequest", caller: "Caller") -> Answer:
        """Answer what would follow from a request; no order number is taken for it."""
        services = replace(caller.services, order_numbers=NoOrderNumbers())
        command, envelope = await self.command_of(request, replace(caller, services=services))
        return dry_run_answer(await services.dry_runner.dry_run(command, envelope))

    async def command_of(
        self, request: "CommandRequest", caller: "Caller"
    ) -> tuple[Command, CommandEnvelope]:
        """Make the command of a request and what surrounds it.

        Raises:
            RequestRefused: the body is not as the schema says.
            Unavailable: no order number can be taken.
        """
        body = validate(self.body_model, request.body, request.pointer)
        fingerprint = fingerprint_of(self.path, request.path, request.body)
        ask = Ask(caller.actor, datetime.now(UTC), fingerprint, caller.services, caller.options)
        command: Command = await self.answering(ask, body=body, **request.path)
        envelope = CommandEnvelope(
            principal=principal_of(caller.actor),
            idempotency_key=request.key,
            fingerprint=fingerprint,
            actor=caller.actor,
            command_id=request.key,
            correlation_id=caller.correlation_id,
            traceparent=caller.traceparent,
            expected_version=request.expected_version,
        )
        return command, envelope

    def http_answer(self, answer: commands.envelope.Answer) -> Answer:
        """Write the outcome of the command."""
        headers = (
            (b"location", self.settings.location_of(answer.id).encode()),
            (b"etag", b'"%d"' % answer.version),
            (b"event-position", b"%d" % answer.position),
        )
        if answer.replayed:
            headers = (*headers, REPLAYED)
        return Answer(status_of(answer), _ENCODE(answer_body(answer)), headers)


def status_of(answer: commands.envelope.Answer) -> int:
    """Tell the status of an outcome."""
    return HTTPStatus.CREATED if answer.created else HTTPStatus.OK


def answer_body(answer: commands.envelope.Answer) -> dict[str, Any]:
    """Write what a caller learns of its command."""
    body: dict[str, Any] = {
        "id": answer.id,
        "version": answer.version,
        "position": answer.position,
    }
    if answer.order_number is not None:
        body["order_number"] = answer.order_number
    return body


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command as it was sent, alone or in a batch.

    `body` is parsed but not checked; `pointer` is where it stands in what was sent.
    """

    key: str
    expected_version: int | None
    path: Mapping[str, Any]
    body: Any
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the request, in the wake of what, to which application."""

    actor: Actor
    correlation_id: str
    traceparent: str | None
    services: Services
    options: ApiOptions

    @classmethod
    def of(cls, headers: Headers, scope: Scope, application: Application) -> "Caller":
        """Read it from the headers.

        Raises:
            RequestRefused: the trusted header names nobody.
        """
        options = application.edge_options
        traceparent = header_text(headers, b"traceparent")
        if traceparent is not None and not _TRACEPARENT.fullmatch(traceparent):
            traceparent = None
        return cls(
            actor_of(headers, options.actors),
            scope[REQUEST_ID],
            traceparent,
            application.services,
            options,
        )


def fingerprint_of(route: str, path: Mapping[str, Any], body: object) -> bytes:
    """Tell a request from another one under the same key.

    Source: reliability.md IDM-02: SHA-256 over method, route, path parameters and canonical JSON.
    """
    return sha256(_CANONICAL(("POST", route, path, body))).digest()
