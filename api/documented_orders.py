"""What do answers about orders look like, for the documentation?"""

from typing import Any, Final

from api.documented_dry_runs import LINE_EXAMPLE
from api.order_commands import CUSTOMER_ID, ORDER_ID
from api.query_route import FRESHNESS_EXAMPLE

_PLACED_AT: Final = "2026-11-20T10:15:00Z"

_PROGRESS: Final[dict[str, Any]] = {
    "line_id": "1",
    "sku": "85123A",
    "ordered": 6,
    "cancelled": 0,
    "allocated": 0,
    "backordered": 0,
    "shipped": 0,
    "delivered": 0,
    "return_requested": 0,
    "returned": 0,
    "written_off": 0,
    "refunded_minor": 0,
    "delivered_at": None,
}

ENTRY_EXAMPLE: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "order_number": "W26-0004711-T",
    "placed_at": _PLACED_AT,
    "customer_id": CUSTOMER_ID,
    "lifecycle": "pending",
    "payment_state": "none",
    "fulfilment_state": "unfulfilled",
    "return_state": "none",
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "item_count": 1,
    "units": 6,
    "grand_minor": 1770,
    "version": 1,
    "cancelled_minor": 0,
    "confirmed_at": None,
    "flagged_stages": [],
}

ORDERS_EXAMPLE: Final[dict[str, Any]] = {
    "orders": [ENTRY_EXAMPLE],
    "next_cursor": None,
    **FRESHNESS_EXAMPLE,
}

ORDER_EXAMPLE: Final[dict[str, Any]] = {
    **ENTRY_EXAMPLE,
    "price_list": "retail",
    "origin_kind": "web",
    "origin_ref": None,
    "lines": [LINE_EXAMPLE],
    "shipping_lines": [],
    "subtotal_minor": 1770,
    "discount_minor": 0,
    "shipping_minor": 0,
    "tax_minor": 295,
    "grand_minor": 1770,
    "shipping_method": None,
    "payment_method_ref": None,
    "allow_backorder": False,
    "allow_split": False,
    "policy_version": "2026-1",
    "calc_version": 1,
    "shipping_address": {
        "recipient": "Ada Lovelace",
        "line1": "12 St James's Square",
        "line2": None,
        "city": "London",
        "region": None,
        "postal_code": "SW1Y 4JH",
        "country": "GB",
        "phone": None,
    },
    "billing_address": None,
    "note": None,
    "notes": [],
    "cancellation_id": None,
    "cancellation_reason": None,
    "cancellation_note": None,
    "cancellation_requested_by": None,
    "cancellation_requested_at": None,
    "cancelled_at": None,
    "recorded_at": _PLACED_AT,
    "last_position": 4711,
    "pay_by": None,
    "coupons": [],
    "rejection_reason": None,
    "holds": [],
    "progress": [_PROGRESS],
    "payments": [],
    "edit": None,
    "allowed_commands": [
        "add-note",
        "cancel-lines",
        "cancel-order",
        "change-shipping-address",
        "place-hold",
        "propose-edit",
    ],
    **FRESHNESS_EXAMPLE,
}

EVENT_EXAMPLE: Final[dict[str, Any]] = {
    "position": 4713,
    "stream": f"order-{ORDER_ID}",
    "version": 3,
    "type": "order-note-added",
    "schema_version": 1,
    "occurred_at": "2026-11-20T10:20:00Z",
    "recorded_at": "2026-11-20T10:20:00.004711Z",
    "actor": {"kind": "staff", "id": "operator"},
    "command_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a11",
    "correlation_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a12",
    "causation_id": None,
    "data": {
        "order_id": ORDER_ID,
        "customer_id": CUSTOMER_ID,
        "currency": "GBP",
        "channel": "web",
        "country": "GB",
        "placed_at": _PLACED_AT,
        "note_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a04",
        "visibility": "internal",
    },
    "unreadable": None,
    "data_text": None,
}

HISTORY_EXAMPLE: Final[dict[str, Any]] = {
    "events": [EVENT_EXAMPLE],
    "next_after_version": None,
    "as_of_position": 4713,
}

FEED_EXAMPLE: Final[dict[str, Any]] = {
    "events": [EVENT_EXAMPLE],
    "next_after_position": 4713,
    "head_position": 4713,
}
