"""How does the fulfilment process keep stock, make it firm and give it back?"""

from collections.abc import Iterable, Mapping
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
from domain.stock_events import ReleaseReason
from domain.stock_item import Reservation


def keep_stock(
    step: Step, wanted: Mapping[str, int], *, purpose: str, expires_at: datetime
) -> bool:
    """Reserve so many pieces of each line, all or nothing, and tell whether that was done.

    `purpose` tells this reservation from others for the same lines.
    """
    lines = [line for line in step.order.lines if wanted.get(line.line_id)]
    location_of = _locations(step, {line.line_id: line.sku for line in lines}, wanted)
    kept = tuple(
        KeptPieces(
            reservation_id=step.derived_id("reserve", line.line_id, purpose),
            line_id=line.line_id,
            sku=line.sku,
            location=location_of[line.line_id],
            quantity=wanted[line.line_id],
        )
        for line in lines
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


def _locations(step: Step, skus: Mapping[str, str], wanted: Mapping[str, int]) -> dict[str, str]:
    """Choose where the pieces of each line come from: from one place if that can be.

    Where no place has everything, each line comes from the first place that has enough of it, if
    the customer takes several parcels; else all comes from the first place, there or promised.
    """
    locations = step.policy.locations
    first = locations[0]
    if len(locations) > 1:
        step.script.require(
            *(stock_stream(sku, each) for each in locations for sku in sorted(set(skus.values())))
        )
        for location in locations:
            if all(_has(step, skus, wanted, sku, location) for sku in skus.values()):
                return dict.fromkeys(skus, location)
    if not step.order.allow_split or len(locations) == 1:
        return dict.fromkeys(skus, first)
    return {
        line_id: next((each for each in locations if _has(step, skus, wanted, sku, each)), first)
        for line_id, sku in skus.items()
    }


def _has(
    step: Step, skus: Mapping[str, str], wanted: Mapping[str, int], sku: str, location: str
) -> bool:
    """Tell whether a place has enough of a product for all lines that want it."""
    item = step.stock_item(sku, location)
    needed = sum(wanted[line_id] for line_id, each in skus.items() if each == sku)
    return item is not None and item.available >= needed


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


def expired_lines(step: Step) -> dict[str, int]:
    """Tell which lines have lost their pieces to the clock, and how many.

    Shape: only lines for which nothing else is kept.
    """
    found = reservations(step)
    live = {each.line_id for each, reservation in found if reservation.open_quantity}
    return {
        each.line_id: each.quantity
        for each, reservation in found
        if reservation.has_expired and each.line_id not in live
    }


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


def give_stock_back(step: Step, reason: ReleaseReason, purpose: str) -> None:
    """Give everything back that is kept, promised or firm, and has not left."""
    for each, held in reservations(step):
        if held.open_quantity:
            _release(step, each, reason, purpose, None)


def give_pieces_back(
    step: Step, quantities: Mapping[str, int], reason: ReleaseReason, purpose: str
) -> None:
    """Give so many pieces of each line back."""
    left = dict(quantities)
    for each, held in reservations(step):
        quantity = min(left.get(each.line_id, 0), held.open_quantity)
        if quantity:
            left[each.line_id] -= quantity
            _release(step, each, reason, purpose, quantity)


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
