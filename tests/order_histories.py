"""What may become of orders, from their beginning to whichever end there is?

Seven lives that between them have every event of an order; they are part of tests/histories.py.
"""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from commands.registry import Command
from domain.events import Event
from domain.order_number import format_order_number
from domain.order_parts import HoldDecision, PaymentFactKind, RejectionReason
from tests.edit_examples import (
    a_full_price_order,
    adjust_price,
    an_application,
    an_edit,
    an_edit_rejection,
    remove_line,
    set_quantity,
    set_shipping,
)
from tests.examples import a_cancellation, a_note, an_address_change
from tests.order_examples import (
    a_completion,
    a_confirmation,
    a_finished_cancellation,
    a_flag,
    a_hold,
    a_hold_release,
    a_large_order,
    a_line_allocation,
    a_line_backorder,
    a_line_cancellation,
    a_parcel,
    a_parcel_delivery,
    a_payment_fact,
    a_refused_cancellation,
    a_rejection,
    a_return_end,
    a_return_request,
    a_second_delivery,
    a_second_parcel,
    accepted,
    an_accepted_return,
    an_order_expiry,
    part,
    pieces,
)

PLACED_AT: Final = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
"""Half past eleven at night in London, on the day before its clocks go back."""

FIRST_NUMBER: Final = 9_000_001

Step = Command | Event


def lives_of_orders() -> Iterator[tuple[Step, datetime]]:
    """Tell step by step what happens to seven orders, one after the other, and when."""
    lives = (_returned, _dwindling, _partly_sent, _rejected, _expired, _going_on, _edited)
    for number, life in enumerate(lives):
        order_id = str(uuid.UUID(int=0xE0 + number))
        placed_at = PLACED_AT + number * timedelta(days=1)
        for hours, step in enumerate(life(order_id, placed_at)):
            at = placed_at + timedelta(hours=5 * hours)
            yield _at(step, at), at


def order_placed(order_id: str, placed_at: datetime) -> Event:
    """Place one of the orders; its number follows from its id."""
    number = FIRST_NUMBER + uuid.UUID(order_id).int % 0xE0
    return a_large_order(
        order_id=order_id,
        placed_at=placed_at,
        pay_by=placed_at + timedelta(minutes=30),
        fingerprint=order_id,
        order_number=format_order_number("web", 26, number),
    )


def _at(step: Step, at: datetime) -> Step:
    return replace(step, asked_at=at) if isinstance(step, Command) else step


def _returned(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Held, paid, sent in two parcels, and sent back in part."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_hold(**of)
    yield a_hold(**of, hold_id="hold-2")
    yield a_hold_release(**of)
    yield an_address_change(**of)
    yield a_payment_fact(PaymentFactKind.REQUESTED, **of)
    yield a_payment_fact(PaymentFactKind.FAILED, 0, **of, payment_id="payment-0")
    yield a_payment_fact(**of)
    yield a_hold_release(**of, hold_id="hold-2", note=None)
    yield a_confirmation(**of)
    yield a_line_backorder(**of)
    yield a_flag(**of, since=placed_at)
    yield a_line_allocation(**of, lines=(part("1", 2), part("2", 1)))
    yield a_parcel(**of)
    yield a_payment_fact(PaymentFactKind.CAPTURED, 5_000, **of)
    yield a_payment_fact(PaymentFactKind.CAPTURED, 1_343, **of, operation_id="capture-2")
    yield a_second_parcel(**of)
    yield a_parcel_delivery(**of, delivered_at=placed_at + timedelta(days=3))
    yield a_second_delivery(**of, delivered_at=placed_at + timedelta(days=4))
    yield a_completion(**of)
    about: dict[str, Any] = {**of, "placed_at": placed_at}
    yield a_return_request(**about)
    yield a_return_end(**about)
    yield an_accepted_return(**of, lines=(accepted("1", 1, 1), accepted("2", 1)))
    yield a_payment_fact(PaymentFactKind.REFUNDED, 2_798, **of)
    yield a_return_request(**about, return_id="return-2", lines=(pieces("1", 3), pieces("2", 2)))
    yield an_accepted_return(
        **of,
        return_id="return-2",
        lines=(accepted("1", 3), accepted("2", 2)),
        refund_due_minor=3_000,
    )
    yield a_payment_fact(PaymentFactKind.DISPUTED, 500, **of)
    yield a_payment_fact(PaymentFactKind.DISPUTED, -500, **of, operation_id="won")
    yield a_payment_fact(PaymentFactKind.REFUNDED, 3_545, **of, operation_id="refund-2")


def _dwindling(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Fewer pieces, then none."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_payment_fact(**of)
    yield a_confirmation(**of)
    yield a_line_cancellation(**of)
    yield a_line_cancellation(**of, cancellation_id="lines-2", lines=(part("2", 1),))
    yield a_cancellation(**of, note=None)
    yield a_finished_cancellation(**of, released=(pieces("1", 3),), voided_minor=6_343)
    yield a_payment_fact(PaymentFactKind.VOIDED, **of)


def _partly_sent(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """The rest is cancelled after a part has left."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_payment_fact(**of)
    yield a_confirmation(**of)
    yield a_parcel(**of)
    yield a_payment_fact(PaymentFactKind.CAPTURED, **of)
    yield a_cancellation(**of)
    yield a_finished_cancellation(**of)
    yield a_payment_fact(PaymentFactKind.REFUNDED, 1_575, **of)
    yield a_parcel_delivery(**of)
    yield a_completion(**of)


def _rejected(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Held for good."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_payment_fact(PaymentFactKind.FAILED, 0, **of)
    yield a_hold(**of)
    yield a_hold_release(**of, decision=HoldDecision.REJECT)
    yield a_rejection(**of, reason=RejectionReason.FRAUD, details=None)


def _expired(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Nobody pays for what is left after lines were cancelled."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_line_cancellation(**of)
    yield an_order_expiry(**of, deadline=placed_at + timedelta(minutes=30))
    yield a_note(**of)


def _going_on(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Its cancellation is refused, and nothing is left to send but a promise."""
    of: dict[str, Any] = {"order_id": order_id}
    yield order_placed(order_id, placed_at)
    yield a_cancellation(**of, cancellation_id="at-once")
    yield a_refused_cancellation(**of, cancellation_id="at-once")
    yield a_confirmation(**of)
    yield a_cancellation(**of)
    yield a_refused_cancellation(**of)


def _edited(order_id: str, placed_at: datetime) -> Iterator[Step]:
    """Changed before and after it is confirmed, and once more in vain."""
    of: dict[str, Any] = {"order_id": order_id}
    yield replace(
        a_full_price_order(),
        **{
            field: getattr(order_placed(order_id, placed_at), field)
            for field in ("order_id", "placed_at", "pay_by", "fingerprint", "order_number")
        },
    )
    yield an_edit(set_quantity("2", 5), set_shipping("pallet"), **of)
    yield an_application(**of)
    yield a_payment_fact(PaymentFactKind.AUTHORIZED, 12_798, **of)
    yield a_confirmation(**of, allocations=(pieces("1", 4), pieces("2", 5)), backorders=())
    yield an_edit(set_quantity("1", 5), remove_line("2"), **of, base_version=5, edit_id="edit-2")
    yield an_application(**of, edit_id="edit-2", allocations=(pieces("1", 1),))
    yield an_edit(adjust_price("1", 1_000), **of, base_version=7, edit_id="edit-3")
    yield an_edit_rejection(**of, edit_id="edit-3")
    yield an_edit(adjust_price("1", 900), **of, base_version=9, edit_id="edit-4")
    yield a_cancellation(**of)
