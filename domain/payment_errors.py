"""What can be wrong with a wish about a payment?"""

from domain.errors import Refusal, StateConflict


class PaymentNotFound(Refusal):
    """No payment has this id."""

    code = "payment_not_found"


class PaymentStateConflict(StateConflict):
    """The payment's state forbids the command."""

    code = "payment_state_conflict"


class PaymentOperationNotFound(Refusal):
    """Nobody asked the provider for this."""

    code = "payment_operation_not_found"


class CaptureExceedsAuthorized(Refusal):
    """More would be taken than was authorised."""

    code = "capture_exceeds_authorized"


class RefundExceedsCaptured(Refusal):
    """More would be given back than was taken."""

    code = "refund_exceeds_captured"


class VoidAfterCapture(Refusal):
    """Everything is taken already: a refund is what is left."""

    code = "void_after_capture"


class AuthorizationExpired(Refusal):
    """What was authorised can no longer be taken."""

    code = "authorization_expired"
