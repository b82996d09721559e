"""Does the shop see over HTTP what it should see to: stock, promises, holds, late orders?"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.cursors import encode_cursor
from commands.advance_fulfilment import AdvanceFulfilment
from commands.allocate_reservation import AllocateReservation
from commands.fire_timer import FireTimer
from commands.fulfilment_step import FULFILMENT
from commands.policies import is_input, order_id_of
from commands.record_authorized import RecordAuthorized
from commands.registry import Command
from commands.require_intervention import RequireIntervention
from commands.reserve_stock import ReserveStock, WantedStock
from domain.envelope import RecordedEvent
from domain.fulfilment_events import TimerSet
from domain.fulfilment_policy import FulfilmentPolicy
from domain.payment_events import PaymentRequested
from tests.api_client import AS_STAFF, ApiClient, acting_as, api_on, new_id
from tests.catching_up import Projectors, projectors_on
from tests.examples import STAFF
from tests.examples_log import a_store, an_envelope
from tests.running_workers import read_log

Json = dict[str, Any]
THREE_DAYS_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
"""When everything here happens, so that deadlines have passed by now."""

LISTS = ("/v1/reservations", "/v1/backorders", "/v1/holds", "/v1/stuck-orders")


@dataclass(frozen=True, slots=True)
class Shop:
    """An API, its tables, and a process that reacts when it is told to."""

    api: ApiClient
    projectors: Projectors
    database_url: str

    async def do(self, *commands: Command) -> None:
        """Carry commands out as the system does, and bring the tables up to date."""
        async with a_store(self.database_url) as store:
            for command in commands:
                await store.handler.handle(command, an_envelope())
        await self.projectors.catch_up()

    async def post(self, path: str, **body: object) -> None:
        """Send a command as staff."""
        answer = await self.api.command(path, body, headers=AS_STAFF)
        assert answer.is_success, answer.text

    async def listed(self, path: str, name: str | None = None, **wanted: str) -> list[Json]:
        """Read a list from its first page to its last, a row at a time."""
        rows: list[Json] = []
        while True:
            answer = await self.api.http.get(path, params={**wanted, "limit": 1}, headers=AS_STAFF)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page[name or path.removeprefix("/v1/").replace("-", "_")]
            if page["next_cursor"] is None:
                return rows
            wanted["cursor"] = page["next_cursor"]

    async def a_stock(self, pieces: int, **backorders: object) -> str:
        """Keep a new product, of which some pieces may be promised."""
        sku = await self.api.a_product()
        await self.post("/v1/stock", sku=sku, location="MAIN")
        place = f"/v1/stock/{sku}@MAIN"
        if pieces:
            await self.post(
                f"{place}/receive", movement_id=new_id(), quantity=pieces, reference="PO-1"
            )
        if backorders:
            await self.post(f"{place}/backorder-policy", **backorders)
        return sku

    async def react(self) -> None:
        """Let the process react to everything that it has not reacted to."""
        log = await read_log(self.database_url)
        await self.do(*(reaction_to(event) for event in log if is_input(event)))

    async def a_paid_order(self, risk_score: int) -> str:
        """Place an order and have it paid."""
        lines = [{"line_id": "1", "sku": await self.a_stock(10), "quantity": 2}]
        order = await self.api.an_order(lines=lines, payment_method_ref="card-ok")
        order_id: str = order["order_id"]
        await self.react()
        requested = [
            event.data
            for event in await read_log(self.database_url)
            if isinstance(event.data, PaymentRequested) and event.data.order_id == order_id
        ]
        await self.do(
            RecordAuthorized(
                actor=STAFF,
                asked_at=THREE_DAYS_AGO,
                payment_id=requested[0].payment_id,
                psp_ref="sb_1",
                amount_minor=requested[0].amount_minor,
                risk_score=risk_score,
            )
        )
        await self.react()
        return order_id

    async def timer(self, order_id: str, name: str) -> TimerSet:
        """Tell when the timer of an order whose name begins like this was set for last."""
        return [
            event.data
            for event in await read_log(self.database_url)
            if isinstance(event.data, TimerSet)
            and event.data.order_id == order_id
            and event.data.timer.startswith(name)
        ][-1]

    async def pass_by(self, order_id: str, name: str) -> TimerSet:
        """Let a deadline pass."""
        timer = await self.timer(order_id, name)
        await self.do(
            FireTimer(
                actor=STAFF,
                asked_at=timer.due_at,
                order_id=order_id,
                timer=timer.timer,
                token=timer.token,
            )
        )
        await self.react()
        return timer


def reaction_to(event: RecordedEvent) -> AdvanceFulfilment:
    return AdvanceFulfilment(
        actor=FULFILMENT,
        asked_at=THREE_DAYS_AGO,
        order_id=order_id_of(event),
        event=event,
        policy=FulfilmentPolicy(),
    )


def a_wish(sku: str, quantity: int, *, minutes: int = 20) -> ReserveStock:
    """Keep pieces for the only line of a new order, or promise them."""
    return ReserveStock(
        actor=STAFF,
        asked_at=THREE_DAYS_AGO,
        order_id=new_id(),
        lines=(
            WantedStock(
                reservation_id=new_id(), line_id="1", sku=sku, location="MAIN", quantity=quantity
            ),
        ),
        expires_at=THREE_DAYS_AGO + timedelta(minutes=minutes),
        allow_backorder=True,
    )


def text_of(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def shop(database_url: str) -> AsyncGenerator[Shop]:
    async with projectors_on(database_url) as projectors, api_on(database_url) as api:
        yield Shop(api, projectors, database_url)


async def test_reservations_are_listed_by_expiry_and_by_order(shop: Shop) -> None:
    sku = await shop.a_stock(10)
    late, soon, firm = (a_wish(sku, 2, minutes=minutes) for minutes in (30, 10, 20))
    (kept,) = firm.lines
    allocation = AllocateReservation(
        actor=STAFF,
        asked_at=THREE_DAYS_AGO,
        sku=sku,
        location="MAIN",
        reservation_id=kept.reservation_id,
    )
    await shop.do(late, soon, firm, allocation)

    expiring = await shop.listed("/v1/reservations")
    assert [row["order_id"] for row in expiring] == [soon.order_id, late.order_id]
    before = await shop.listed("/v1/reservations", expires_before=text_of(late.expires_at))
    assert before == expiring[:1]
    for order, found in ((soon, expiring[:1]), (late, [])):
        both = {"order_id": order.order_id, "expires_before": text_of(late.expires_at)}
        assert await shop.listed("/v1/reservations", **both) == found
    (of_order,) = await shop.listed("/v1/reservations", order_id=firm.order_id)
    position = of_order.pop("reserved_position")
    assert position == expiring[0]["reserved_position"] + 1
    del of_order["reserved_at"], of_order["recorded_at"]
    assert of_order == {
        "reservation_id": kept.reservation_id,
        "sku": sku,
        "location": "MAIN",
        "order_id": firm.order_id,
        "line_id": "1",
        "state": "allocated",
        "asked": 2,
        "reserved": 0,
        "backordered": 0,
        "allocated": 2,
        "expires_at": None,
        "promised_at": None,
    }


async def test_backorders_wait_in_turn_and_missed_promises_come_by_how_late_they_are(
    shop: Shop,
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    promises = (
        THREE_DAYS_AGO + timedelta(hours=2),
        THREE_DAYS_AGO + timedelta(hours=1),
        tomorrow,
    )
    wishes: list[ReserveStock] = []
    for promised_at in promises:
        sku = await shop.a_stock(1, limit=9, expected_at=text_of(promised_at))
        wishes.append(a_wish(sku, 3))
    nobody_said = a_wish(await shop.a_stock(0, limit=9), 1)
    await shop.do(*wishes, nobody_said)
    orders = [wish.order_id for wish in wishes]

    in_turn = await shop.listed("/v1/backorders")
    assert [row["order_id"] for row in in_turn] == [*orders, nobody_said.order_id]
    assert [row["quantity"] for row in in_turn] == [2, 2, 2, 1]
    assert [row["asked"] for row in in_turn] == [3, 3, 3, 1]
    assert in_turn[0]["promised_at"] == text_of(promises[0])
    missed = await shop.listed("/v1/backorders", missed="true")
    assert missed == [in_turn[1], in_turn[0]]
    (wanted,) = wishes[1].lines
    of_sku = await shop.listed("/v1/backorders", sku=wanted.sku, missed="true")
    assert of_sku == await shop.listed("/v1/backorders", sku=wanted.sku) == [in_turn[1]]


async def test_holds_are_listed_by_when_they_are_due(shop: Shop) -> None:
    risky = await shop.a_paid_order(90)
    deadline = (await shop.timer(risky, "hold_sla")).due_at
    calm = await shop.a_paid_order(5)
    await shop.post(f"/v1/orders/{calm}/holds", hold_id=new_id(), kind="address", reason="odd")
    await shop.projectors.catch_up()

    by_due = await shop.listed("/v1/holds")
    assert [row["order_id"] for row in by_due] == [risky, calm]
    assert (by_due[0]["kind"], by_due[0]["risk_score"]) == ("fraud", 90)
    assert by_due[0]["sla_at"] == by_due[0]["due_at"] == text_of(deadline)
    assert (by_due[1]["sla_at"], by_due[1]["due_at"]) == (None, by_due[1]["held_at"])
    assert await shop.listed("/v1/holds", kind="address") == by_due[1:]
    soon = text_of(deadline + timedelta(seconds=1))
    assert await shop.listed("/v1/holds", due_before=soon) == by_due[:1]
    hold = by_due[0]["holds"][0]["hold_id"]
    await shop.post(f"/v1/orders/{risky}/holds/{hold}/release", decision="approve")
    await shop.react()
    assert await shop.listed("/v1/holds") == by_due[1:]


async def test_stuck_orders_are_listed_by_how_late_they_are_and_counted(shop: Shop) -> None:
    unshipped, undecided, waiting = [await shop.a_paid_order(score) for score in (5, 90, 5)]
    await shop.do(
        RequireIntervention(
            actor=FULFILMENT,
            asked_at=THREE_DAYS_AGO,
            order_id=waiting,
            step="event:7",
            last_error="KeyError",
        )
    )
    ship_by = await shop.pass_by(unshipped, "ship_by")
    await shop.pass_by(undecided, "hold_sla")

    late = await shop.listed("/v1/stuck-orders")
    assert [row["order_id"] for row in late] == [undecided, unshipped, waiting]
    again = (await shop.timer(unshipped, "ship_by")).due_at
    told = late[1]
    assert told.pop("overdue_by_seconds") > 23 * 3600
    assert told.pop("entered_at") < told.pop("recorded_at")
    assert {name: told[name] for name in told.keys() - {"customer_id", "placed_at"}} == {
        "order_id": unshipped,
        "currency": "GBP",
        "stage": "fulfilling",
        "sla": ship_by.timer,
        "sla_at": text_of(ship_by.due_at),
        "overdue_since": text_of(ship_by.due_at),
        "waits_for_people": False,
        "troubles": [],
        "money_at_risk_minor": 0,
        "last_event": "timer-fired",
        "next_expected": ship_by.timer,
        "next_expected_at": text_of(again),
    }
    assert (late[2]["sla"], late[2]["waits_for_people"]) == (None, True)
    assert [each["step"] for each in late[2]["troubles"]] == ["event:7"]
    on_hold = await shop.listed("/v1/stuck-orders", stage="on_hold")
    assert [row["order_id"] for row in on_hold] == [undecided]
    counted = await shop.api.http.get("/v1/stuck-orders/stages", headers=AS_STAFF)
    assert counted.json()["stages"] == [
        {"stage": "fulfilling", "orders": 2, "overdue_since": text_of(ship_by.due_at)},
        {"stage": "on_hold", "orders": 1, "overdue_since": late[0]["overdue_since"]},
    ]


@pytest.mark.parametrize("path", [*LISTS, "/v1/stuck-orders/stages"])
async def test_worklists_are_for_the_shop_and_say_how_fresh_they_are(shop: Shop, path: str) -> None:
    await shop.api.a_product()
    position = await shop.projectors.catch_up()
    customer = acting_as(f"customer:{new_id()}")
    refused = await shop.api.http.get(path, headers=customer)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    answer = await shop.api.http.get(path, headers=AS_STAFF)
    assert (answer.status_code, answer.json()["as_of_position"]) == (200, position)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "place", [["x", "y"], ["-1", "y"], ["2026-01-01T00:00:00Z", "\0"], ["7", "\0"], ["7"]], ids=str
)
async def test_a_place_that_is_none_is_refused(shop: Shop, path: str, place: list[str]) -> None:
    filters = {
        "/v1/reservations": {"list": "reservations", "order_id": None, "expires_before": None},
        "/v1/backorders": {"list": "backorders", "sku": None, "missed": False},
        "/v1/holds": {"list": "holds", "kind": None, "due_before": None},
        "/v1/stuck-orders": {"list": "stuck_orders", "stage": None},
    }[path]
    cursor = encode_cursor(filters, place)
    answer = await shop.api.http.get(path, params={"cursor": cursor}, headers=AS_STAFF)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
