"""Which pieces are kept for which orders, and which are promised that are not there?

Backorders are filled in the order in which they were promised, which is that of the log.
"""

from typing import Final

from sql.queries.worklist import Worklist

_COLUMNS: Final = (
    "reservation_id, sku, location, order_id, line_id, state, asked, reserved, backordered,"
    " allocated, reserved_at, reserved_position, expires_at, promised_at, recorded_at"
)
_BACKORDER: Final = (
    "sku, location, reservation_id, order_id, line_id, quantity, asked, reserved_at,"
    " reserved_position, promised_at, recorded_at"
)

RESERVATIONS_OF_ORDER: Final = Worklist(
    table="reservations_open",
    columns=_COLUMNS,
    id="reservation_id",
    due="reserved_position",
    conditions={"order_id": "order_id = %(order_id)s"},
    id_type="text",
)
EXPIRING_RESERVATIONS: Final = Worklist(
    table="reservations_open",
    columns=_COLUMNS,
    id="reservation_id",
    due="expires_at",
    conditions={
        "order_id": "order_id = %(order_id)s",
        "expires_before": "expires_at < %(expires_before)s",
    },
    always="expires_at IS NOT NULL",
    id_type="text",
)
BACKORDERS: Final = Worklist(
    table="reservations_open",
    view="backorder_queue",
    columns=_BACKORDER,
    id="reservation_id",
    due="reserved_position",
    conditions={"sku": "sku = %(sku)s"},
    id_type="text",
)
MISSED_PROMISES: Final = Worklist(
    table="reservations_open",
    view="backorder_queue",
    columns=_BACKORDER,
    id="reservation_id",
    due="promised_at",
    conditions={"sku": "sku = %(sku)s"},
    always="promised_at < now()",
    id_type="text",
)
