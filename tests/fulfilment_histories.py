"""How does a made history carry an order out?"""

from typing import Final, Protocol

from commands.advance_fulfilment import AdvanceFulfilment
from commands.fulfilment_step import FULFILMENT
from commands.record_authorized import RecordAuthorized
from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.fulfilment_policy import FulfilmentPolicy
from domain.payment_events import PaymentRequested
from tests import examples, stock_examples

ORDER_ID: Final = "0196a000-0000-7000-8000-0000000000fa"
SKU: Final = "CARRIED"


class Writes(Protocol):
    """A history that commands are written down in."""

    events: list[RecordedEvent]

    def do(self, command: Command) -> None:
        """Carry a command out."""
        ...


def carry_an_order_out(history: Writes) -> None:
    """Place an order, keep its stock, hear of its money: as the fulfilment process does."""
    for command in (
        examples.a_product(sku=SKU),
        examples.an_activation(sku=SKU),
        examples.a_price(sku=SKU, price_id="carried"),
        stock_examples.a_stock_item(sku=SKU),
        stock_examples.a_receipt(sku=SKU),
        examples.an_order(
            order_id=ORDER_ID,
            order_number="W26-9999999-X",
            lines=(examples.a_line(sku=SKU),),
            payment_method_ref="card-ok",
        ),
    ):
        history.do(command)
    history.do(_reaction_to(history.events[-1]))
    requested = [event.data for event in history.events if isinstance(event.data, PaymentRequested)]
    history.do(
        RecordAuthorized(
            actor=examples.STAFF,
            asked_at=examples.NOW,
            payment_id=requested[-1].payment_id,
            psp_ref="sb_1",
            amount_minor=requested[-1].amount_minor,
        )
    )
    history.do(_reaction_to(history.events[-1]))


def _reaction_to(event: RecordedEvent) -> AdvanceFulfilment:
    return AdvanceFulfilment(
        actor=FULFILMENT,
        asked_at=examples.NOW,
        order_id=ORDER_ID,
        event=event,
        policy=FulfilmentPolicy(),
    )
