"""What can go wrong, and under which stable code?

The tree of errors is drawn here, once; the leaves about stock stand in `stock_errors.py`. HTTP
statuses exist only in `api/problems.py`.

Families: `Refusal` (understood, not allowed), `Malformed` (never reaches a decision), `Conflict`
(retry with new knowledge), `Unavailable` (try later), `Poison` (this input will never work).
An assertion is a bug.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

ErrorItem = Mapping[str, str | int | None]


class OrderTrailError(Exception):
    """Anything that OrderTrail says no to; `code` is stable and documented."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str, *, items: Sequence[ErrorItem] = ()) -> None:
        """Keep the sentence for people and the items (one mapping per culprit) for programs."""
        super().__init__(detail)
        self.detail = detail
        self.items = tuple(items)


# Refusals: understood, not allowed ---------------------------------------------------------------


class Refusal(OrderTrailError):
    """The command was understood and may not happen; nothing was appended."""

    code = "refused"


class StateConflict(Refusal):
    """The state forbids it now; says which state and what is allowed instead."""

    code = "state_conflict"

    def __init__(
        self, detail: str, *, current_state: str, allowed_commands: Sequence[str] = ()
    ) -> None:
        """Keep the state and the commands it allows, for the answer."""
        super().__init__(detail)
        self.current_state = current_state
        self.allowed_commands = tuple(allowed_commands)


class OrderStateConflict(StateConflict):
    """The order's state forbids the command."""

    code = "order_state_conflict"


class ProductDiscontinuedAlready(StateConflict):
    """The product is discontinued, which is final."""

    code = "product_discontinued"


class Forbidden(Refusal):
    """The actor lacks the right."""

    code = "forbidden"


class SkuAlreadyExists(Refusal):
    """Another registration of the sku says something else."""

    code = "sku_already_exists"


class ProductNotFound(Refusal):
    """No product has this sku."""

    code = "product_not_found"


class ProductNotSellable(Refusal):
    """The product is not active."""

    code = "product_not_sellable"


class PriceNotAvailable(Refusal):
    """No price holds for the sku, list and currency at that time."""

    code = "price_not_available"


class PricePeriodOverlap(Refusal):
    """Two periods of one price list and currency would overlap."""

    code = "price_period_overlap"


class PricePeriodInvalid(Refusal):
    """A period ends after it begins."""

    code = "price_period_invalid"


class PriceNotFound(Refusal):
    """The product has no such price."""

    code = "price_not_found"


class PriceChanged(Refusal):
    """The price differs from what the client expected."""

    code = "price_changed"


class OperationConflict(Refusal):
    """The operation id was used for something else."""

    code = "operation_conflict"


class AmountInvalid(Refusal):
    """The amount is not allowed here."""

    code = "amount_invalid"


class AmountOutOfRange(Refusal):
    """The amount exceeds 2^53-1 minor units."""

    code = "amount_out_of_range"


class CurrencyUnsupported(Refusal):
    """The code is no ISO 4217 currency with a minor unit."""

    code = "currency_unsupported"


class CurrencyMismatch(Refusal):
    """One order has one currency."""

    code = "currency_mismatch"


class DiscountExceedsLine(Refusal):
    """A bug guard: a discount is larger than its line."""

    code = "discount_exceeds_line"


class EmailTaken(Refusal):
    """Another customer has this e-mail address."""

    code = "email_taken"


class CustomerNotFound(Refusal):
    """No customer has this id."""

    code = "customer_not_found"


class CustomerAlreadyExists(Refusal):
    """The customer id is taken by another registration."""

    code = "customer_already_exists"


class CustomerIsBlocked(Refusal):
    """The shop takes no orders from the customer."""

    code = "customer_blocked"


class AddressNotFound(Refusal):
    """The customer keeps no such address."""

    code = "address_not_found"


class TooManyAddresses(Refusal):
    """A customer keeps at most 100 addresses."""

    code = "too_many_addresses"


class OrderNotFound(Refusal):
    """No order has this id."""

    code = "order_not_found"


class OrderAlreadyExists(Refusal):
    """The order id was used with another body."""

    code = "order_already_exists"


class EmptyOrder(Refusal):
    """An order has at least one line."""

    code = "empty_order"


class TooManyLines(Refusal):
    """An order has at most 2,000 lines."""

    code = "too_many_lines"


class QuantityInvalid(Refusal):
    """A quantity is a whole number from 1 to 1,000,000."""

    code = "quantity_invalid"


class DuplicateLineId(Refusal):
    """The line ids of an order are unique."""

    code = "duplicate_line_id"


class ReasonRequired(Refusal):
    """An agreed price needs a reason."""

    code = "reason_required"


class OrderCustomerUnknown(Refusal):
    """The order's customer is not registered."""

    code = "order_customer_unknown"


class AddressRequired(Refusal):
    """Something needs shipping and there is no address."""

    code = "address_required"


class ShippingMethodNotApplicable(Refusal):
    """The method does not serve the region."""

    code = "shipping_method_not_applicable"


class EditRequired(Refusal):
    """The new address changes the tax region, which only an edit may do."""

    code = "edit_required"


class CouponNotFound(Refusal):
    """No coupon has this code."""

    code = "coupon_not_found"


class OccurredAtInFuture(Refusal):
    """Business time lies in the future."""

    code = "occurred_at_in_future"


class TaxRateUnknown(Refusal):
    """The policy has no tax rate for the class and country."""

    code = "tax_rate_unknown"


class IdempotencyKeyReused(Refusal):
    """The key was used with another request."""

    code = "idempotency_key_reused"


# Malformed: never reaches a decision -------------------------------------------------------------


class Malformed(OrderTrailError):
    """The request cannot be read as what it claims to be."""

    code = "malformed"


class PolicyMalformed(Malformed):
    """The policy file cannot be read as a policy; its detail says where."""

    code = "policy_malformed"


class OrderNumberMalformed(Malformed):
    """The order number's check character does not fit: it was mistyped."""

    code = "order_number_malformed"


# Conflicts: retry with new knowledge -------------------------------------------------------------


class Conflict(OrderTrailError):
    """Somebody else was faster."""

    code = "conflict"


class VersionMismatch(Conflict):
    """The stream is not at the version that the caller expects."""

    code = "version_mismatch"

    def __init__(self, detail: str, *, current_version: int) -> None:
        """Keep the version at which the stream stands."""
        super().__init__(detail)
        self.current_version = current_version


class ConcurrentModification(Conflict):
    """Others changed the stream again and again while the command was decided."""

    code = "concurrent_modification"


class IdempotencyInProgress(Conflict):
    """The same key is being worked on in this process."""

    code = "idempotency_in_progress"


# Unavailable: try later --------------------------------------------------------------------------


class Unavailable(OrderTrailError):
    """Nothing is wrong with the request; try again after `retry_after_seconds`."""

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after_seconds: int = 1) -> None:
        """Keep the pause that the caller should make."""
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class ProjectionBehind(Unavailable):
    """The read table has not reached the position that the caller wants to see."""

    code = "projection_behind"


class ProjectionParked(Unavailable):
    """What the caller wants to see waits behind an event that the read table could not take."""

    code = "projection_parked"


# Poison: this input will never work --------------------------------------------------------------


class Poison(OrderTrailError):
    """The input will never work, however often it is tried."""

    code = "poison"


class AppendRefused(Poison):
    """The database refused these events as data (SQL classes 22, 23, 54)."""

    code = "append_refused"


class UndecodableEvent(Poison):
    """The code cannot read a stored event: unknown type, newer schema version or broken data."""

    code = "undecodable_event"


class TotalMismatch(Poison):
    """A bug guard: an order's total differs from the sum of its parts."""

    code = "total_mismatch"


class ProjectionFailed(Poison):
    """A projection cannot apply an event; what went wrong is the cause."""

    code = "projection_failed"

    def __init__(self, *, projection: str, position: int, stream: str, event_type: str) -> None:
        """Keep which event it is, and which projection stumbles over it."""
        super().__init__(
            f"{projection} cannot apply the event at position {position} ({event_type} of {stream})"
        )
        self.projection = projection
        self.position = position
        self.stream = stream
        self.event_type = event_type
