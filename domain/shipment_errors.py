"""What can be wrong with a wish about a shipment?"""

from domain.errors import Refusal, StateConflict


class ShipmentNotFound(Refusal):
    """No shipment has this id."""

    code = "shipment_not_found"


class ShipmentStateConflict(StateConflict):
    """The shipment's state forbids the command."""

    code = "shipment_state_conflict"


class ShipmentEmpty(Refusal):
    """A shipment has at least one piece."""

    code = "shipment_empty"


class FulfillmentQuantityExceeded(Refusal):
    """More pieces than are allocated and have not left."""

    code = "fulfillment_qty_exceeded"


class ShipmentAlreadyDispatched(Refusal):
    """The carrier has it already."""

    code = "shipment_already_dispatched"


class TrackingRequired(Refusal):
    """A parcel leaves with a tracking number."""

    code = "tracking_required"


class PaymentRequired(Refusal):
    """What leaves is not paid for."""

    code = "payment_required"


class SplitNotAllowed(Refusal):
    """The customer wants everything in one delivery."""

    code = "split_not_allowed"
