"""Are orders carried out with Stripe as provider, by the real programs?"""

from pathlib import Path

import httpx2

from commands.stripe_facts import CAPTURE_ID, PAYMENT_ID
from domain.order import Lifecycle
from domain.payment_events import PaymentCaptured, PaymentDeclined, PaymentRequested
from tests.api_client import HMAC_KEY, STRIPE_WEBHOOK_SECRET, new_id
from tests.running_api import free_port
from tests.running_process import a_counter, a_process, a_sandbox, running
from tests.running_workers import eventually
from tests.stripe_services import (
    API_KEY,
    CARD_DECLINED,
    CARD_OK,
    INTENTS,
    StripeBridge,
    a_stripe,
    a_stripe_client,
)

DUE = 2_500


async def test_an_order_is_paid_when_it_leaves(database_url: str, tmp_path: Path) -> None:
    paid, declined = new_id(), new_id()
    async with (
        a_sandbox(tmp_path) as sandbox,  # its carrier
        a_stripe(tmp_path) as bridge,
        a_counter(database_url) as counter,
    ):
        await counter.open_shop()
        with a_process(
            database_url,
            sandbox,
            tmp_path / "process.log",
            ORDERTRAIL_PAYMENT_PROVIDER="stripe",
            ORDERTRAIL_STRIPE_API_KEY=API_KEY,
            ORDERTRAIL_STRIPE_API_URL=bridge.url,
        ):
            await counter.place(paid, CARD_OK)
            await counter.place(declined, CARD_DECLINED)
            await counter.until(paid, Lifecycle.CONFIRMED)
            await counter.until(declined, Lifecycle.REJECTED)
            shipment_id = await counter.pack(paid)
            captured = await counter.until_happened(PaymentCaptured, paid)
            await counter.deliver(shipment_id)
            await counter.until(paid, Lifecycle.COMPLETED)
        requested = await counter.until_happened(PaymentRequested, paid)
        refused = await counter.until_happened(PaymentDeclined, declined)
        async with a_stripe_client(bridge) as client:
            found = await client.v1.payment_intents.list_async({"limit": 100})
    assert isinstance(requested, PaymentRequested)
    assert isinstance(captured, PaymentCaptured)
    assert isinstance(refused, PaymentDeclined)
    assert refused.code == "card_declined"
    assert set(bridge.keys_of(INTENTS)) - {None} == {requested.payment_id, refused.payment_id}
    assert bridge.keys_of("/capture") == [captured.capture_id]
    (taken,) = [each.to_dict() for each in found.data if each.status == "succeeded"]
    assert (taken["amount"], taken["metadata"][PAYMENT_ID], taken["metadata"][CAPTURE_ID]) == (
        DUE,
        requested.payment_id,
        captured.capture_id,
    )


async def test_the_webhook_of_a_capture_changes_nothing_any_more(
    database_url: str, tmp_path: Path
) -> None:
    order_id, port = new_id(), free_port()
    async with (
        a_sandbox(tmp_path) as sandbox,
        a_stripe(tmp_path) as bridge,
        a_counter(database_url) as counter,
    ):
        await counter.open_shop()
        stripe = {
            "ORDERTRAIL_PAYMENT_PROVIDER": "stripe",
            "ORDERTRAIL_STRIPE_API_KEY": API_KEY,
            "ORDERTRAIL_STRIPE_API_URL": bridge.url,
            "ORDERTRAIL_STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
        }
        with (
            running(
                "api",
                log=tmp_path / "api.log",
                database_url=database_url,
                ORDERTRAIL_EMAIL_HMAC_KEY=HMAC_KEY,
                ORDERTRAIL_PORT=str(port),
                **stripe,
            ),
            a_process(database_url, sandbox, tmp_path / "process.log", **stripe),
        ):
            await listen(bridge, f"http://127.0.0.1:{port}/v1/webhooks/stripe")
            await counter.place(order_id, CARD_OK)
            await counter.until(order_id, Lifecycle.CONFIRMED)
            await counter.pack(order_id)
            await counter.until_happened(PaymentCaptured, order_id)
            before = await counter.log()

            def is_delivered() -> bool:
                log = (tmp_path / "localstripe.log").read_text()
                return 'webhook "payment_intent.succeeded" successfully delivered' in log

            await eventually(is_delivered)
            captures = [event for event in await counter.log() if event.type == "payment-captured"]
    assert captures == [event for event in before if event.type == "payment-captured"]
    assert len(captures) == 1


async def listen(bridge: StripeBridge, url: str) -> None:
    """Have localstripe tell the API what happens, once that answers."""

    async def is_heard() -> bool:
        try:
            return (await bridge.client.get(url)).status_code == 405
        except httpx2.HTTPError:
            return False

    await eventually(is_heard)
    answer = await bridge.client.post(
        f"{bridge.localstripe_url}/_config/webhooks/orders",
        json={"url": url, "secret": STRIPE_WEBHOOK_SECRET},
    )
    assert answer.is_success, answer.text
