"""What can be wrong with a wish about an order that exists?

The leaves of the tree in `errors.py` that concern what becomes of an order after it was placed.
"""

from domain.errors import Refusal, StateConflict


class OrderOnHold(Refusal):
    """A hold keeps the goods in the house."""

    code = "order_on_hold"


class HoldNotFound(Refusal):
    """The order has never been held under this id."""

    code = "hold_not_found"


class HoldAlreadyReleased(Refusal):
    """Somebody else decided the hold the other way."""

    code = "hold_already_released"


class AlreadyShipped(Refusal):
    """What shall be cancelled has left the house; a return is what is left."""

    code = "already_shipped"


class LineNotFound(Refusal):
    """The order has no such line."""

    code = "line_not_found"


class LineQuantityExceeded(Refusal):
    """So many pieces of the line are not there to be dealt with."""

    code = "line_quantity_exceeded"


class ReturnQuantityExceeded(Refusal):
    """More pieces than were delivered and are not on their way back already."""

    code = "return_qty_exceeded"


class OrderNotSettled(Refusal):
    """Something of the order is neither delivered nor cancelled, or not paid."""

    code = "order_not_settled"


class EditInProgress(Refusal):
    """Another change of the order was proposed and is not decided yet."""

    code = "edit_in_progress"


class EditStale(Refusal):
    """The order is not what it was when the change was thought out."""

    code = "edit_stale"

    def __init__(self, detail: str, *, current_version: int) -> None:
        """Keep the version that counts, for the answer."""
        super().__init__(detail)
        self.current_version = current_version


class EditNotAllowedAfterShipment(Refusal):
    """The change is about something that has begun to leave the house."""

    code = "edit_not_allowed_after_shipment"


class NoChanges(Refusal):
    """With the change the order would be what it is."""

    code = "no_changes"


class EditNotFound(Refusal):
    """No change of the order was ever proposed under this id."""

    code = "edit_not_found"


class EditAlreadyDecided(Refusal):
    """The change was decided the other way."""

    code = "edit_already_decided"


class CancelInProgress(StateConflict):
    """The order is about to be cancelled."""

    code = "cancel_in_progress"


class OrderNotImported(Refusal):
    """Only what happened elsewhere is recorded; this order is carried out here."""

    code = "order_not_imported"
