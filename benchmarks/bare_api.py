"""The other side of A3: the same application, answering without decision and store.

Everything of the HTTP edge is the real one (headers, body, strict JSON, validation, fingerprint,
the command itself, the answer); only the handler answers at once, and no order number is taken.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

from api.app import create_app
from api.services import Services
from api.wiring import open_services
from cli.options import Shared
from cli.process import prepare
from cli.process_api import api_options, listen, serve, service_settings
from commands.envelope import Answer, CommandEnvelope
from commands.registry import Command

NUMBER: Final = "W26-0000001-0"


class _AnswersAtOnce:
    async def handle(self, command: Command, envelope: CommandEnvelope) -> Answer:
        del command
        return Answer(envelope.idempotency_key, 1, 1, created=True, order_number=NUMBER)


class _OneNumber:
    async def take(self, channel: str, placed_at: datetime) -> str:
        del channel, placed_at
        return NUMBER


def main() -> None:
    """Serve until a signal comes."""
    prepared = prepare("api", Shared(), supervised=False)
    settings = service_settings(prepared)

    @asynccontextmanager
    async def bare() -> AsyncGenerator[Services]:
        async with open_services(settings) as services:
            yield replace(services, handler=_AnswersAtOnce(), order_numbers=_OneNumber())

    serve(listen(prepared.settings), create_app(bare, api_options(prepared.settings)))


if __name__ == "__main__":
    main()
