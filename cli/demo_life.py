"""What do people do with the demo's orders once they are decided on: decide, cancel, change, send?

Every step waits for the state that it needs and for the one that it leads to. So its outcome does
not hang on who is faster, and when the last one is done, nothing is under way any more.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from cli.demo_fates import RISKY, Fate
from cli.demo_orders import DemoOrder
from cli.demo_sender import Sender, acting, side_by_side
from cli.progress import progress

AT_A_TIME: Final = 24
"""Orders that somebody is busy with at the same time."""
STAFF: Final = acting("staff:demo")
SENT: Final = frozenset({Fate.SENT, Fate.SENT_IN_TWO, Fate.SENT_IN_PART, Fate.RETURNED})

Step = Callable[[DemoOrder], Awaitable[None]]
Read = dict[str, Any]


async def live(sender: Sender, orders: list[DemoOrder]) -> None:
    """Let all orders have their fates, one kind of step after the other.

    Raises:
        CommandFailed: the API refuses something, or something does not happen in time.
    """
    life = _Life(sender)
    steps: tuple[tuple[str, frozenset[Fate], Step], ...] = (
        ("Deciding holds", RISKY, life.decide_hold),
        ("Cancelling orders", frozenset({Fate.CANCELLED}), life.cancel),
        ("Changing orders", frozenset({Fate.CHANGED}), life.change),
        ("Sending parcels", SENT, life.send),
        ("Taking goods back", frozenset({Fate.RETURNED}), life.take_back),
    )
    for doing, fates, step in steps:
        concerned = [order for order in orders if order.fate in fates]
        if not concerned:
            continue
        with progress(doing, len(concerned), "orders") as advance:
            await side_by_side(concerned, _worker(step, advance), AT_A_TIME)


def _worker(
    step: Step, advance: Callable[[int], None]
) -> Callable[[Iterator[DemoOrder]], Awaitable[None]]:
    async def work(waiting: Iterator[DemoOrder]) -> None:
        for order in waiting:
            await step(order)
            advance(1)

    return work


@dataclass(frozen=True, slots=True)
class _Life:
    """The steps, each of one order."""

    sender: Sender

    async def decide_hold(self, order: DemoOrder) -> None:
        """Approve an order that is held for its risk, or reject it."""
        place = _place(order)
        held = await self.sender.until(_is_held, place)
        is_fraud = order.fate is Fate.FRAUD
        body = {"decision": "reject" if is_fraud else "approve", "note": "Called the customer."}
        path = f"{place}/holds/{held['holds'][0]['hold_id']}/release"
        await self.sender.post(path, body, f"release-{order.order_id}", STAFF)
        await self.sender.until(_is_given_up if is_fraud else _is_confirmed, place)

    async def cancel(self, order: DemoOrder) -> None:
        """Cancel a confirmed order before anything has left."""
        place = _place(order)
        await self.sender.until(_is_confirmed, place)
        body = {"cancellation_id": _id(place, "cancel"), "reason_code": order.cancel_reason}
        headers = acting(f"customer:{order.customer.customer_id}")
        await self.sender.post(f"{place}/cancel", body, f"cancel-{order.order_id}", headers)
        await self.sender.until(_is_given_up, place)

    async def change(self, order: DemoOrder) -> None:
        """Want a piece fewer of a confirmed order."""
        place, number = _place(order), order.changed_number
        await self.sender.until(_is_confirmed, place)
        read = await self.sender.read(place, consistency="strong")
        quantity = order.lines[number - 1].quantity - 1
        operation = {"kind": "set_quantity", "line_id": str(number), "quantity": quantity}
        body = {
            "edit_id": _id(place, "edit"),
            "base_version": read["version"],
            "operations": [operation],
        }
        await self.sender.post(f"{place}/edits", body, f"edit-{order.order_id}", STAFF)
        await self.sender.until(_is_changed(read["units"] - 1), place)

    async def send(self, order: DemoOrder) -> None:
        """Pick and pack what is to leave; the carrier takes it along, and tells when it is there.

        Who wants several parcels gets the first line in one of its own.
        """
        place = _place(order)
        planned = await self.sender.until(
            lambda read: bool(read["shipments"]), "/v1/shipments", order_id=order.order_id
        )
        (shipment,) = planned["shipments"]
        parcels = [shipment["shipment_id"]]
        if order.fate in {Fate.SENT_IN_TWO, Fate.SENT_IN_PART}:
            parcels.insert(0, await self._split(order, parcels[0]))
        if order.fate is Fate.SENT_IN_PART:
            parcels.pop()
        for shipment_id in parcels:
            parcel = f"/v1/shipments/{shipment_id}"
            await self.sender.post(f"{parcel}/start-picking", {}, f"pick-{shipment_id}", STAFF)
            body = {"parcels": [{"parcel_id": "1"}]}
            await self.sender.post(f"{parcel}/pack", body, f"pack-{shipment_id}", STAFF)
        await self.sender.until(
            _is_sent_in_part if order.fate is Fate.SENT_IN_PART else _is_completed, place
        )

    async def _split(self, order: DemoOrder, shipment_id: str) -> str:
        """Put the first line in a parcel of its own, and answer the name of that."""
        new_id = _id(_place(order), "parcel")
        line = {"line_id": "1", "quantity": order.lines[0].quantity}
        body = {"new_shipment_id": new_id, "lines": [line]}
        path = f"/v1/shipments/{shipment_id}/split"
        await self.sender.post(path, body, f"split-{order.order_id}", STAFF)
        return new_id

    async def take_back(self, order: DemoOrder) -> None:
        """Take pieces back, look at them, and wait until their price is given back."""
        assert order.coming_back is not None
        return_id = _id(_place(order), "return")
        place = f"/v1/returns/{return_id}"
        pieces: Read = {"line_id": "1", "quantity": order.coming_back.quantity}
        body: Read = {
            "return_id": return_id,
            "order_id": order.order_id,
            "lines": [{**pieces, "reason_code": "unwanted" if order.is_resold else "damaged"}],
        }
        await self.sender.post("/v1/returns", body, f"return-{order.order_id}")
        condition = "unopened" if order.is_resold else "damaged"
        inspected = {
            "line_id": "1",
            "accepted": pieces["quantity"],
            "disposition": "shelf" if order.is_resold else "write_off",
        }
        steps: tuple[tuple[str, Read], ...] = (
            ("approve", {}),
            (
                "receive",
                {
                    "receipt_id": _id(place, "receipt"),
                    "lines": [{**pieces, "condition": condition}],
                },
            ),
            ("inspect", {"lines": [inspected]}),
        )
        for verb, body in steps:
            await self.sender.post(f"{place}/{verb}", body, f"{verb}-{return_id}", STAFF)
        await self.sender.until(lambda read: read["status"] == "closed", place)


def _place(order: DemoOrder) -> str:
    return f"/v1/orders/{order.order_id}"


def _id(place: str, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{place}/{what}"))


def _is_held(order: Read) -> bool:
    return bool(order["holds"])


def _is_confirmed(order: Read) -> bool:
    return order["lifecycle"] == "confirmed"


def _is_completed(order: Read) -> bool:
    return order["lifecycle"] == "completed"


def _is_given_up(order: Read) -> bool:
    """Tell whether an order is over, and the money for it free again."""
    is_free = all(each["voided_minor"] == each["authorised_minor"] for each in order["payments"])
    return order["lifecycle"] in {"cancelled", "rejected"} and is_free


def _is_changed(units: int) -> Callable[[Read], bool]:
    return lambda order: order["units"] == units and order["edit"] is None


def _is_sent_in_part(order: Read) -> bool:
    is_paid = any(each["captured_minor"] for each in order["payments"])
    return order["fulfilment_state"] == "partially_delivered" and is_paid
