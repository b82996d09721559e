"""What can be asked about a shipment over HTTP?

The fulfilment of an order plans its shipments; people pick, pack and hand them over, and tell for a
carrier what it says. The server decides again when others were faster, so no version needs to be
sent.
"""

from typing import Any, Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Uuid
from api.routes import Endpoint
from api.services import ORDER_BODY_BYTES_MAX
from api.shipment_bodies import (
    CancelShipmentBody,
    DispatchBody,
    MoveShipmentBody,
    PackBody,
    RecordDeliveredBody,
    RecordDeliveryFailedBody,
    RecordLostBody,
    RecordReturnedToSenderBody,
    RecordTrackingBody,
    ReportShortBody,
    SplitShipmentBody,
    StartPickingBody,
)
from commands.cancel_shipment import CancelShipment
from commands.dispatch import Dispatch
from commands.move_shipment import MoveShipment
from commands.order_rules import PartOfLine
from commands.pack import Pack
from commands.record_delivered import RecordDelivered
from commands.record_delivery_failed import RecordDeliveryFailed
from commands.record_lost import RecordLost
from commands.record_returned_to_sender import RecordReturnedToSender
from commands.record_tracking import RecordTracking
from commands.report_short import ReportShort
from commands.split_shipment import SplitShipment
from commands.start_picking import StartPicking
from domain.shipment_events import Parcel

TAG: Final = "Shipments"
SHIPMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05"
NEW_SHIPMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a15"
_AT: Final = "2026-11-20T10:15:00Z"


async def start_picking(ask: Ask, shipment_id: Uuid, body: StartPickingBody) -> StartPicking:
    """Begin to collect the pieces."""
    del body
    return StartPicking(actor=ask.actor, asked_at=ask.asked_at, shipment_id=shipment_id)


async def report_short(ask: Ask, shipment_id: Uuid, body: ReportShortBody) -> ReportShort:
    """Say that pieces are missing. The shipment goes on without them."""
    return ReportShort(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        short_id=body.short_id,
        line_id=body.line_id,
        quantity=body.quantity,
    )


async def pack(ask: Ask, shipment_id: Uuid, body: PackBody) -> Pack:
    """Put the pieces into boxes."""
    return Pack(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        parcels=tuple(
            Parcel(parcel_id=each.parcel_id, weight_grams=each.weight_grams)
            for each in body.parcels
        ),
    )


async def dispatch(ask: Ask, shipment_id: Uuid, body: DispatchBody) -> Dispatch:
    """Hand a packed shipment over to the carrier. From then on nothing of it can be cancelled."""
    return Dispatch(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        tracking_number=body.tracking_number,
        carrier=body.carrier,
        dispatched_at=body.dispatched_at or ask.asked_at,
    )


async def split_shipment(ask: Ask, shipment_id: Uuid, body: SplitShipmentBody) -> SplitShipment:
    """Make a shipment of its own of a part."""
    return SplitShipment(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        new_shipment_id=body.new_shipment_id,
        lines=tuple(
            PartOfLine(line_id=line.line_id, quantity=line.quantity) for line in body.lines
        ),
    )


async def move_shipment(ask: Ask, shipment_id: Uuid, body: MoveShipmentBody) -> MoveShipment:
    """Let a shipment leave from another location, with pieces that are there, all or none.

    What was kept for it where it was is given back. It has to be picked and packed anew.
    """
    return MoveShipment(
        actor=ask.actor, asked_at=ask.asked_at, shipment_id=shipment_id, location=body.location
    )


async def cancel_shipment(ask: Ask, shipment_id: Uuid, body: CancelShipmentBody) -> CancelShipment:
    """Stop a shipment that has not left. Its pieces stay kept for the order."""
    return CancelShipment(
        actor=ask.actor, asked_at=ask.asked_at, shipment_id=shipment_id, reason=body.reason
    )


async def record_tracking(ask: Ask, shipment_id: Uuid, body: RecordTrackingBody) -> RecordTracking:
    """Note where the carrier saw the parcel."""
    return RecordTracking(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        tracking_id=body.tracking_id,
        status=body.status,
        seen_at=body.seen_at,
        place=body.place,
    )


async def record_delivered(
    ask: Ask, shipment_id: Uuid, body: RecordDeliveredBody
) -> RecordDelivered:
    """Note that the customer has the parcel."""
    return RecordDelivered(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        delivered_at=body.delivered_at or ask.asked_at,
    )


async def record_delivery_failed(
    ask: Ask, shipment_id: Uuid, body: RecordDeliveryFailedBody
) -> RecordDeliveryFailed:
    """Note that the carrier could not hand the parcel over. It may try again."""
    return RecordDeliveryFailed(
        actor=ask.actor,
        asked_at=ask.asked_at,
        shipment_id=shipment_id,
        attempt_id=body.attempt_id,
        reason=body.reason,
    )


async def record_returned_to_sender(
    ask: Ask, shipment_id: Uuid, body: RecordReturnedToSenderBody
) -> RecordReturnedToSender:
    """Note that the carrier brought the parcel back."""
    del body
    return RecordReturnedToSender(actor=ask.actor, asked_at=ask.asked_at, shipment_id=shipment_id)


async def record_lost(ask: Ask, shipment_id: Uuid, body: RecordLostBody) -> RecordLost:
    """Note that the carrier does not find the parcel any more."""
    del body
    return RecordLost(actor=ask.actor, asked_at=ask.asked_at, shipment_id=shipment_id)


_IN_THE_HOUSE: Final = (
    "shipment_not_found",
    "shipment_already_dispatched",
    "shipment_state_conflict",
)
_OF_THE_CARRIER: Final = ("shipment_not_found", "shipment_state_conflict")


def _route(
    name: str,
    endpoint: Endpoint,
    summary: str,
    refusals: tuple[str, ...],
    example: dict[str, Any],
) -> CommandRoute:
    settings = CommandSettings(
        summary=summary,
        tag=TAG,
        example=example,
        answer_example={"id": SHIPMENT_ID, "version": 3, "position": 4720},
        location="/v1/shipments/{id}",
        refusals=refusals,
        if_match=IfMatch.ACCEPTED,
        body_bytes_max=ORDER_BODY_BYTES_MAX,  # as many lines as an order has
    )
    return CommandRoute(f"/v1/shipments/{{shipment_id}}/{name}", endpoint, settings)


SHIPMENT_COMMANDS: Final = (
    _route("start-picking", start_picking, "Begin to pick a shipment", _IN_THE_HOUSE, {}),
    _route(
        "report-short",
        report_short,
        "Report missing pieces",
        (
            *_IN_THE_HOUSE,
            "operation_conflict",
            "quantity_invalid",
            "line_not_found",
            "fulfillment_qty_exceeded",
        ),
        {"short_id": NEW_SHIPMENT_ID, "line_id": "1", "quantity": 1},
    ),
    _route(
        "pack",
        pack,
        "Pack a shipment",
        (*_IN_THE_HOUSE, "shipment_empty"),
        {"parcels": [{"parcel_id": "1", "weight_grams": 1900}]},
    ),
    _route(
        "dispatch",
        dispatch,
        "Hand a shipment over to the carrier",
        (
            *_IN_THE_HOUSE,
            "tracking_required",
            "shipment_empty",
            "order_on_hold",
            "payment_required",
            "order_state_conflict",
            "line_quantity_exceeded",
            "operation_conflict",
        ),
        {"tracking_number": "SB4711", "carrier": "sandbox", "dispatched_at": _AT},
    ),
    _route(
        "split",
        split_shipment,
        "Split a shipment",
        (
            *_IN_THE_HOUSE,
            "operation_conflict",
            "shipment_empty",
            "quantity_invalid",
            "duplicate_line_id",
            "line_not_found",
            "fulfillment_qty_exceeded",
            "split_not_allowed",
        ),
        {"new_shipment_id": NEW_SHIPMENT_ID, "lines": [{"line_id": "1", "quantity": 2}]},
    ),
    _route(
        "move",
        move_shipment,
        "Move a shipment to another location",
        (
            *_IN_THE_HOUSE,
            "shipment_empty",
            "fulfillment_qty_exceeded",
            "stock_item_not_found",
            "insufficient_stock",
        ),
        {"location": "EAST"},
    ),
    _route(
        "cancel",
        cancel_shipment,
        "Stop a shipment",
        ("shipment_not_found", "shipment_already_dispatched"),
        {"reason": "customer_request"},
    ),
    _route(
        "record-tracking",
        record_tracking,
        "Note where a parcel is",
        (*_OF_THE_CARRIER, "operation_conflict"),
        {"tracking_id": "SB4711-1", "status": "in_transit", "seen_at": _AT, "place": "Leeds"},
    ),
    _route(
        "record-delivered",
        record_delivered,
        "Note that a parcel was delivered",
        _OF_THE_CARRIER,
        {"delivered_at": _AT},
    ),
    _route(
        "record-delivery-failed",
        record_delivery_failed,
        "Note that a delivery failed",
        (*_OF_THE_CARRIER, "operation_conflict"),
        {"attempt_id": "SB4711-1", "reason": "nobody_home"},
    ),
    _route(
        "record-returned-to-sender",
        record_returned_to_sender,
        "Note that a parcel came back",
        _OF_THE_CARRIER,
        {},
    ),
    _route("record-lost", record_lost, "Note that a parcel is lost", _OF_THE_CARRIER, {}),
)
