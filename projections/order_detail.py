"""Everything there is to know about one order: what do client and support see?

Key: the order. Personal data (addresses, notes, reasons of holds) stands in columns of its own, so
that they can be granted, encrypted and erased apart from the rest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from domain.envelope import ActorKind, RecordedEvent
from domain.order import Lifecycle
from domain.order_edit import EditOperation, difference
from domain.order_events import (
    OrderCancellationRefused,
    OrderCancellationRequested,
    OrderCancelled,
    OrderEdited,
    OrderEditProposed,
    OrderEditRejected,
    OrderEvent,
    OrderFlaggedOverdue,
    OrderHeld,
    OrderHoldReleased,
    OrderNoteAdded,
    OrderPlaced,
    OrderRejected,
    OrderShippingAddressChanged,
)
from domain.order_parts import (
    Address,
    AppliedCoupon,
    CancellationReason,
    HoldDecision,
    HoldKind,
    NoteVisibility,
    OrderLine,
    OrderPersonal,
    OriginKind,
    RejectionReason,
    ShippingLine,
    Totals,
)
from domain.order_progress import Lines, Payments, lines_placed, payments_placed
from domain.order_states import FulfilmentState, PaymentState, ReturnState
from domain.replace import replace
from projections.order_standing import ORDER_EVENTS, payment_state_placed, standing_after
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNote:
    """A note, who wrote it and when."""

    note_id: str
    visibility: NoteVisibility
    text: str
    author_kind: ActorKind
    author_id: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHold:
    """A hold: why, by whom, and what became of it; `decision` is None while it is open."""

    hold_id: str
    kind: HoldKind
    reason: str
    placed_by: str
    placed_at: datetime
    decision: HoldDecision | None = None
    decision_note: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedStage:
    """A stage, begun at `since`, that was found to take too long. Units: seconds."""

    stage: str
    since: datetime
    sla_seconds: int
    flagged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedEdit:
    """A change of the order that is not decided yet. Units: minor units, less when below zero."""

    edit_id: str
    operations: tuple[EditOperation, ...]
    totals_after: Totals
    delta_minor: int
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order as it stands.

    Units: minor units of `currency`; `version` is the place in the order's stream. The totals are
    those of the order as it was placed, and changed by edits since; `cancelled_minor` is what of
    `grand_minor` is no longer owed. `recorded_at` is the database's clock at the last event. The
    fields `cancellation_…` tell the last cancellation that was asked for and not refused. Shape:
    `progress` has one element per line, in the order of `lines`; `holds` and `flagged_stages` come
    in the order of their times.
    """

    order_id: str
    order_number: str
    customer_id: str
    lifecycle: Lifecycle
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    return_state: ReturnState
    currency: str
    channel: str
    country: str
    price_list: str
    origin_kind: OriginKind
    origin_ref: str | None
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ShippingLine, ...]
    item_count: int
    units: int
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    grand_minor: int
    cancelled_minor: int
    shipping_method: str | None
    payment_method_ref: str | None
    allow_backorder: bool
    allow_split: bool
    policy_version: str
    calc_version: int
    shipping_address: Address | None
    billing_address: Address | None
    note: str | None
    notes: tuple[OrderNote, ...]
    cancellation_id: str | None
    cancellation_reason: CancellationReason | None
    cancellation_note: str | None
    cancellation_requested_by: ActorKind | None
    cancellation_requested_at: datetime | None
    cancelled_at: datetime | None
    version: int
    recorded_at: datetime
    last_position: int
    pay_by: datetime | None
    coupons: tuple[AppliedCoupon, ...]
    confirmed_at: datetime | None
    rejection_reason: RejectionReason | None
    holds: tuple[OrderHold, ...]
    flagged_stages: tuple[FlaggedStage, ...]
    progress: Lines
    payments: Payments
    edit: ProposedEdit | None


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.order_id,),) if isinstance(data, OrderEvent) else ()


def _evolve(row: OrderDetail | None, event: RecordedEvent, _key: Key) -> OrderDetail:
    data = event.data
    if isinstance(data, OrderPlaced):
        assert row is None, "an order is placed once"
        return _placed(data, event)
    assert row is not None, "an order is placed before anything else happens to it"
    # In one go: so wide a row takes 10 µs to replace.
    return replace(
        row,
        recorded_at=event.recorded_at,
        **standing_after(row, event),
        **_told_by(row, event),
    )


def _told_by(row: OrderDetail, event: RecordedEvent) -> dict[str, Any]:
    """Answer what an event says beside where the order stands. Shape: column -> value."""
    data = event.data
    match data:
        case OrderShippingAddressChanged():
            return {"shipping_address": data.personal.shipping_address}
        case OrderNoteAdded():
            return {"notes": (*row.notes, _note(data, event))}
        case OrderHeld() | OrderHoldReleased():
            return {"holds": _holds(row.holds, data, event)}
        case OrderEditProposed() | OrderEdited() | OrderEditRejected():
            return _edited(row, data, event)
        case OrderFlaggedOverdue():
            return {"flagged_stages": (*row.flagged_stages, _flagged(data, event))}
        case _:
            return _told_of_the_end(event)


def _told_of_the_end(event: RecordedEvent) -> dict[str, Any]:
    data = event.data
    match data:
        case OrderCancellationRequested():
            return _cancellation(data, event)
        case OrderCancellationRefused():
            return _NO_CANCELLATION
        case OrderCancelled():
            return {"cancelled_at": event.occurred_at}
        case OrderRejected():
            return {"rejection_reason": data.reason}
        case _:
            return {}


def _placed(placed: OrderPlaced, event: RecordedEvent) -> OrderDetail:
    totals = placed.totals
    personal = placed.personal or OrderPersonal()
    return OrderDetail(
        order_id=placed.order_id,
        order_number=placed.order_number,
        customer_id=placed.customer_id,
        lifecycle=Lifecycle.PENDING,
        payment_state=payment_state_placed(placed),
        fulfilment_state=FulfilmentState.UNFULFILLED,
        return_state=ReturnState.NONE,
        currency=placed.currency,
        channel=placed.channel,
        country=placed.country,
        price_list=placed.price_list,
        origin_kind=placed.origin.kind,
        origin_ref=placed.origin.ref,
        placed_at=placed.placed_at,
        lines=placed.lines,
        shipping_lines=placed.shipping_lines,
        item_count=len(placed.lines),
        units=sum(line.quantity for line in placed.lines),
        subtotal_minor=totals.subtotal_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        grand_minor=totals.grand_minor,
        cancelled_minor=0,
        shipping_method=placed.shipping_method,
        payment_method_ref=placed.payment_method_ref,
        allow_backorder=placed.allow_backorder,
        allow_split=placed.allow_split,
        policy_version=placed.policy_version,
        calc_version=placed.calc_version,
        shipping_address=personal.shipping_address,
        billing_address=personal.billing_address,
        note=personal.note,
        notes=(),
        cancellation_id=None,
        cancellation_reason=None,
        cancellation_note=None,
        cancellation_requested_by=None,
        cancellation_requested_at=None,
        cancelled_at=None,
        version=event.version,
        recorded_at=event.recorded_at,
        last_position=event.position,
        pay_by=placed.pay_by,
        coupons=placed.coupons,
        confirmed_at=None,
        rejection_reason=None,
        holds=(),
        flagged_stages=(),
        progress=lines_placed(placed.lines),
        payments=payments_placed(placed),
        edit=None,
    )


def _edited(
    row: OrderDetail,
    data: OrderEditProposed | OrderEdited | OrderEditRejected,
    event: RecordedEvent,
) -> dict[str, Any]:
    match data:
        case OrderEditProposed():
            proposed = ProposedEdit(
                edit_id=data.edit_id,
                operations=data.operations,
                totals_after=data.totals_after,
                delta_minor=data.delta_minor,
                proposed_by=event.metadata.actor.id,
                proposed_at=event.occurred_at,
            )
            return {"edit": proposed}
        case OrderEditRejected():
            return {"edit": None}
        case OrderEdited():
            more = difference(data.totals_after, data.totals_before)
            return {
                "edit": None,
                "lines": data.content.lines,
                "shipping_lines": data.content.shipping_lines,
                "coupons": data.content.coupons,
                "subtotal_minor": row.subtotal_minor + more.subtotal_minor,
                "discount_minor": row.discount_minor + more.discount_minor,
                "shipping_minor": row.shipping_minor + more.shipping_minor,
                "tax_minor": row.tax_minor + more.tax_minor,
            }
        case _:
            assert_never(data)


_NO_CANCELLATION: Final[dict[str, Any]] = {
    "cancellation_id": None,
    "cancellation_reason": None,
    "cancellation_note": None,
    "cancellation_requested_by": None,
    "cancellation_requested_at": None,
}


def _cancellation(requested: OrderCancellationRequested, event: RecordedEvent) -> dict[str, Any]:
    return {
        "cancellation_id": requested.cancellation_id,
        "cancellation_reason": requested.reason_code,
        "cancellation_note": None if requested.personal is None else requested.personal.text,
        "cancellation_requested_by": requested.requested_by,
        "cancellation_requested_at": event.occurred_at,
    }


def _holds(
    holds: tuple[OrderHold, ...], data: OrderHeld | OrderHoldReleased, event: RecordedEvent
) -> tuple[OrderHold, ...]:
    actor = event.metadata.actor.id
    if isinstance(data, OrderHeld):
        held = OrderHold(
            hold_id=data.hold_id,
            kind=data.kind,
            reason=data.personal.text,
            placed_by=actor,
            placed_at=event.occurred_at,
        )
        return (*holds, held)
    return tuple(
        replace(
            each,
            decision=data.decision,
            decision_note=None if data.personal is None else data.personal.text,
            decided_by=actor,
            decided_at=event.occurred_at,
        )
        if each.hold_id == data.hold_id
        else each
        for each in holds
    )


def _flagged(flagged: OrderFlaggedOverdue, event: RecordedEvent) -> FlaggedStage:
    return FlaggedStage(
        stage=flagged.stage,
        since=flagged.since,
        sla_seconds=flagged.sla_seconds,
        flagged_at=event.occurred_at,
    )


def _note(added: OrderNoteAdded, event: RecordedEvent) -> OrderNote:
    return OrderNote(
        note_id=added.note_id,
        visibility=added.visibility,
        text=added.personal.text,
        author_kind=event.metadata.actor.kind,
        author_id=event.metadata.actor.id,
        written_at=event.occurred_at,
    )


ORDER_DETAIL: Final = Projection(
    name="order_detail",
    fold_version="4",
    row_type=OrderDetail,
    key_columns=("order_id",),
    handles=ORDER_EVENTS,
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({OrderPlaced}),
    personal=frozenset(
        {
            OrderPlaced,
            OrderShippingAddressChanged,
            OrderCancellationRequested,
            OrderHeld,
            OrderHoldReleased,
            OrderNoteAdded,
        }
    ),
)
