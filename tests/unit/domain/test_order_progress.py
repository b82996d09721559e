"""What becomes of the pieces of an order, and of the money of its payments?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from commands.registry import Command
from domain.events import Event
from domain.fold import as_order
from domain.order import Order
from domain.order_events import (
    OrderEvent,
    OrderLinesAllocated,
    OrderLinesBackordered,
    OrderLinesCancelled,
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderLinesShipped,
    OrderNoteAdded,
    OrderPaymentRecorded,
)
from domain.order_parts import (
    AppliedCredit,
    CancellationReason,
    CancelledLine,
    FreeTextPersonal,
    NoteVisibility,
    PaymentFactKind,
    ReturnedLine,
)
from domain.order_progress import (
    LineProgress,
    PaymentSums,
    evolve_lines,
    evolve_payments,
    lines_placed,
    parts_of,
    payments_placed,
)
from tests.examples import SKU, a_cancellation, a_placed_order
from tests.order_examples import (
    BOOK,
    BOOKS,
    CANCELLED,
    CONFIRMED,
    DELIVERED,
    EXPIRED,
    FACTS,
    LATER,
    MUGS,
    PARTLY_SHIPPED,
    REJECTED,
    RETURNING,
    TOTALS,
    a_finished_cancellation,
    a_large_order,
    a_line_allocation,
    a_line_backorder,
    a_line_cancellation,
    a_return_end,
    a_return_request,
    an_accepted_return,
    part,
    pieces,
)
from tests.specification import Streams

NO_MUGS = LineProgress(line_id="1", sku=SKU, ordered=4)
NO_BOOKS = LineProgress(line_id="2", sku=BOOK, ordered=3)
PAYMENT = PaymentSums(payment_id="payment-1")


def order_after(*past: Command | Event) -> Order:
    streams = Streams()
    for step in past:
        if isinstance(step, Command):
            assert streams.carry_out(step) != ()
        else:
            streams.record(step)
    order = as_order(streams.states[f"order-{FACTS['order_id']}"])
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("past", "mugs", "books"),
    [
        ((a_large_order(),), {}, {}),
        (CONFIRMED, {"allocated": 4}, {"allocated": 2, "backordered": 1}),
        (
            (*CONFIRMED, a_line_backorder()),
            {"allocated": 2, "backordered": 2},
            {"allocated": 2, "backordered": 1},
        ),
        ((*CONFIRMED, a_line_allocation()), {"allocated": 4}, {"allocated": 3}),
        (
            (*CONFIRMED, a_line_cancellation()),
            {"allocated": 3, "cancelled": 1},
            {"allocated": 1, "cancelled": 2},
        ),
        (
            (a_large_order(), a_line_cancellation()),
            {"cancelled": 1},
            {"cancelled": 2},
        ),
        (
            (*CONFIRMED, a_line_backorder(), a_line_cancellation(lines=(part("1", 1),))),
            {"allocated": 2, "backordered": 1, "cancelled": 1},
            {"allocated": 2, "backordered": 1},
        ),
        (PARTLY_SHIPPED, {"allocated": 1, "shipped": 3}, {"backordered": 1, "shipped": 2}),
        (
            (*PARTLY_SHIPPED, a_cancellation(), a_finished_cancellation()),
            {"cancelled": 1, "shipped": 3},
            {"cancelled": 1, "shipped": 2},
        ),
        (CANCELLED, {"cancelled": 4}, {"cancelled": 3}),
        (REJECTED, {"cancelled": 4}, {"cancelled": 3}),
        (EXPIRED, {"cancelled": 4}, {"cancelled": 3}),
        (
            DELIVERED,
            {"shipped": 4, "delivered": 4, "delivered_at": LATER},
            {"shipped": 3, "delivered": 3, "delivered_at": LATER},
        ),
        (
            RETURNING,
            {"shipped": 4, "delivered": 4, "delivered_at": LATER, "return_requested": 2},
            {"shipped": 3, "delivered": 3, "delivered_at": LATER, "return_requested": 1},
        ),
        (
            (*RETURNING, a_return_end()),
            {"shipped": 4, "delivered": 4, "delivered_at": LATER, "return_requested": 1},
            {"shipped": 3, "delivered": 3, "delivered_at": LATER, "return_requested": 1},
        ),
        (
            (*RETURNING, an_accepted_return()),
            {
                "shipped": 4,
                "delivered": 4,
                "delivered_at": LATER,
                "returned": 2,
                "written_off": 1,
                "refunded_minor": 2_449,
            },
            {
                "shipped": 3,
                "delivered": 3,
                "delivered_at": LATER,
                "returned": 1,
                "refunded_minor": 349,
            },
        ),
    ],
)
def test_every_piece_is_where_the_events_left_it(
    past: tuple[Command | Event, ...], mugs: dict[str, Any], books: dict[str, Any]
) -> None:
    assert order_after(*past).progress == (replace(NO_MUGS, **mugs), replace(NO_BOOKS, **books))


def test_a_new_order_has_every_piece_to_come() -> None:
    assert lines_placed((MUGS, BOOKS)) == (NO_MUGS, NO_BOOKS)


def test_what_can_still_happen_to_the_pieces_follows_from_the_counters() -> None:
    line = replace(NO_MUGS, cancelled=1, shipped=2, delivered=2, return_requested=1)
    assert (line.kept, line.unshipped, line.returnable) == (3, 1, 1)
    assert replace(line, returned=1, return_requested=0).returnable == 1


def test_pieces_of_one_line_from_two_places_are_all_counted() -> None:
    (mugs, _) = evolve_lines(
        (NO_MUGS, NO_BOOKS),
        OrderLinesBackordered(**FACTS, operation_id="x", lines=()),
    )
    assert mugs == NO_MUGS
    confirmed = order_after(a_large_order(), *CONFIRMED[2:]).progress
    two = OrderLinesShipped(**FACTS, shipment_id="s", lines=(pieces("1", 1), pieces("1", 2)))
    assert evolve_lines(confirmed, two)[0] == replace(NO_MUGS, allocated=1, shipped=3)


def test_an_event_about_no_lines_changes_none() -> None:
    noted = OrderNoteAdded(
        **FACTS,
        note_id="n",
        visibility=NoteVisibility.INTERNAL,
        personal=FreeTextPersonal(text="x"),
    )
    lines = (NO_MUGS, NO_BOOKS)
    assert evolve_lines(lines, noted) is lines
    assert parts_of(noted) == ()


def cancelled(quantity: int) -> OrderLinesCancelled:
    line = CancelledLine(line_id="1", sku=SKU, quantity=quantity, value_minor=0, total_minor=0)
    return OrderLinesCancelled(
        **FACTS,
        cancellation_id="c",
        reason_code=CancellationReason.OTHER,
        lines=(line,),
        totals_after=TOTALS,
        refund_due_minor=0,
    )


def returned(quantity: int) -> OrderLinesReturned:
    line = ReturnedLine(line_id="1", sku=SKU, quantity=quantity, value_minor=0, total_minor=0)
    return OrderLinesReturned(**FACTS, return_id="r", lines=(line,), refund_due_minor=0)


IMPOSSIBLE: list[Callable[[], OrderEvent]] = [
    lambda: cancelled(5),
    lambda: OrderLinesBackordered(**FACTS, operation_id="x", lines=(pieces("1", 1),)),
    lambda: OrderLinesAllocated(**FACTS, operation_id="x", lines=(pieces("1", 1),)),
    lambda: OrderLinesShipped(**FACTS, shipment_id="x", lines=(pieces("1", 1),)),
    lambda: OrderLinesDelivered(
        **FACTS, shipment_id="x", lines=(pieces("1", 1),), delivered_at=LATER
    ),
    a_return_request,
    a_return_end,
    lambda: returned(1),
]


@pytest.mark.parametrize("event", IMPOSSIBLE)
def test_pieces_that_are_not_there_cannot_move(event: Callable[[], OrderEvent]) -> None:
    with pytest.raises(AssertionError):
        evolve_lines((NO_MUGS, NO_BOOKS), event())


def test_pieces_of_an_unknown_line_cannot_move() -> None:
    with pytest.raises(AssertionError):
        evolve_lines((NO_BOOKS,), cancelled(1))


def recorded(
    kind: PaymentFactKind, amount_minor: int, payment_id: str = "payment-1"
) -> OrderPaymentRecorded:
    return OrderPaymentRecorded(
        **FACTS,
        payment_id=payment_id,
        kind=kind,
        operation_id="x",
        amount_minor=amount_minor,
    )


@pytest.mark.parametrize(
    ("kind", "sums"),
    [
        (PaymentFactKind.REQUESTED, replace(PAYMENT, requested_minor=7)),
        (PaymentFactKind.AUTHORIZED, replace(PAYMENT, authorised_minor=7)),
        (PaymentFactKind.CAPTURED, replace(PAYMENT, captured_minor=7)),
        (PaymentFactKind.VOIDED, replace(PAYMENT, voided_minor=7)),
        (PaymentFactKind.REFUNDED, replace(PAYMENT, refunded_minor=7)),
        (PaymentFactKind.DISPUTED, replace(PAYMENT, disputed_minor=7)),
        (PaymentFactKind.FAILED, replace(PAYMENT, has_failed=True)),
        (PaymentFactKind.CREDITED, replace(PAYMENT, refunded_minor=7, is_credit=True)),
    ],
)
def test_every_kind_of_fact_is_counted_by_itself(kind: PaymentFactKind, sums: PaymentSums) -> None:
    assert evolve_payments((), recorded(kind, 7)) == (sums,)


def test_facts_of_a_payment_add_up_and_other_payments_stay_as_they_are() -> None:
    payments = evolve_payments((), recorded(PaymentFactKind.AUTHORIZED, 100))
    payments = evolve_payments(payments, recorded(PaymentFactKind.AUTHORIZED, 30, "payment-2"))
    payments = evolve_payments(payments, recorded(PaymentFactKind.CAPTURED, 60))
    payments = evolve_payments(payments, recorded(PaymentFactKind.CAPTURED, -10))
    payments = evolve_payments(payments, recorded(PaymentFactKind.VOIDED, 20))
    payments = evolve_payments(payments, recorded(PaymentFactKind.REFUNDED, 5))
    payments = evolve_payments(payments, recorded(PaymentFactKind.DISPUTED, 2))
    first, second = payments
    assert second == PaymentSums(payment_id="payment-2", authorised_minor=30)
    assert (first.uncaptured_minor, first.kept_minor) == (30, 43)


def test_a_credit_is_counted_apart_from_a_payment_of_the_same_id() -> None:
    payments = evolve_payments((), recorded(PaymentFactKind.CAPTURED, 100))
    payments = evolve_payments(payments, recorded(PaymentFactKind.CREDITED, 30))
    payments = evolve_payments(payments, recorded(PaymentFactKind.CREDITED, -10))
    assert payments == (
        replace(PAYMENT, captured_minor=100),
        replace(PAYMENT, refunded_minor=20, is_credit=True),
    )


def test_the_credit_with_which_an_order_is_placed_is_there_already() -> None:
    credit = AppliedCredit(return_id="return-1", order_id="o0", amount_minor=70)
    (sums,) = payments_placed(a_placed_order(credit=credit))
    assert (sums.payment_id, sums.is_credit) == ("return-1", True)
    assert (sums.captured_minor, sums.kept_minor, sums.uncaptured_minor) == (70, 70, 0)


def test_nothing_is_no_credit() -> None:
    assert payments_placed(a_placed_order()) == ()
    nothing = AppliedCredit(return_id="return-1", order_id="o0", amount_minor=0)
    assert payments_placed(a_placed_order(credit=nothing)) == ()
