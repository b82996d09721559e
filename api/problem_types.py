"""Which HTTP status, title and meaning does each error code have?

The only place where domain errors meet HTTP statuses. `docs/errors.md` and the pages under
`/problems/<code>` are made from this table (`problem_pages.py`), the bodies of RFC 9457 in
`problem_answers.py`. A code is never renamed and never changes its status: clients rely on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.problem_conflicts import CONFLICTS


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its status, its title and what a caller should do about it."""

    status: int
    title: str
    meaning: str


def _rows(status: int, rows: Mapping[str, tuple[str, str]]) -> dict[str, ProblemType]:
    return {code: ProblemType(status, title, meaning) for code, (title, meaning) in rows.items()}


_MALFORMED: Final = _rows(
    400,
    {
        "malformed_json": (
            "Malformed JSON",
            (
                "The body is not JSON as RFC 8259 defines it: cut off, not UTF-8, a key twice in "
                "one object, NaN or Infinity, half of a surrogate pair, or nested too deeply."
            ),
        ),
        "idempotency_key_missing": (
            "Idempotency-Key missing",
            (
                "Every command needs the header `Idempotency-Key`: a text of your own choice, a "
                "UUID for example, that names this one request. Send the same key when you repeat "
                "the request, and a new key with every new request. Keys are kept for at least 24 "
                "hours."
            ),
        ),
        "idempotency_key_malformed": (
            "Idempotency-Key malformed",
            (
                "A key is 1 to 255 visible ASCII characters, bare or as a string in double quotes "
                "(RFC 9651), in one single header."
            ),
        ),
        "if_match_malformed": (
            "If-Match malformed",
            'If-Match holds one entity tag: the version in double quotes (`"3"`), or `*`.',
        ),
        "malformed": ("Malformed request", "The request cannot be read as what it claims to be."),
    },
)

_NOT_FOUND: Final = _rows(
    404,
    {
        "not_found": ("Not found", "There is nothing under this path."),
        "order_not_found": ("Order not found", "No order of yours has this id or number."),
        "address_not_found": ("Address not found", "The customer has never kept this address."),
        "customer_not_found": ("Customer not found", "No customer has this id."),
        "price_not_found": ("Price not found", "The product has no such price."),
        "stock_item_not_found": ("Stock not found", "The product is not kept at this location."),
        "reservation_not_found": (
            "Reservation not found",
            "The stock has no such reservation, or nothing of it is left.",
        ),
        "redemption_not_found": (
            "Redemption not found",
            "The coupon has no such redemption, or its place was given back.",
        ),
        "hold_not_found": ("Hold not found", "The order was never held under this id."),
        "edit_not_found": (
            "Edit not found",
            "No change of the order was ever proposed under this id.",
        ),
        "fulfilment_not_found": (
            "Fulfilment not found",
            "Nobody carries this order out, or not yet.",
        ),
        "payment_not_found": ("Payment not found", "No payment of yours has this id."),
        "payment_operation_not_found": (
            "Payment operation not found",
            "Nobody asked the provider for this capture, refund or void.",
        ),
        "shipment_not_found": ("Shipment not found", "No shipment of yours has this id."),
        "return_not_found": ("Return not found", "No return of yours has this id."),
        "product_not_found": (
            "Product not found",
            (
                "No product has this sku. The status is 404 where the path names the product and "
                "422 where a line of an order does."
            ),
        ),
    },
)


_INVALID: Final = _rows(
    422,
    {
        "validation_failed": (
            "Validation failed",
            (
                "A field or parameter is missing, unknown or not as the schema says; `errors` "
                "names each by the JSON Pointer of the field or the name of the parameter."
            ),
        ),
        "idempotency_key_reused": (
            "Idempotency-Key reused",
            "The key was used with another request. A new request needs a new key.",
        ),
        "order_number_malformed": (
            "Order number malformed",
            "The check character of the order number does not fit: it was mistyped.",
        ),
        "no_changes": ("No changes", "With the change the order would be what it is."),
        "product_not_sellable": ("Product not sellable", "The product is not active."),
        "price_not_available": (
            "Price not available",
            "No price holds for the product in this price list and currency.",
        ),
        "amount_invalid": ("Amount invalid", "The amount is not allowed here."),
        "amount_out_of_range": (
            "Amount out of range",
            "An amount is at most 2^53-1 minor units, so that every JSON reader keeps its digits.",
        ),
        "currency_unsupported": (
            "Currency unsupported",
            "The code is no ISO 4217 currency with a minor unit.",
        ),
        "currency_mismatch": ("Currency mismatch", "One order has one currency."),
        "discount_exceeds_line": (
            "Discount exceeds line",
            "A bug guard: a discount is larger than its line; nothing was stored.",
        ),
        "empty_order": ("Empty order", "An order has at least one line."),
        "too_many_lines": ("Too many lines", "An order has at most 2,000 lines."),
        "quantity_invalid": (
            "Quantity invalid",
            "A quantity is a whole number from 1 to 1,000,000; of stock, up to 1,000,000,000.",
        ),
        "line_not_found": ("Line not found", "The order, shipment or return has no such line."),
        "shipment_empty": ("Shipment empty", "A shipment has at least one piece, in one box."),
        "tracking_required": (
            "Tracking required",
            "A parcel leaves with a tracking number.",
        ),
        "item_not_returnable": (
            "Item not returnable",
            "The shop never takes this product back.",
        ),
        "disposition_incomplete": (
            "Disposition incomplete",
            "Every piece that came back is accepted or rejected; see `errors`.",
        ),
        "price_period_invalid": ("Price period invalid", "A period ends after it begins."),
        "duplicate_line_id": ("Duplicate line id", "The line ids of an order are unique."),
        "reason_required": ("Reason required", "An agreed price needs a reason."),
        "order_customer_unknown": (
            "Customer of the order unknown",
            "Register the customer before the order.",
        ),
        "address_required": (
            "Address required",
            "Something in the order needs shipping and there is no shipping address.",
        ),
        "shipping_method_not_applicable": (
            "Shipping method not applicable",
            "The method is unknown or does not serve the country.",
        ),
        "coupon_not_found": (
            "Coupon not found",
            (
                "There is no such coupon. The status is 404 where the path names the coupon and "
                "422 where an order does."
            ),
        ),
        "coupon_period_invalid": ("Coupon period invalid", "A coupon ends after it starts."),
        "coupon_min_not_met": (
            "Coupon minimum not met",
            "The goods of the order are worth less than the coupon asks for; see `errors`.",
        ),
        "coupon_not_applicable": (
            "Coupon not applicable",
            "There is nothing that the coupon could take anything off; see `errors`.",
        ),
        "coupon_currency_mismatch": (
            "Coupon currency mismatch",
            "The coupon counts in another currency; see `errors`.",
        ),
        "coupon_not_stackable": (
            "Coupon not stackable",
            "The coupon does not count together with others; see `errors`.",
        ),
        "occurred_at_in_future": (
            "Business time in the future",
            "`occurred_at` lies more than five minutes ahead of the server's clock.",
        ),
        "tax_rate_unknown": (
            "Tax rate unknown",
            "The policy of the shop has no tax rate for this tax class and country.",
        ),
    },
)

_HTTP: Final = {
    "forbidden": ProblemType(403, "Forbidden", "You lack the right to do this."),
    "method_not_allowed": ProblemType(
        405, "Method not allowed", "The header `Allow` lists the methods of this path."
    ),
    "not_acceptable": ProblemType(
        406, "Not acceptable", "The answer is application/json, which `Accept` excludes."
    ),
    "request_timeout": ProblemType(
        408, "Request timeout", "The body did not arrive in time; send it again."
    ),
    "version_mismatch": ProblemType(
        412,
        "Version mismatch",
        "`If-Match` (or `expected_version`) is not the current version; `current_version` is. "
        "Read again and decide again. A weak entity tag never matches.",
    ),
    "edit_stale": ProblemType(
        412,
        "Edit stale",
        "The order is not at `base_version` any more; `current_version` is what it is at. Read it "
        "again and propose the change that fits.",
    ),
    "payload_too_large": ProblemType(
        413,
        "Payload too large",
        "A body has at most 64 KiB, that of an order 1 MiB, that of a batch 4 MiB and 500 "
        "commands.",
    ),
    "unsupported_media_type": ProblemType(
        415,
        "Unsupported media type",
        "Send `Content-Type: application/json` in UTF-8 (a batch may be application/x-ndjson), "
        "not compressed.",
    ),
    "precondition_required": ProblemType(
        428,
        "Precondition required",
        "This command needs the version it was decided on: send the `ETag` of what you read as "
        "`If-Match`, in a batch as `expected_version`.",
    ),
    "header_fields_too_large": ProblemType(
        431, "Header fields too large", "All header fields together have at most 8 KiB."
    ),
}

_OURS: Final = {
    "internal_error": ProblemType(
        500,
        "Internal error",
        "A fault of ours. `instance` names the request in our log. Repeating the request with "
        "the same Idempotency-Key is safe.",
    ),
    "poison": ProblemType(500, "Poison", "This input will never work; please report it."),
    "append_refused": ProblemType(
        500, "Append refused", "The database refused the events as data; please report it."
    ),
    "undecodable_event": ProblemType(
        500, "Undecodable event", "The code cannot read a stored event; please report it."
    ),
    "policy_malformed": ProblemType(
        500, "Policy malformed", "The policy of the shop cannot be used; the program says why."
    ),
    "projection_failed": ProblemType(
        500, "Projection failed", "A read table cannot take an event in; please report it."
    ),
    "total_mismatch": ProblemType(
        500,
        "Total mismatch",
        "A bug guard: the parts of the order do not add up; nothing was stored.",
    ),
    "unavailable": ProblemType(
        503,
        "Unavailable",
        "Nothing is wrong with the request; repeat it after `Retry-After` seconds with the same "
        "Idempotency-Key.",
    ),
    "projection_behind": ProblemType(
        503,
        "Read table behind",
        "The read table has not reached `min_position` within two seconds; ask again after "
        "`Retry-After` seconds.",
    ),
    "projection_parked": ProblemType(
        503,
        "Read table parked",
        "An event at or below `min_position` could not be applied to what was asked for; it and "
        "the events behind it wait until an operator has seen to it. Without `min_position` the "
        "answer comes as it was before that event, and says so in `parked_since_position`.",
    ),
}

PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = {
    code: problem
    for rows in (_MALFORMED, _NOT_FOUND, _rows(409, CONFLICTS), _INVALID, _HTTP, _OURS)
    for code, problem in sorted(rows.items())
}
"""Error code -> problem type, by family."""
