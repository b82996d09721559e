"""Which wishes about orders does Hypothesis try? Few ids and small numbers, so that they meet."""

from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st

from commands.registry import Command
from domain.events import Event
from domain.order_parts import (
    CancellationReason,
    HoldDecision,
    HoldKind,
    LineQuantity,
    PaymentFactKind,
    RejectionReason,
)
from tests.edit_examples import (
    add_line,
    adjust_price,
    an_application,
    an_edit,
    an_edit_rejection,
    remove_line,
    set_quantity,
    set_shipping,
)
from tests.examples import CUSTOMER, MINUTE, NOW, ORDER_ID, SKU, STAFF, a_cancellation, an_order
from tests.order_examples import (
    FACTS,
    PAY_BY,
    a_completion,
    a_confirmation,
    a_finished_cancellation,
    a_flag,
    a_hold,
    a_hold_release,
    a_line_allocation,
    a_line_backorder,
    a_line_cancellation,
    a_parcel,
    a_parcel_delivery,
    a_payment_fact,
    a_refused_cancellation,
    a_rejection,
    a_return_request,
    accepted,
    an_accepted_return,
    an_order_expiry,
    part,
)

_NOBODY: Final = [STAFF, STAFF, STAFF, CUSTOMER]
_FEW: Final = st.integers(0, 4)
_NAMES: Final = st.sampled_from(["a", "b", "c"])


def order_wishes(
    order_ids: st.SearchStrategy[str], line_ids: st.SearchStrategy[str]
) -> st.SearchStrategy[Command]:
    """Any wish about an order that was placed, sensible or not."""
    of_shop: dict[str, Any] = {
        "actor": st.sampled_from(_NOBODY),
        "order_id": order_ids,
    }
    parts = st.lists(st.builds(part, line_ids, _FEW), max_size=2).map(tuple)
    there = st.lists(
        st.builds(LineQuantity, line_id=line_ids, sku=st.just("MUG"), quantity=st.integers(1, 4)),
        max_size=2,
    ).map(tuple)
    came_back = st.lists(st.builds(accepted, line_ids, _FEW, st.integers(0, 2)), max_size=2).map(
        tuple
    )
    return st.one_of(
        st.builds(a_confirmation, **of_shop, allocations=there, backorders=there | st.just(())),
        st.builds(a_rejection, **of_shop, reason=st.sampled_from(RejectionReason)),
        st.builds(
            an_order_expiry,
            **of_shop,
            asked_at=st.sampled_from([PAY_BY - MINUTE, PAY_BY, PAY_BY + MINUTE]),
        ),
        st.builds(
            a_hold,
            **of_shop,
            hold_id=_NAMES,
            kind=st.sampled_from([HoldKind.FRAUD, HoldKind.MANUAL]),
        ),
        st.builds(
            a_hold_release, **of_shop, hold_id=_NAMES, decision=st.sampled_from(HoldDecision)
        ),
        st.builds(
            a_cancellation,
            **of_shop,
            cancellation_id=_NAMES,
            reason_code=st.sampled_from(CancellationReason),
            all_or_nothing=st.booleans(),
        ),
        st.builds(a_line_cancellation, **of_shop, cancellation_id=_NAMES, lines=parts),
        _edits(of_shop, line_ids),
        st.builds(a_finished_cancellation, **of_shop, cancellation_id=_NAMES),
        st.builds(a_refused_cancellation, **of_shop, cancellation_id=_NAMES),
        st.builds(a_line_backorder, **of_shop, operation_id=_NAMES, lines=parts),
        st.builds(a_line_allocation, **of_shop, operation_id=_NAMES, lines=parts),
        st.builds(a_parcel, **of_shop, shipment_id=_NAMES, lines=parts),
        st.builds(a_parcel_delivery, **of_shop, shipment_id=_NAMES, lines=parts),
        st.builds(
            an_accepted_return,
            **of_shop,
            return_id=_NAMES,
            lines=came_back,
            refund_due_minor=st.sampled_from([0, 0, 500, 10**9]),
        ),
        st.builds(
            a_payment_fact,
            st.sampled_from(PaymentFactKind),
            st.sampled_from([-500, 500, 6_343]),
            **of_shop,
            payment_id=_NAMES,
        ),
        st.builds(a_completion, **of_shop),
        st.builds(
            a_flag,
            **of_shop,
            stage=st.sampled_from(["paying", "fulfilling"]),
            since=st.timedeltas(timedelta(), timedelta(hours=2)).map(lambda later: NOW + later),
        ),
    )


def _edits(of_shop: dict[str, Any], line_ids: st.SearchStrategy[str]) -> st.SearchStrategy[Command]:
    operations = st.lists(
        st.one_of(
            st.builds(set_quantity, line_ids, _FEW),
            st.builds(remove_line, line_ids),
            st.builds(adjust_price, line_ids, st.integers(-1, 2_000)),
            st.builds(add_line, _NAMES, st.sampled_from([SKU, "MUG", "PEN"]), _FEW),
            st.just(set_shipping("pallet")),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple)
    of_shop = {**of_shop, "edit_id": _NAMES}
    return st.one_of(
        st.builds(an_edit, **of_shop, operations=operations, base_version=st.integers(1, 5)),
        st.builds(an_application, **of_shop),
        st.builds(an_edit_rejection, **of_shop),
    )


_ORDINARY: Final[list[Command]] = [
    a_confirmation(),
    a_line_allocation(),
    a_payment_fact(),
    a_payment_fact(PaymentFactKind.CAPTURED),
    a_parcel(),
    a_parcel(shipment_id="second", lines=(part("1", 1),)),
    a_parcel_delivery(),
    a_parcel_delivery(shipment_id="second", lines=(part("1", 1),)),
    a_line_cancellation(lines=(part("2", 1),)),
    a_completion(),
    an_accepted_return(lines=(accepted("1", 1), accepted("2", 1, 1)), refund_due_minor=100),
]
wishes_of_an_order: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(_ORDINARY),
    order_wishes(st.just(ORDER_ID), st.sampled_from(["1", "2", "2"])),
)
"""Any wish about the large order, and more often what ordinarily happens to it."""


_ONE: Final = (part("1", 1),)
_MUG: Final = LineQuantity(line_id="1", sku=SKU, quantity=1)
_MUGS: Final = LineQuantity(line_id="1", sku=SKU, quantity=2)

what_comes_next: st.SearchStrategy[Command] = st.sampled_from(
    [
        a_confirmation(order_id="e", allocations=(_MUG,), backorders=(_MUG,)),
        a_hold_release(order_id="c", hold_id="a"),
        an_edit(set_quantity("1", 3), order_id="e", edit_id="a"),
        an_application(order_id="g", edit_id="a"),
        an_edit_rejection(order_id="g", edit_id="a"),
        a_finished_cancellation(order_id="d", cancellation_id="a"),
        a_refused_cancellation(order_id="d", cancellation_id="a"),
        a_line_cancellation(order_id="c", lines=_ONE),
        a_line_backorder(order_id="b", lines=_ONE),
        a_line_allocation(order_id="c", lines=_ONE),
        a_parcel(order_id="c", lines=_ONE),
        a_parcel_delivery(order_id="b", lines=_ONE),
        an_accepted_return(order_id="a", lines=(accepted("1", 1),), refund_due_minor=500),
        a_completion(order_id="a"),
    ]
)
"""What ordinarily happens to the orders that are on their way."""


def orders_on_their_way() -> tuple[Command | Event, ...]:
    """Six orders for two mugs, each further than the one after.

    "a" is delivered, paid, and about to come back; "b" has left in part, "c" is confirmed and held,
    "d" about to be cancelled, "e" placed, "g" placed and about to be changed.
    """
    two, both = (part("1", 2),), (_MUGS,)
    coming_back = a_return_request(**{**FACTS, "order_id": "a"}, return_id="a", lines=both)
    return (
        *(an_order(order_id=name) for name in ("a", "b", "c", "d", "e", "g")),
        an_edit(order_id="g", edit_id="a", operations=(set_quantity("1", 1),)),
        a_confirmation(order_id="a", allocations=both, backorders=()),
        a_parcel(order_id="a", lines=two),
        a_parcel_delivery(order_id="a", lines=two),
        *(
            a_payment_fact(kind, 2_500, order_id=name)
            for kind in (PaymentFactKind.AUTHORIZED, PaymentFactKind.CAPTURED)
            for name in ("a", "b")
        ),
        coming_back,
        a_confirmation(order_id="b", allocations=both, backorders=()),
        a_parcel(order_id="b", lines=_ONE),
        a_confirmation(order_id="c", allocations=(_MUG,), backorders=(_MUG,)),
        a_hold(order_id="c", hold_id="a"),
        a_cancellation(order_id="d", cancellation_id="a"),
    )
