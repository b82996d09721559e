"""Does the sandbox answer the same key with the same, and another attempt anew?"""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from commands.provider_calls import ProviderCall
from commands.provider_facts import FactKind
from domain.payment_events import PaymentCaptureRequested, PaymentOperation, PaymentOutcomeUnknown
from sql.store import open_store
from tests.api_client import new_id
from tests.payment_examples import AUTHORIZED, a_capture, money_not_taken
from tests.running_api import free_port
from tests.running_process import Counter, a_sandbox, books_of
from tests.running_workers import eventually, read_log
from workers.http_client import open_client
from workers.outside_calls import OutsideCalls
from workers.payment_provider import SandboxProvider

DUE = 2_500


def a_call(**changes: Any) -> ProviderCall:  # noqa: ANN401 - fields of ProviderCall
    payment_id = new_id()
    call = ProviderCall(
        operation=PaymentOperation.AUTHORIZE,
        payment_id=payment_id,
        operation_id=payment_id,
        order_id=new_id(),
        currency="GBP",
        amount_minor=DUE,
        method_ref="card-ok",
    )
    return replace(call, **changes)


async def kind_of(provider: SandboxProvider, call: ProviderCall) -> FactKind:
    (fact,) = await provider.carry_out(call)
    assert fact.operation_id == call.operation_id
    return fact.kind


async def test_a_refusal_is_for_ever_under_its_key_and_not_under_another(tmp_path: Path) -> None:
    async with a_sandbox(tmp_path) as url, open_client(5.0, url) as client:
        provider = SandboxProvider(client)
        payment = a_call()
        await provider.carry_out(payment)
        operation = PaymentOperation.REFUND
        refund = replace(payment, operation=operation, operation_id=new_id(), amount_minor=1_000)
        assert await kind_of(provider, refund) is FactKind.REFUND_FAILED  # nothing is taken yet
        capture = replace(payment, operation=PaymentOperation.CAPTURE, operation_id=new_id())
        assert await kind_of(provider, capture) is FactKind.CAPTURED
        assert await kind_of(provider, refund) is FactKind.REFUND_FAILED
        assert await kind_of(provider, replace(refund, asks_only=True)) is FactKind.REFUND_FAILED
        again = replace(refund, attempt=2)
        assert await kind_of(provider, again) is FactKind.REFUNDED
        assert await kind_of(provider, replace(again, asks_only=True)) is FactKind.REFUNDED
        assert books_of(url)["refunded_minor"] == 1_000


async def test_it_is_noted_of_every_attempt_that_nobody_knows_its_outcome(
    database_url: str,
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with (
        open_store(database_url, role_prefix="ordertrail", code_version="test") as store,
        open_client(5.0, nowhere) as client,
    ):
        outside = OutsideCalls(
            store.handler,
            store.loader,
            provider=SandboxProvider(client),
            provider_name="sandbox",
            carrier=None,
            carrier_name="sandbox",
        )
        counter = Counter(store, database_url)
        await counter.send(*AUTHORIZED)
        for answer in (money_not_taken(), None):
            await counter.send(a_capture())
            log = await counter.log()
            wish = next(
                each for each in log[::-1] if isinstance(each.data, PaymentCaptureRequested)
            )
            await outside.react([wish])
            await eventually(lambda: outside.unfinished() is None)
            if answer is not None:
                await counter.send(answer)
    unknown = [each.data for each in await read_log(database_url)]
    attempts = [each.attempt for each in unknown if isinstance(each, PaymentOutcomeUnknown)]
    assert attempts == [1, 1]


async def test_a_webhook_is_sent_again_until_it_is_taken(tmp_path: Path) -> None:
    statuses, sent = [409, 422, 204, 204], list[str]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        sent.extend(re.findall(r"(?im)^webhook-id: (.+)\r$", head))
        writer.write(f"HTTP/1.1 {statuses.pop(0)} X\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    webhooks = ("--webhooks", f"http://127.0.0.1:{port}")
    async with (
        listener,
        a_sandbox(tmp_path, *webhooks) as url,
        open_client(5.0, url) as client,
    ):
        await SandboxProvider(client).carry_out(a_call(method_ref="card-twice"))
        await eventually(lambda: len(sent) == 4)
    assert (len(set(sent)), statuses) == (1, [])
