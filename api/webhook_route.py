"""How is a message of a party outside taken, once, whoever the party is?

Its own id of a message is its idempotency key, for ever: it may come twice, late and in any order
(domain.md §1.9). A fact that the log already knows better is taken and changes nothing: a provider
would send it again and again otherwise. Of a dispute, which nobody asked for, it may not know yet
what it is about: that is for the provider to send again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, Literal, TypedDict, cast

import msgspec
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from api.bodies import read_body
from api.documentation import BATCH_PROBLEMS, problem_responses
from api.edge import REQUEST_ID
from api.headers import JSON, Headers, header_map, header_text, require_media_type
from api.problems import RequestRefused
from api.routes import Answer, Application, SlimRoute, annotated_type, send_answer
from api.services import COMMAND_BODY_BYTES_MAX, Services
from commands.envelope import CommandEnvelope
from commands.record_chargeback import RecordChargeback
from commands.registry import Command
from commands.resolve_chargeback import ResolveChargeback
from domain.envelope import Actor
from domain.errors import Refusal

TAG: Final = "Webhooks"

_ENCODE: Final = msgspec.json.Encoder().encode
_RANKS: Final = {"taken": 0, "known": 1, "ignored": 2}
"""What became of the parts of a message -> which of them is told."""


EARLY: Final = "told_too_early"
_TOO_EARLY: Final[Mapping[type[Any], frozenset[str]]] = {
    RecordChargeback: frozenset({"payment_not_found", "refund_exceeds_captured"}),
    ResolveChargeback: frozenset({"payment_not_found", "payment_operation_not_found"}),
}
"""What nobody asked for -> the refusals that may be over when it is told again."""


class WebhookAnswer(BaseModel):
    """Whether the message changed anything; `code` says why it did not."""

    result: Literal["taken", "known", "ignored"]
    code: str | None = None


class Result(TypedDict):
    """A WebhookAnswer before it is written."""

    result: Literal["taken", "known", "ignored"]
    code: str | None


NOTHING: Final[Result] = {"result": "ignored", "code": None}
"""A message that says nothing of ours."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says: the party's own id of it, and what it comes to, in this order.

    `is_fresh`: it is worth being told again what it is too early for.
    """

    webhook_id: str
    commands: Sequence[Command]
    is_fresh: bool = True

    def name(self, number: int) -> str:
        """Name a command of it, for itself and always the same."""
        return f"{self.webhook_id}:{number}" if number else self.webhook_id


class WebhookRoute(SlimRoute):
    """A route that takes messages of one party.

    It signs them in the headers `signed`, as `signature` describes.
    """

    method = "POST"
    signed: tuple[str, ...] = ()
    signature = ""
    body_bytes_max = COMMAND_BODY_BYTES_MAX

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        actor: Actor,
        summary: str,
        example: Mapping[str, Any],
    ) -> None:
        """Document it as the other routes are."""
        super().__init__(
            path,
            endpoint,
            {"result": "taken", "code": None},
            summary=summary,
            tags=[TAG],
            response_model=WebhookAnswer,
            responses=problem_responses(
                (*BATCH_PROBLEMS, "forbidden", "idempotency_in_progress", EARLY)
            ),
            openapi_extra={
                "parameters": [self._header(name) for name in self.signed],
                "requestBody": {
                    "content": {JSON: {"examples": {"example": {"value": dict(example)}}}}
                },
            },
        )
        self.actor = actor
        self.body_model: type[BaseModel] = annotated_type(endpoint, "body")

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message."""
        application = cast("Application", scope["app"])
        headers = header_map(scope["headers"])
        require_media_type(headers)
        seconds_max = application.edge_options.body_seconds_max
        body = await read_body(headers, receive, self.body_bytes_max, seconds_max)
        heard = await self.hear(application, headers, body)
        answers = [
            await self._tell(application.services, heard, number, body, scope[REQUEST_ID])
            for number in range(len(heard.commands))
        ]
        answer = min(answers, key=lambda each: _RANKS[each["result"]], default=NOTHING)
        await send_answer(send, Answer(HTTPStatus.OK, _ENCODE(answer)))

    async def hear(self, application: Application, headers: Headers, body: bytes) -> Heard:
        """Make commands of a message that the party signed.

        Raises:
            RequestRefused: it did not, or the message is not right.
        """
        raise NotImplementedError

    async def _tell(
        self, services: Services, heard: Heard, number: int, body: bytes, request_id: str
    ) -> Result:
        command, name = heard.commands[number], heard.name(number)
        envelope = CommandEnvelope(
            principal=f"{self.actor.kind}:{self.actor.id}",
            idempotency_key=f"webhook:{name}",
            fingerprint=sha256(body).digest(),
            actor=self.actor,
            command_id=name,
            correlation_id=request_id,
        )
        try:
            answer = await services.handler.handle(command, envelope)
        except Refusal as refusal:
            if heard.is_fresh and refusal.code in _TOO_EARLY.get(type(command), ()):
                raise RequestRefused(EARLY, refusal.detail) from refusal
            return {"result": "ignored", "code": refusal.code}
        return {"result": "known" if answer.replayed else "taken", "code": None}

    def _header(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "in": "header",
            "required": True,
            "description": f"see {self.signature}",
            "schema": {"type": "string"},
        }


def required(headers: Headers, name: str) -> str:
    """Read a header of the signature.

    Raises:
        RequestRefused: it is not there.
    """
    text = header_text(headers, name.encode())
    if text is None:
        raise RequestRefused("malformed", f"the header {name} is missing")
    return text
