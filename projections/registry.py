"""Which read models are there, and which are written together?"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from projections.customer_orders import CUSTOMER_ORDERS
from projections.fulfilment_queue import FULFILMENT_QUEUE
from projections.holds_worklist import HOLDS_WORKLIST
from projections.order_detail import ORDER_DETAIL
from projections.order_list import ORDER_LIST
from projections.payment_ledger import PAYMENT_LEDGER
from projections.process_status import PROCESS_STATUS
from projections.product_list import PRODUCT_LIST
from projections.product_sales import product_sales
from projections.projection import Projection
from projections.reservations_open import RESERVATIONS_OPEN
from projections.returns_worklist import RETURNS_WORKLIST
from projections.sales_daily import sales_daily
from projections.stock_availability import STOCK_AVAILABILITY
from projections.timers import TIMERS

DEFAULT_GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "operational": (
            "order_detail",
            "order_list",
            "customer_orders",
            "product_list",
            "stock_availability",
            "reservations_open",
            "timers",
            "process_status",
            "payment_ledger",
            "fulfilment_queue",
            "returns_worklist",
            "holds_worklist",
        ),
        "analytics": ("sales_daily", "product_sales"),
        "audit": (),
    }
)
"""Projector -> its projections: one projector reads one queue and decodes every event once."""


def projections(business_zone: str) -> dict[str, Projection]:
    """Make every projection, by name, for a shop's time zone.

    Raises:
        ZoneInfoNotFoundError: no such time zone.
    """
    known = (
        ORDER_DETAIL,
        ORDER_LIST,
        CUSTOMER_ORDERS,
        PRODUCT_LIST,
        STOCK_AVAILABILITY,
        RESERVATIONS_OPEN,
        TIMERS,
        PROCESS_STATUS,
        PAYMENT_LEDGER,
        FULFILMENT_QUEUE,
        RETURNS_WORKLIST,
        HOLDS_WORKLIST,
        sales_daily(business_zone),
        product_sales(business_zone),
    )
    return {projection.name: projection for projection in known}
