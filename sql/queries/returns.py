"""What shall come back, and what is known of one return?"""

from typing import Final

from sql.queries.worklist import Worklist

RETURNS: Final = Worklist(
    table="returns_worklist",
    columns=(
        "return_id::text, order_id::text, customer_id::text, currency, channel, country,"
        " placed_at, status, requested_at, send_by, resolution, lines, refund_due_minor,"
        " credit_minor, credit_used_by::text, version, recorded_at"
    ),
    id="return_id",
    due="requested_at",
    conditions={
        "status": "status = %(status)s",
        "order_id": "order_id = %(order_id)s::uuid",
        "customer_id": "customer_id = %(customer_id)s::uuid",
    },
)
