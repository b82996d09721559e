"""What does a payload of an older schema version say in today's form?

Each step is pure and leads from one version to the next; what was stored is never changed
(architecture.md §3, `schema_version`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Payload = dict[str, Any]
"""A stored payload as plain dicts, lists, numbers and texts."""


def order_placed_1_to_2(payload: Payload) -> Payload:
    """Version 2 names the coupons and the time by which the order is to be paid."""
    return {**payload, "coupons": [], "pay_by": None}


def order_placed_2_to_3(payload: Payload) -> Payload:
    """Version 3 names the credit with which the order is paid."""
    return {**payload, "credit": None}


def order_cancelled_1_to_2(payload: Payload) -> Payload:
    """Version 2 says what was released and given back: before it, nothing had been taken."""
    return {**payload, "released": [], "voided_minor": 0, "refunded_minor": 0}


def fulfilment_advanced_1_to_2(payload: Payload) -> Payload:
    """Version 2 says when the stage began."""
    return {**payload, "stage_since": None}


def return_inspected_1_to_2(payload: Payload) -> Payload:
    """Version 2 says what the customer has as a credit: before it, people saw to credits."""
    return {**payload, "credit_minor": 0}


UPCASTERS: Final[Mapping[tuple[str, int], Callable[[Payload], Payload]]] = {
    ("order-placed", 1): order_placed_1_to_2,
    ("order-placed", 2): order_placed_2_to_3,
    ("order-cancelled", 1): order_cancelled_1_to_2,
    ("fulfilment-advanced", 1): fulfilment_advanced_1_to_2,
    ("return-inspected", 1): return_inspected_1_to_2,
}
"""(stored name, schema version) -> the step to the next version."""
