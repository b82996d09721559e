"""How are the commands about orders decided?"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from commands.add_note import AddNote, add_note
from commands.apply_edit import ApplyEdit, apply_edit
from commands.cancel_lines import CancelLines, cancel_lines
from commands.cancel_order import CancelOrder, cancel_order
from commands.change_shipping_address import ChangeShippingAddress, change_shipping_address
from commands.complete_order import CompleteOrder, complete_order
from commands.confirm_order import ConfirmOrder, confirm_order
from commands.decider import Decider, States, StreamsMissing, on_own_state
from commands.edit_lines import given
from commands.expire_order import ExpireOrder, expire_order
from commands.finish_cancellation import FinishCancellation, finish_cancellation
from commands.flag_stuck import FlagStuck, flag_stuck
from commands.order_credits import exchanged_stream
from commands.place_hold import PlaceHold, place_hold
from commands.place_order import PlaceOrder, PlaceOrderState, place_order
from commands.propose_edit import OF_COUPONS, ProposeEdit, ProposeEditState, propose_edit
from commands.record_allocation import RecordAllocation, record_allocation
from commands.record_backorder import RecordBackorder, record_backorder
from commands.record_lines_delivered import RecordLinesDelivered, record_lines_delivered
from commands.record_payment_fact import RecordPaymentFact, record_payment_fact
from commands.record_returned import RecordReturned, record_returned
from commands.record_shipped import RecordShipped, record_shipped
from commands.refuse_cancellation import RefuseCancellation, refuse_cancellation
from commands.reject_edit import RejectEdit, reject_edit
from commands.reject_order import RejectOrder, reject_order
from commands.release_hold import ReleaseHold, release_hold
from domain.events import Event, coupon_stream, customer_stream, order_stream, product_stream
from domain.fold import as_coupon, as_customer, as_order, as_product, as_return
from domain.order import Order

OrderCommand = (
    PlaceOrder
    | ConfirmOrder
    | RejectOrder
    | ExpireOrder
    | PlaceHold
    | ReleaseHold
    | ChangeShippingAddress
    | ProposeEdit
    | ApplyEdit
    | RejectEdit
    | CancelOrder
    | CancelLines
    | FinishCancellation
    | RefuseCancellation
    | RecordBackorder
    | RecordAllocation
    | RecordShipped
    | RecordLinesDelivered
    | RecordReturned
    | RecordPaymentFact
    | CompleteOrder
    | AddNote
    | FlagStuck
)


def _order_id(command: OrderCommand) -> str:
    return command.order_id


def _writes(command: OrderCommand) -> tuple[str, ...]:
    return (order_stream(command.order_id),)


def _order(command: OrderCommand, states: States) -> Order | None:
    return as_order(states[order_stream(command.order_id)])


def _place_order_writes(command: PlaceOrder) -> tuple[str, ...]:
    """Name the stream of the order, and of the return whose credit it takes."""
    exchanged = exchanged_stream(command.origin)
    own = order_stream(command.order_id)
    return (own,) if exchanged is None else (own, exchanged)


def _place_order_reads(command: PlaceOrder) -> tuple[str, ...]:
    skus = dict.fromkeys(line.sku for line in command.lines)
    codes = dict.fromkeys(command.coupon_codes)
    return (
        customer_stream(command.customer_id),
        *map(product_stream, skus),
        *map(coupon_stream, codes),
    )


def _place_order(command: PlaceOrder, states: States) -> tuple[Event, ...]:
    exchanged = exchanged_stream(command.origin)
    state = PlaceOrderState(
        order=_order(command, states),
        customer=as_customer(states[customer_stream(command.customer_id)]),
        products={line.sku: as_product(states[product_stream(line.sku)]) for line in command.lines},
        coupons={code: as_coupon(states[coupon_stream(code)]) for code in command.coupon_codes},
        returned=None if exchanged is None else as_return(states[exchanged]),
    )
    return place_order(command, state)


def _propose_edit_reads(command: ProposeEdit) -> tuple[str, ...]:
    skus = dict.fromkeys(each.sku for each in command.operations if each.sku is not None)
    return tuple(map(product_stream, skus))


def _propose_edit(command: ProposeEdit, states: States) -> tuple[Event, ...]:
    """Decide with the coupons that the order has and shall have; which these are it says itself."""
    order = _order(command, states)
    codes = [] if order is None else [each.code for each in order.coupons]
    codes += [given(each.coupon_code) for each in command.operations if each.kind in OF_COUPONS]
    streams = {code: coupon_stream(code) for code in codes}
    missing = [stream for stream in streams.values() if stream not in states]
    if missing:
        raise StreamsMissing(missing)
    state = ProposeEditState(
        order=order,
        products={
            each.sku: as_product(states[product_stream(each.sku)])
            for each in command.operations
            if each.sku is not None
        },
        coupons={code: as_coupon(states[stream]) for code, stream in streams.items()},
    )
    return propose_edit(command, state)


def _placed_at(command: PlaceOrder) -> datetime:
    return command.placed_at


def _order_number(command: PlaceOrder, states: States) -> str | None:
    """Name the number under which the order is known, or under which it is being placed."""
    order = _order(command, states)
    return command.order_number if order is None else order.order_number


_of_order: Final = partial(on_own_state, state=_order, writes=_writes, target_id=_order_id)

ORDER_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    PlaceOrder: Decider(
        type="place-order",
        writes=_place_order_writes,
        reads=_place_order_reads,
        decide=_place_order,
        target_id=_order_id,
        occurred_at=_placed_at,
        order_number=_order_number,
        creates=True,
    ),
    ConfirmOrder: _of_order("confirm-order", confirm_order),
    RejectOrder: _of_order("reject-order", reject_order),
    ExpireOrder: _of_order("expire-order", expire_order),
    PlaceHold: _of_order("place-hold", place_hold),
    ReleaseHold: _of_order("release-hold", release_hold),
    ChangeShippingAddress: _of_order("change-shipping-address", change_shipping_address),
    ProposeEdit: Decider(
        type="propose-edit",
        writes=_writes,
        reads=_propose_edit_reads,
        decide=_propose_edit,
        target_id=_order_id,
    ),
    ApplyEdit: _of_order("apply-edit", apply_edit),
    RejectEdit: _of_order("reject-edit", reject_edit),
    CancelOrder: _of_order("cancel-order", cancel_order),
    CancelLines: _of_order("cancel-lines", cancel_lines),
    FinishCancellation: _of_order("finish-cancellation", finish_cancellation),
    RefuseCancellation: _of_order("refuse-cancellation", refuse_cancellation),
    RecordBackorder: _of_order("record-backorder", record_backorder),
    RecordAllocation: _of_order("record-allocation", record_allocation),
    RecordShipped: _of_order("record-shipped", record_shipped),
    RecordLinesDelivered: _of_order("record-lines-delivered", record_lines_delivered),
    RecordReturned: _of_order("record-returned", record_returned),
    RecordPaymentFact: _of_order("record-payment-fact", record_payment_fact),
    CompleteOrder: _of_order("complete-order", complete_order),
    AddNote: _of_order("add-note", add_note),
    FlagStuck: _of_order("flag-stuck", flag_stuck),
}
