"""The stock of a product at one place: how much can be sold, and what is kept for whom?

Stream `stock-<sku>@<location>`; its events stand in `stock_events.py`. The numbers are counted in
pieces: on_hand (physically there, quarantined ones included), reserved (soft, expires), allocated
(firm), backordered (promised without being there). What can be sold is
`on_hand - quarantined - safety_stock - reserved - allocated`, which a count may take below zero.

A reservation and an operation are remembered for ever, so that a repeat is recognised however late
it comes; the maps are persistent, so an event costs O(log n).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from immutables import Map

from domain.replace import replace
from domain.stock_events import (
    BackorderFilled,
    BackorderPolicySet,
    SafetyStockSet,
    StockAdjusted,
    StockAllocated,
    StockBackordered,
    StockCounted,
    StockDeducted,
    StockDepleted,
    StockEvent,
    StockIssued,
    StockItemRegistered,
    StockLevelLow,
    StockQuarantined,
    StockReceived,
    StockReservationExpired,
    StockReservationExtended,
    StockReservationReleased,
    StockReserved,
    StockReturned,
    StockWrittenOff,
)
from domain.stock_operations import (
    deducted,
    deduction,
    digest,
    fill,
    filled,
    moved,
    movement,
    release,
    released,
    restocked,
    restocking,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What is kept, or promised, for one line of an order.

    Units: pieces; `asked` is what the line wanted, the others what has become of it so far.
    """

    order_id: str
    line_id: str
    asked: int
    reserved: int = 0
    backordered: int = 0
    allocated: int = 0
    expires_at: datetime | None = None
    has_expired: bool = False
    was_allocated: bool = False

    @property
    def open_quantity(self) -> int:
        """Tell how many pieces are still kept or promised."""
        return self.reserved + self.backordered + self.allocated


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """The stock of a product at a location, as its events left it.

    Shape: `reservations` holds closed ones too. `operations`: operation -> a digest of what it
    was, to tell a repeat from another use of its id. `backorders` are the reservations that wait
    for pieces, first come first.
    """

    sku: str
    location: str
    on_hand: int = 0
    quarantined: int = 0
    safety_stock: int = 0
    reserved: int = 0
    allocated: int = 0
    backordered: int = 0
    backorder_limit: int = 0
    expected_at: datetime | None = None
    reservations: Map[str, Reservation]
    operations: Map[str, bytes]
    backorders: tuple[str, ...] = ()

    @property
    def available(self) -> int:
        """Tell how many pieces can be sold; below zero when more were kept than are there."""
        held_back = self.quarantined + self.safety_stock
        return self.on_hand - held_back - self.reserved - self.allocated

    def may_backorder(self, quantity: int) -> bool:
        """Tell whether so many more pieces may be promised without being there."""
        return self.backordered + quantity <= self.backorder_limit


def evolve_stock_item(state: StockItem | None, event: StockEvent) -> StockItem:
    """Answer the stock after the event."""
    if isinstance(event, StockItemRegistered):
        assert state is None
        return StockItem(
            sku=event.sku, location=event.location, reservations=Map(), operations=Map()
        )
    assert state is not None
    match event:
        case StockReceived() | StockAdjusted() | StockCounted() | StockIssued():
            return _moved(state, event)
        case SafetyStockSet() | BackorderPolicySet():
            return _policy_set(state, event)
        case StockReturned() | StockQuarantined() | StockWrittenOff():
            return _restocked(state, event)
        case StockLevelLow() | StockDepleted():
            return state
        case _:
            return _reservation_changed(state, event)


def _policy_set(state: StockItem, event: SafetyStockSet | BackorderPolicySet) -> StockItem:
    if isinstance(event, SafetyStockSet):
        return replace(state, safety_stock=event.quantity)
    return replace(state, backorder_limit=event.limit, expected_at=event.expected_at)


def _moved(
    state: StockItem, event: StockReceived | StockAdjusted | StockCounted | StockIssued
) -> StockItem:
    if isinstance(event, StockIssued):
        # A repeat is recognised by the order: its parcel is in the same append.
        assert event.quantity <= state.on_hand
        return replace(state, on_hand=state.on_hand - event.quantity)
    match event:
        case StockReceived():
            on_hand = state.on_hand + event.quantity
        case StockAdjusted():
            on_hand = state.on_hand + event.delta
        case StockCounted():
            assert state.on_hand == event.before
            on_hand = event.counted
        case _:
            assert_never(event)
    assert on_hand >= 0
    operations = _with(state, movement(event.movement_id), moved(event))
    return replace(state, on_hand=on_hand, operations=operations)


def _restocked(
    state: StockItem, event: StockReturned | StockQuarantined | StockWrittenOff
) -> StockItem:
    kept = 0 if isinstance(event, StockWrittenOff) else event.quantity
    quarantined = event.quantity if isinstance(event, StockQuarantined) else 0
    return replace(
        state,
        on_hand=state.on_hand + kept,
        quarantined=state.quarantined + quarantined,
        operations=_with(state, restocking(event.return_id, event.line_id), restocked(event)),
    )


ReservationEvent = (
    StockReserved
    | StockBackordered
    | StockReservationExtended
    | StockAllocated
    | StockReservationReleased
    | StockReservationExpired
    | StockDeducted
    | BackorderFilled
)


def _reservation_changed(state: StockItem, event: ReservationEvent) -> StockItem:
    match event:
        case StockReserved() | StockBackordered():
            return _kept(state, event)
        case StockReservationExtended() | StockAllocated() | StockReservationExpired():
            return _soft_part_changed(state, event)
        case StockReservationReleased():
            return _released(state, event)
        case StockDeducted():
            return _deducted(state, event)
        case BackorderFilled():
            return _filled(state, event)
        case _:
            assert_never(event)


def _kept(state: StockItem, event: StockReserved | StockBackordered) -> StockItem:
    known = state.reservations.get(event.reservation_id) or Reservation(
        order_id=event.order_id, line_id=event.line_id, asked=event.asked_quantity
    )
    if isinstance(event, StockReserved):
        assert known.reserved == 0
        kept = replace(known, reserved=event.quantity, expires_at=event.expires_at)
        return _put(state, event, kept)
    assert known.backordered == 0
    promised = replace(known, backordered=event.quantity)
    return _put(
        replace(state, backorders=(*state.backorders, event.reservation_id)), event, promised
    )


def _soft_part_changed(
    state: StockItem, event: StockReservationExtended | StockAllocated | StockReservationExpired
) -> StockItem:
    known = state.reservations[event.reservation_id]
    if isinstance(event, StockReservationExtended):
        return _put(state, event, replace(known, expires_at=event.expires_at))
    assert known.reserved == event.quantity
    known = replace(known, reserved=0, expires_at=None)
    if isinstance(event, StockReservationExpired):
        assert known.backordered == event.from_backordered
        return _put(state, event, replace(known, backordered=0, has_expired=True))
    allocated = known.allocated + event.quantity
    return _put(state, event, replace(known, allocated=allocated, was_allocated=True))


def _released(state: StockItem, event: StockReservationReleased) -> StockItem:
    known = state.reservations[event.reservation_id]
    rest = replace(
        known,
        backordered=known.backordered - event.from_backordered,
        reserved=known.reserved - event.from_reserved,
        allocated=known.allocated - event.from_allocated,
    )
    what = released(event.reservation_id, event.asked_quantity)
    operations = _with(state, release(event.release_id), what)
    if not rest.reserved:
        rest = replace(rest, expires_at=None)
    return _put(replace(state, operations=operations), event, rest)


def _deducted(state: StockItem, event: StockDeducted) -> StockItem:
    known = state.reservations[event.reservation_id]
    operation = deduction(event.reservation_id, event.shipment_id)
    state = replace(
        state,
        on_hand=state.on_hand - event.quantity,
        operations=_with(state, operation, deducted(event.quantity)),
    )
    assert state.on_hand >= 0
    return _put(state, event, replace(known, allocated=known.allocated - event.quantity))


def _filled(state: StockItem, event: BackorderFilled) -> StockItem:
    known = state.reservations[event.reservation_id]
    operation = fill(event.movement_id, event.reservation_id)
    state = replace(state, operations=_with(state, operation, filled(event.quantity)))
    firm = replace(
        known,
        backordered=known.backordered - event.quantity,
        allocated=known.allocated + event.quantity,
    )
    return _put(state, event, firm)


def _put(state: StockItem, event: ReservationEvent, reservation: Reservation) -> StockItem:
    """Answer the stock with a reservation as it is now; the sums follow it."""
    old = state.reservations.get(event.reservation_id)
    before = (0, 0, 0) if old is None else (old.reserved, old.allocated, old.backordered)
    assert min(reservation.reserved, reservation.allocated, reservation.backordered) >= 0
    backorders = state.backorders
    if before[2] and not reservation.backordered:
        backorders = tuple(each for each in backorders if each != event.reservation_id)
    return replace(
        state,
        reserved=state.reserved + reservation.reserved - before[0],
        allocated=state.allocated + reservation.allocated - before[1],
        backordered=state.backordered + reservation.backordered - before[2],
        reservations=state.reservations.set(event.reservation_id, reservation),
        backorders=backorders,
    )


def _with(state: StockItem, operation: str, what: str) -> Map[str, bytes]:
    assert operation not in state.operations
    return state.operations.set(operation, digest(operation, what))
