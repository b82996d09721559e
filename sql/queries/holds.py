"""Which orders wait for somebody to decide a hold?"""

from typing import Final

from sql.queries.worklist import Worklist

HOLDS: Final = Worklist(
    table="holds_worklist",
    columns=(
        "order_id, customer_id, currency, channel, country, placed_at, holds, kind, held_at,"
        " sla_at, due_at, risk_score, recorded_at"
    ),
    id="order_id",
    due="due_at",
    conditions={"kind": "kind = %(kind)s", "due_before": "due_at < %(due_before)s"},
    always="is_held",
    id_type="text",
)
