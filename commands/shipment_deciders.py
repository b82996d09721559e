"""How are the commands about shipments decided?"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.cancel_shipment import CancelShipment, cancel_shipment
from commands.decider import Decider, States, on_own_state, state_of
from commands.dispatch import Dispatch, DispatchState, dispatch
from commands.move_shipment import MoveShipment, move_shipment
from commands.pack import Pack, pack
from commands.plan_shipment import PlanShipment, PlanShipmentState, plan_shipment
from commands.record_delivered import RecordDelivered, record_delivered
from commands.record_delivery_failed import RecordDeliveryFailed, record_delivery_failed
from commands.record_lost import RecordLost, record_lost
from commands.record_returned_to_sender import RecordReturnedToSender, record_returned_to_sender
from commands.record_tracking import RecordTracking, record_tracking
from commands.report_short import ReportShort, report_short
from commands.script import Script
from commands.split_shipment import SplitShipment, SplitShipmentState, split_shipment
from commands.start_picking import StartPicking, start_picking
from commands.stock_deciders import STOCK_DECIDERS
from domain.events import Event, order_stream, shipment_stream
from domain.fold import as_order, as_shipment
from domain.order import Order
from domain.shipment import Shipment

ShipmentCommand = (
    PlanShipment
    | Dispatch
    | SplitShipment
    | MoveShipment
    | StartPicking
    | ReportShort
    | Pack
    | RecordTracking
    | RecordDelivered
    | RecordDeliveryFailed
    | RecordReturnedToSender
    | RecordLost
    | CancelShipment
)


def _shipment_id(command: ShipmentCommand) -> str:
    return command.shipment_id


def _writes(command: ShipmentCommand) -> tuple[str, ...]:
    return (shipment_stream(command.shipment_id),)


def _shipment(command: ShipmentCommand, states: States) -> Shipment | None:
    return as_shipment(states[shipment_stream(command.shipment_id)])


def _order_read(command: PlanShipment) -> tuple[str, ...]:
    return (order_stream(command.order_id),)


def _order_of(shipment: Shipment | None, states: States) -> Order | None:
    """Answer the order of a shipment, which stands in the shipment's own state."""
    if shipment is None:
        return None
    return as_order(state_of(states, order_stream(shipment.order_id)))


def _plan_shipment(command: PlanShipment, states: States) -> tuple[Event, ...]:
    state = PlanShipmentState(
        _shipment(command, states), as_order(states[order_stream(command.order_id)])
    )
    return plan_shipment(command, state)


def _dispatch(command: Dispatch, states: States) -> tuple[Event, ...]:
    shipment = _shipment(command, states)
    return dispatch(command, DispatchState(shipment, _order_of(shipment, states)))


def _split_writes(command: SplitShipment) -> tuple[str, ...]:
    new = shipment_stream(command.new_shipment_id)
    return tuple(dict.fromkeys((shipment_stream(command.shipment_id), new)))


def _split_shipment(command: SplitShipment, states: States) -> tuple[Event, ...]:
    shipment = _shipment(command, states)
    state = SplitShipmentState(
        shipment=shipment,
        new_shipment=as_shipment(states[shipment_stream(command.new_shipment_id)]),
        order=_order_of(shipment, states),
    )
    return split_shipment(command, state)


def _move_shipment(command: MoveShipment, states: States) -> tuple[Event, ...]:
    return move_shipment(command, Script(states, STOCK_DECIDERS))


_of_shipment: Final = partial(on_own_state, state=_shipment, writes=_writes, target_id=_shipment_id)

SHIPMENT_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    PlanShipment: Decider(
        type="plan-shipment",
        writes=_writes,
        reads=_order_read,
        decide=_plan_shipment,
        target_id=_shipment_id,
        creates=True,
    ),
    Dispatch: Decider(
        type="dispatch",
        writes=_writes,
        decide=_dispatch,
        target_id=_shipment_id,
    ),
    SplitShipment: Decider(
        type="split-shipment",
        writes=_split_writes,
        decide=_split_shipment,
        target_id=_shipment_id,
    ),
    MoveShipment: Decider(
        type="move-shipment",
        writes=_writes,
        decide=_move_shipment,
        target_id=_shipment_id,
    ),
    StartPicking: _of_shipment("start-picking", start_picking),
    ReportShort: _of_shipment("report-short", report_short),
    Pack: _of_shipment("pack", pack),
    RecordTracking: _of_shipment("record-tracking", record_tracking),
    RecordDelivered: _of_shipment("record-delivered", record_delivered),
    RecordDeliveryFailed: _of_shipment("record-delivery-failed", record_delivery_failed),
    RecordReturnedToSender: _of_shipment("record-returned-to-sender", record_returned_to_sender),
    RecordLost: _of_shipment("record-lost", record_lost),
    CancelShipment: _of_shipment("cancel-shipment", cancel_shipment),
}
