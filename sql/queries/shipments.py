"""Which parcels are to leave, and where are those that left?"""

from typing import Final

from sql.queries.worklist import Worklist

SHIPMENTS: Final = Worklist(
    table="fulfilment_queue",
    columns=(
        "shipment_id::text, order_id::text, customer_id::text, currency, channel, country,"
        " placed_at, location, status, carrier, service, ship_by, lines, tracking_number, version,"
        " recorded_at"
    ),
    id="shipment_id",
    due="ship_by",
    conditions={
        "location": "location = %(location)s",
        "status": "status = %(status)s",
        "order_id": "order_id = %(order_id)s::uuid",
        "customer_id": "customer_id = %(customer_id)s::uuid",
    },
)
