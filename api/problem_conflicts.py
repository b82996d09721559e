"""Which errors say that the state of things forbids a command now (409)?

Code -> (title, meaning); a part of the table in `problem_types.py`.
"""

from collections.abc import Mapping
from typing import Final

CONFLICTS: Final[Mapping[str, tuple[str, str]]] = {
    "refused": ("Refused", "The command was understood and may not happen."),
    "state_conflict": ("State conflict", "The state forbids the command now."),
    "order_state_conflict": (
        "Order state conflict",
        (
            "The order's state forbids the command; `current_state` says which state that is "
            "and `allowed_commands` what may be asked instead."
        ),
    ),
    "cancel_in_progress": (
        "Cancellation in progress",
        "The order is about to be cancelled; `allowed_commands` says what may be asked instead.",
    ),
    "edit_in_progress": (
        "Edit in progress",
        "A change of the order was proposed and is not decided yet; wait for it, or reject it.",
    ),
    "edit_not_allowed_after_shipment": (
        "Edit not allowed after shipment",
        "What shall change has begun to leave the house.",
    ),
    "edit_already_decided": (
        "Edit already decided",
        "The change was made, or rejected, before.",
    ),
    "order_not_imported": (
        "Order not imported",
        (
            "What happened elsewhere is recorded for orders from elsewhere (`origin.kind` is "
            "`import`); this one is carried out here."
        ),
    ),
    "product_discontinued": (
        "Product discontinued",
        "The product was discontinued, which is final.",
    ),
    "sku_already_exists": (
        "Sku already exists",
        "The sku is registered already, with other data. The same data again is no error.",
    ),
    "price_period_overlap": (
        "Price periods overlap",
        "A price of the same list and currency holds for a part of this period.",
    ),
    "price_changed": (
        "Price changed",
        "A price or the total differs from what you expected; `errors` lists both per line.",
    ),
    "operation_conflict": (
        "Operation conflict",
        "The id of this operation was used before for something else.",
    ),
    "insufficient_stock": (
        "Insufficient stock",
        "There are not enough pieces; `errors` lists what is short.",
    ),
    "stock_negative": ("Stock negative", "There cannot be fewer than no pieces."),
    "reservation_conflict": (
        "Reservation conflict",
        "The reservation was made for something else, or less than that is left of it.",
    ),
    "reservation_expired": (
        "Reservation expired",
        "The reservation was not allocated in time.",
    ),
    "allocation_exceeded": (
        "Allocation exceeded",
        "More pieces would leave than are allocated.",
    ),
    "coupon_already_exists": (
        "Coupon already exists",
        "The code was given to a coupon that says something else. The same again is no error.",
    ),
    "coupon_not_active": (
        "Coupon not active",
        "The coupon does not count then: it has not started, is paused, or its time is over.",
    ),
    "coupon_exhausted": ("Coupon exhausted", "Every place on the coupon is taken; see `errors`."),
    "coupon_customer_limit": (
        "Coupon used up",
        "The customer has used the coupon as often as he may; see `errors`.",
    ),
    "coupon_already_applied": (
        "Coupon already applied",
        "An order has a coupon once; see `errors`.",
    ),
    "step_not_stuck": (
        "Step not stuck",
        "The process does not wait for anybody with this step.",
    ),
    "order_on_hold": (
        "Order on hold",
        "Something has to be cleared up before the goods leave: release the hold first.",
    ),
    "hold_already_released": (
        "Hold already released",
        "Somebody decided this hold the other way.",
    ),
    "already_shipped": (
        "Already shipped",
        "What was to be cancelled has left the house; ask for a return.",
    ),
    "line_quantity_exceeded": (
        "Line quantity exceeded",
        "Fewer pieces of the line are left; `errors` says how many.",
    ),
    "return_qty_exceeded": (
        "Return quantity exceeded",
        "More pieces than were delivered and are not on their way back; see `errors`.",
    ),
    "order_not_settled": (
        "Order not settled",
        "Something of the order is neither delivered nor cancelled, or not paid.",
    ),
    "payment_state_conflict": (
        "Payment state conflict",
        "The payment's state forbids the command; `current_state` says which it is.",
    ),
    "capture_exceeds_authorized": (
        "Capture exceeds authorisation",
        "More would be taken than is authorised and not taken, or being taken, yet.",
    ),
    "refund_exceeds_captured": (
        "Refund exceeds capture",
        "More would be given back than was taken and is not given back, or disputed, yet.",
    ),
    "void_after_capture": (
        "Void after capture",
        "Everything is taken already; ask for a refund.",
    ),
    "authorization_expired": (
        "Authorisation expired",
        "What was authorised can no longer be taken.",
    ),
    "shipment_state_conflict": (
        "Shipment state conflict",
        "The shipment's state forbids the command; `current_state` says which it is.",
    ),
    "shipment_already_dispatched": (
        "Shipment already dispatched",
        "The carrier has the shipment.",
    ),
    "fulfillment_qty_exceeded": (
        "Fulfilment quantity exceeded",
        "More pieces than are allocated, or than are in the shipment; see `errors`.",
    ),
    "payment_required": (
        "Payment required",
        "Payments are not good for what the order comes to.",
    ),
    "split_not_allowed": (
        "Split not allowed",
        "The customer wants everything in one delivery.",
    ),
    "return_state_conflict": (
        "Return state conflict",
        "The return's state forbids the command; `current_state` says which it is.",
    ),
    "return_credit_spent": (
        "Credit of the return spent",
        (
            "An order is paid with the credit of the return already, or it was given back as "
            "money; every credit pays one order."
        ),
    ),
    "return_window_closed": (
        "Return window closed",
        "It was delivered too long ago; `errors` says until when it could be returned.",
    ),
    "received_qty_exceeded": (
        "Received quantity exceeded",
        "More pieces than were to come back, or than came back; see `errors`.",
    ),
    "customer_blocked": (
        "Customer blocked",
        "The shop takes no orders from this customer.",
    ),
    "too_many_addresses": (
        "Too many addresses",
        "A customer keeps at most 100 addresses; remove one.",
    ),
    "email_taken": ("E-mail taken", "Another customer has this e-mail address, or had it."),
    "customer_already_exists": (
        "Customer already exists",
        "The customer id is taken by a registration with other data.",
    ),
    "order_already_exists": (
        "Order already exists",
        "The order id was used with another body. The same body again is no error.",
    ),
    "edit_required": (
        "Edit required",
        "The new address lies in another country, which changes the order's tax.",
    ),
    "conflict": ("Conflict", "Somebody else was faster; read again and decide again."),
    "concurrent_modification": (
        "Concurrent modification",
        "Others changed the same thing again and again meanwhile; try again.",
    ),
    "told_too_early": (
        "Told too early",
        "What a dispute or a refund by hand is about is not known yet; send the message again.",
    ),
    "idempotency_in_progress": (
        "Request in progress",
        (
            "A request with this Idempotency-Key is being worked on; repeat it after "
            "`Retry-After` seconds to get its answer."
        ),
    ),
}
