"""How does the fulfilment process keep stock, make it firm and give it back?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from commands.allocate_reservation import AllocateReservation
from commands.extend_reservation import ExtendReservation
from commands.fulfilment_step import FULFILMENT, Step
from commands.release_reservation import ReleaseReservation
from commands.reserve_stock import ReserveStock, WantedStock
from domain.about_order import facts_of
from domain.errors import Refusal
from domain.events import stock_stream
from domain.fulfilment_events import (
    FulfilmentStockKept,
    KeptPieces,
    MissingPieces,
    StockReservationRejected,
)
from domain.order_parts import LineQuantity
from domain.stock_events import ReleaseReason
from domain.stock_item import Reservation


def keep_stock(
    step: Step, wanted: Sequence[LineQuantity], *, purpose: str, expires_at: datetime
) -> bool:
    """Reserve so many pieces of each line, all or nothing, and tell whether that was done.

    `purpose` tells this reservation from others for the same lines.
    """
    location_of = _locations(step, wanted)
    kept = tuple(
        KeptPieces(
            reservation_id=step.derived_id("reserve", each.line_id, purpose),
            line_id=each.line_id,
            sku=each.sku,
            location=location_of[each.line_id],
            quantity=each.quantity,
        )
        for each in wanted
    )
    command = ReserveStock(
        actor=FULFILMENT,
        asked_at=step.now,
        order_id=step.order_id,
        lines=tuple(
            WantedStock(
                reservation_id=each.reservation_id,
                line_id=each.line_id,
                sku=each.sku,
                location=each.location,
                quantity=each.quantity,
            )
            for each in kept
        ),
        expires_at=expires_at,
        allow_backorder=step.order.allow_backorder,
    )
    outcome = step.send(command)
    if isinstance(outcome, Refusal):
        step.script.append(
            StockReservationRejected(**facts_of(step.order), missing=_missing(outcome))
        )
        return False
    step.script.append(FulfilmentStockKept(**facts_of(step.order), kept=kept))
    return True


def _missing(refusal: Refusal) -> tuple[MissingPieces, ...]:
    return tuple(
        MissingPieces(
            sku=str(item.get("sku")),
            location=str(item.get("location")),
            requested=int(item.get("requested") or 0),
            available=int(item.get("available") or 0),
        )
        for item in refusal.items
    )


def _locations(step: Step, wanted: Sequence[LineQuantity]) -> dict[str, str]:
    """Choose where the pieces of each line come from: from one place if that can be.

    Where no place has everything, each line comes from the first place that has enough of it, if
    the customer takes several parcels; else all comes from the first place, there or promised.
    """
    locations = step.policy.locations
    first, line_ids = locations[0], [each.line_id for each in wanted]
    if len(locations) == 1:
        return dict.fromkeys(line_ids, first)
    needed: dict[str, int] = {}
    for each in wanted:
        needed[each.sku] = needed.get(each.sku, 0) + each.quantity
    step.script.require(*(stock_stream(sku, each) for each in locations for sku in sorted(needed)))
    for location in locations:
        if all(_has(step, sku, quantity, location) for sku, quantity in needed.items()):
            return dict.fromkeys(line_ids, location)
    if not step.order.allow_split:
        return dict.fromkeys(line_ids, first)
    return {
        line.line_id: next(
            (each for each in locations if _has(step, line.sku, needed[line.sku], each)), first
        )
        for line in wanted
    }


def _has(step: Step, sku: str, quantity: int, location: str) -> bool:
    """Tell whether a place has so many pieces of a product."""
    item = step.stock_item(sku, location)
    return item is not None and item.available >= quantity


def reservations(step: Step) -> list[tuple[KeptPieces, Reservation]]:
    """Answer every reservation of the order with what has become of it."""
    process = step.process
    if process is None or not process.kept:
        return []
    kept = list(process.kept.values())
    step.script.require(*sorted({stock_stream(each.sku, each.location) for each in kept}))
    found: list[tuple[KeptPieces, Reservation]] = []
    for each in sorted(kept, key=lambda pieces: pieces.reservation_id):
        item = step.stock_item(each.sku, each.location)
        assert item is not None
        found.append((each, item.reservations[each.reservation_id]))
    return found


def expired_lines(step: Step) -> tuple[LineQuantity, ...]:
    """Tell which lines have lost pieces to the clock, and how many of those are wanted."""
    found = reservations(step)
    lost = {each.line_id for each, reservation in found if reservation.has_expired}
    left: dict[str, int] = {}
    for each, reservation in found:
        left[each.line_id] = left.get(each.line_id, 0) + reservation.open_quantity
    return tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=missing)
        for line in step.order.progress
        if line.line_id in lost and (missing := line.unshipped - left[line.line_id]) > 0
    )


def keep_again(step: Step) -> bool:
    """Reserve once more what has expired; false when that cannot be done, or was done before."""
    lost = expired_lines(step)
    if not lost:
        return True
    expires_at = step.now + step.policy.reservation_grace
    return keep_stock(step, lost, purpose="again", expires_at=expires_at) and not expired_lines(
        step
    )


def make_firm(step: Step) -> bool:
    """Allocate everything that is reserved; what has just expired is reserved again, once."""
    return keep_again(step) and all(
        _allocate(step, each) for each, held in reservations(step) if held.reserved
    )


def _allocate(step: Step, pieces: KeptPieces) -> bool:
    return step.succeeds(
        AllocateReservation(
            actor=FULFILMENT,
            asked_at=step.now,
            sku=pieces.sku,
            location=pieces.location,
            reservation_id=pieces.reservation_id,
        )
    )


def extend_stock(step: Step, until: datetime) -> None:
    """Keep what is reserved for longer."""
    for each, held in reservations(step):
        if held.reserved and held.expires_at is not None and held.expires_at < until:
            step.send(
                ExtendReservation(
                    actor=FULFILMENT,
                    asked_at=step.now,
                    sku=each.sku,
                    location=each.location,
                    reservation_id=each.reservation_id,
                    expires_at=until,
                )
            )


def kept_for(step: Step, purpose: str) -> list[tuple[KeptPieces, Reservation]]:
    """Answer the reservations that were made for a purpose."""
    return [
        (each, held)
        for each, held in reservations(step)
        if each.reservation_id == step.derived_id("reserve", each.line_id, purpose)
    ]


def give_stock_back(
    step: Step,
    reason: ReleaseReason,
    purpose: str,
    kept: Sequence[tuple[KeptPieces, Reservation]] | None = None,
) -> None:
    """Give everything back that is kept, promised or firm, and has not left, or that of `kept`."""
    for each, held in reservations(step) if kept is None else kept:
        if held.open_quantity:
            _release(step, each, reason, purpose, None)


def give_pieces_back(
    step: Step, quantities: Mapping[str, int], reason: ReleaseReason, purpose: str
) -> None:
    """Give so many pieces of each line back: as many promised ones as there are, then others."""
    found, left, given = reservations(step), dict(quantities), dict[str, int]()
    parts = [(each, held.backordered) for each, held in found]
    parts += [(each, held.reserved + held.allocated) for each, held in found]
    for each, there in parts:
        quantity = min(left.get(each.line_id, 0), there)
        left[each.line_id] = left.get(each.line_id, 0) - quantity
        given[each.reservation_id] = given.get(each.reservation_id, 0) + quantity
    for each, _ in found:
        if given[each.reservation_id]:
            _release(step, each, reason, purpose, given[each.reservation_id])


def give_missing_back(step: Step, reservation_id: str, quantity: int, purpose: str) -> None:
    """Give up pieces of a reservation that were not found on the shelf."""
    for each, held in reservations(step):
        if each.reservation_id == reservation_id:
            _release(step, each, ReleaseReason.SHORTED, purpose, min(quantity, held.open_quantity))


def _release(
    step: Step, pieces: KeptPieces, reason: ReleaseReason, purpose: str, quantity: int | None
) -> None:
    step.send(
        ReleaseReservation(
            actor=FULFILMENT,
            asked_at=step.now,
            sku=pieces.sku,
            location=pieces.location,
            reservation_id=pieces.reservation_id,
            release_id=step.derived_id("release", pieces.reservation_id, purpose),
            reason=reason,
            quantity=quantity,
        )
    )


def pieces_per_line(step: Step) -> tuple[dict[str, int], dict[str, int]]:
    """Tell how many pieces of each line are firm, and how many are promised."""
    firm: dict[str, int] = {}
    promised: dict[str, int] = {}
    for each, held in reservations(step):
        firm[each.line_id] = firm.get(each.line_id, 0) + held.allocated
        promised[each.line_id] = promised.get(each.line_id, 0) + held.backordered
    return firm, promised


def held_pieces(step: Step, line_ids: Iterable[str]) -> list[tuple[KeptPieces, int]]:
    """Answer the firm pieces of lines with the reservations that keep them."""
    wanted = set(line_ids)
    return [
        (each, held.allocated)
        for each, held in reservations(step)
        if held.allocated and each.line_id in wanted
    ]
