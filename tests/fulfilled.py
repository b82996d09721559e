"""How does an order get so far that parcels leave and come back, as the system itself sees to it?

The commands that nobody sends over HTTP, sent by another process than the API's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from commands.allocate_reservation import AllocateReservation
from commands.confirm_order import ConfirmOrder
from commands.plan_shipment import PlanShipment
from commands.receive_stock import ReceiveStock
from commands.record_lines_delivered import RecordLinesDelivered
from commands.record_payment_fact import RecordPaymentFact
from commands.register_stock_item import RegisterStockItem
from commands.registry import Command
from commands.reserve_stock import ReserveStock, WantedStock
from domain.order_parts import LineQuantity, PaymentFactKind
from domain.shipment_events import ShipmentLine
from sql.store import Store
from tests.api_client import AS_STAFF, ApiClient, Json, new_id
from tests.examples import SYSTEM
from tests.examples_log import an_envelope
from tests.shipment_examples import part

SHIP_BY: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
DELIVERED_AT: Final = datetime(2026, 11, 20, 10, tzinfo=UTC)
PIECES: Final = 3
"""How many pieces of one product an order of `ApiClient.an_order` wants."""


@dataclass(frozen=True, slots=True)
class ConfirmedOrder:
    """An order that is paid and confirmed."""

    order_id: str
    customer_id: str
    sku: str


class Fulfilment:
    """Does for orders of the API what the fulfilment process does."""

    def __init__(self, api: ApiClient, store: Store) -> None:
        self._api = api
        self._store = store

    async def confirmed(self, **changes: object) -> ConfirmedOrder:
        """Place an order of three pieces, pay for it and confirm it."""
        body = await self._api.an_order(**changes)
        (line,) = body["lines"]
        order = ConfirmedOrder(body["order_id"], body["customer_id"], line["sku"])
        pieces = (LineQuantity(line_id="1", sku=order.sku, quantity=PIECES),)
        asked: dict[str, Any] = {**_ASKED, "order_id": order.order_id}
        for kind in (PaymentFactKind.AUTHORIZED, PaymentFactKind.CAPTURED):
            await self.do(
                RecordPaymentFact(
                    **asked, payment_id="p", operation_id="o", amount_minor=1_500, kind=kind
                )
            )
        await self.do(ConfirmOrder(**asked, allocations=pieces))
        return order

    async def planned(
        self,
        order: ConfirmedOrder,
        *,
        quantity: int = PIECES,
        location: str = "MAIN",
        days: int = 0,
    ) -> str:
        """Plan a shipment of the order and answer its id."""
        shipment_id = new_id()
        line = ShipmentLine(
            line_id="1", sku=order.sku, quantity=quantity, reservation_id="reservation-1"
        )
        await self.do(
            PlanShipment(
                **_ASKED,
                order_id=order.order_id,
                shipment_id=shipment_id,
                location=location,
                lines=(line,),
                carrier="sandbox",
                service="standard",
                ship_by=SHIP_BY + timedelta(days=days),
            )
        )
        return shipment_id

    async def stocked(self, sku: str, location: str, quantity: int) -> None:
        """Keep so many pieces of a product at a location."""
        place: dict[str, Any] = {**_ASKED, "sku": sku, "location": location}
        await self.do(RegisterStockItem(**place))
        await self.do(ReceiveStock(**place, movement_id=new_id(), quantity=quantity))

    async def kept(self, order: ConfirmedOrder, location: str) -> None:
        """Make all pieces of an order firm, under the reservation that its shipments name."""
        wanted = WantedStock(
            reservation_id="reservation-1",
            line_id="1",
            sku=order.sku,
            location=location,
            quantity=PIECES,
        )
        await self.do(
            ReserveStock(**_ASKED, order_id=order.order_id, lines=(wanted,), expires_at=SHIP_BY)
        )
        await self.do(
            AllocateReservation(
                **_ASKED,
                sku=order.sku,
                location=location,
                reservation_id=wanted.reservation_id,
            )
        )

    async def delivered(self, order: ConfirmedOrder, *, at: datetime = DELIVERED_AT) -> None:
        """Send all of the order, and tell it that the customer has it since then."""
        shipment_id = await self.planned(order)
        steps: tuple[tuple[str, Json], ...] = (
            ("pack", {"parcels": [{"parcel_id": "1"}]}),
            ("dispatch", {"tracking_number": "SB1", "carrier": "sandbox"}),
            ("record-delivered", {}),
        )
        for verb, body in steps:
            answer = await self._api.command(
                f"/v1/shipments/{shipment_id}/{verb}", body, headers=AS_STAFF
            )
            assert answer.status_code == 200, answer.text
        await self.do(
            RecordLinesDelivered(
                **_ASKED,
                order_id=order.order_id,
                shipment_id=shipment_id,
                lines=(part("1", PIECES),),
                delivered_at=at,
            )
        )

    async def do(self, command: Command) -> None:
        """Send a command of the system's."""
        await self._store.handler.handle(command, an_envelope(new_id(), actor=SYSTEM))


_ASKED: Final[dict[str, Any]] = {"actor": SYSTEM, "asked_at": DELIVERED_AT}
