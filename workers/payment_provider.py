"""How is the sandbox provider told and asked, over HTTP?

A call has a deadline and its key as `Idempotency-Key`. One that could not be sent, or whose
connection broke, is tried again under the same key, with pauses; one without an answer in time is
not: its outcome is unknown (domain.md §1.9).
"""

import asyncio
import random
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import msgspec

from commands.provider_calls import ProviderCall
from commands.provider_facts import FactKind, ProviderFact
from domain.payment_events import PaymentOperation
from workers.circuit import CircuitBreaker
from workers.outside import OutcomeUnknown

DEADLINE_SECONDS: Final = 5.0
TRIES_MAX: Final = 3
PAUSE_SECONDS: Final = 0.05

_PATHS: Final = {
    PaymentOperation.AUTHORIZE: "/v1/payments",
    PaymentOperation.CAPTURE: "/v1/payments/{payment_id}/capture",
    PaymentOperation.VOID: "/v1/payments/{payment_id}/void",
    PaymentOperation.REFUND: "/v1/payments/{payment_id}/refund",
    PaymentOperation.REAUTHORIZE: "/v1/payments/{payment_id}/reauthorize",
}


class FactBody(msgspec.Struct, frozen=True):
    """A fact as the provider writes it, in an answer and in a webhook."""

    kind: FactKind
    payment_id: str
    operation_id: str = ""
    psp_ref: str = ""
    amount_minor: int = 0
    until: datetime | None = None
    risk_score: int | None = None
    code: str = ""
    is_retriable: bool = False
    url: str = ""

    def fact(self) -> ProviderFact:
        """Answer the fact as the core knows it."""
        return ProviderFact(**msgspec.structs.asdict(self))


_FACTS: Final = msgspec.json.Decoder(list[FactBody])


class SandboxProvider:
    """The provider that `ordertrail sandbox` runs."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        """Use an open client."""
        self._client = client
        self._breaker = CircuitBreaker()

    async def carry_out(self, call: ProviderCall) -> list[ProviderFact]:
        """Have an operation carried out.

        Raises:
            OutcomeUnknown: no answer came.
        """
        if call.asks_only:
            known = await self._request("GET", f"/v1/operations/{call.key}", call, None)
            if known:
                return known
        body = {
            "payment_id": call.payment_id,
            "operation_id": call.operation_id,
            "amount_minor": call.amount_minor,
            "currency": call.currency,
            "method_ref": call.method_ref,
        }
        path = _PATHS[call.operation].format(payment_id=call.payment_id)
        return await self._request("POST", path, call, body)

    async def _request(
        self, method: str, path: str, call: ProviderCall, body: dict[str, Any] | None
    ) -> list[ProviderFact]:
        for number in range(TRIES_MAX):
            if not self._breaker.may_try():
                raise OutcomeUnknown("the provider is left alone for a while")
            try:
                async with self._client.request(
                    method,
                    path,
                    json=body,
                    headers={"Idempotency-Key": call.key},
                    allow_redirects=False,
                ) as response:
                    facts = await _read(response)
            except (TimeoutError, aiohttp.ClientResponseError, msgspec.DecodeError) as error:
                self._breaker.failed()
                raise OutcomeUnknown(repr(error)) from error
            except aiohttp.ClientError:
                self._breaker.failed()
                pause = PAUSE_SECONDS * 2**number
                await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311 - no secret
            else:
                self._breaker.succeeded()
                return facts
        raise OutcomeUnknown("the provider cannot be reached")


async def _read(response: aiohttp.ClientResponse) -> list[ProviderFact]:
    if response.status == HTTPStatus.NOT_FOUND:
        return []
    response.raise_for_status()
    return [body.fact() for body in _FACTS.decode(await response.read())]
