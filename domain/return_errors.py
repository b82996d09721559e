"""What can be wrong with a wish about a return?"""

from domain.errors import Refusal, StateConflict


class ReturnNotFound(Refusal):
    """No return has this id, or it is another customer's."""

    code = "return_not_found"


class ReturnStateConflict(StateConflict):
    """The return's state forbids the command."""

    code = "return_state_conflict"


class ReturnCreditSpent(Refusal):
    """An order is paid with the return's credit already, or it is given back, or there was none."""

    code = "return_credit_spent"


class ReturnWindowClosed(Refusal):
    """It was delivered too long ago."""

    code = "return_window_closed"


class ItemNotReturnable(Refusal):
    """The shop never takes this product back."""

    code = "item_not_returnable"


class ReceivedQuantityExceeded(Refusal):
    """More pieces than were to come back, or than came back."""

    code = "received_qty_exceeded"


class DispositionIncomplete(Refusal):
    """Of every piece that came back it must be said whether it is accepted."""

    code = "disposition_incomplete"
