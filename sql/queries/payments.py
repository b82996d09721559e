"""What was asked of providers for an order, and what became of it?"""

from dataclasses import dataclass
from typing import Final

from domain.events import payment_stream
from sql.queries.reader import Page, Reader, live_page

LEDGER: Final = "payment_ledger"
OPERATIONS_MAX: Final = 5_000
"""More than the events of a stream that are read at once bring about."""

_COLUMNS: Final = (
    "payment_id::text, operation_id, order_id::text, customer_id::text, operation, amount_minor,"
    " currency, psp_ref, status, code, occurred_at, recorded_at, version"
)
_IN_ORDER: Final = 'payment_id COLLATE "C", operation_id'
_BY_PAYMENT: Final = live_page(
    LEDGER,
    f"SELECT {_COLUMNS} FROM read_models.payment_ledger"
    " WHERE payment_id = %(payment_id)s::uuid"
    f" ORDER BY payment_ledger.payment_id, operation_id LIMIT {OPERATIONS_MAX}",
    _IN_ORDER,
    # Any row of the payment: the text of its key begins with the payment's id.
    units=(
        "unit.kind = 'row' AND unit.key >= %(parked_from)s AND unit.key < %(parked_to)s"
        " OR unit.kind = 'stream' AND unit.key = %(parked_stream)s"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which operations to list; None leaves a thing open. `status` may be `unsettled`."""

    order_id: str | None = None
    customer_id: str | None = None
    psp_ref: str | None = None
    status: str | None = None


UNSETTLED: Final = "unsettled"
_CONDITIONS: Final = {
    "order_id": "order_id = %(order_id)s::uuid",
    "customer_id": "customer_id = %(customer_id)s::uuid",
    "psp_ref": "psp_ref = %(psp_ref)s",
    "status": "status = %(status)s",
}
# As in the condition of the index, word for word.
_UNSETTLED: Final = "status IN ('pending', 'requires_action', 'processing', 'unknown')"
_AFTER: Final = "(payment_id, operation_id) > (%(after_payment)s::uuid, %(after_operation)s)"


async def ledger_of(reader: Reader, payment_id: str) -> Page:
    """Look all operations of a payment up."""
    values = {
        "payment_id": payment_id,
        "parked_from": f'["{payment_id}",',
        "parked_to": f'["{payment_id}"-',  # what follows a comma
        "parked_stream": payment_stream(payment_id),
    }
    return await reader.page(_BY_PAYMENT, values)


async def list_ledger(
    reader: Reader, wanted: LedgerFilter, after: tuple[str, str] | None, limit: int
) -> Page:
    """List operations by payment and id, after one of them."""
    values: dict[str, object] = {"limit": limit}
    conditions: list[str] = []
    for name, condition in _CONDITIONS.items():
        value = getattr(wanted, name)
        if name == "status" and value == UNSETTLED:
            conditions.append(_UNSETTLED)
        elif value is not None:
            conditions.append(condition)
            values[name] = value
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_payment": after[0], "after_operation": after[1]}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = (
        f"SELECT {_COLUMNS} FROM read_models.payment_ledger{where}"
        " ORDER BY payment_ledger.payment_id, operation_id LIMIT %(limit)s"
    )
    return await reader.page(live_page(LEDGER, select, _IN_ORDER), values)
