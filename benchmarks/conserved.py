"""Did a load lose, double or oversell anything, and does everybody's money agree?

The checks of a load run that `ordertrail check` does not make, asked of the log in plain SQL, a
second way beside every fold: orders, money and pieces of the whole log, against what the client was
answered and against the books of the sandbox provider. The measured loads back-order nothing, keep
no safety stock and pay each order at most once, which makes the rules below exact.

Source: read-models.md §4, checks 1 to 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from benchmarks.figures import say

_ORDERS: Final = """
SELECT count(*) FILTER (WHERE type = 'order-placed') AS placed,
       count(*) FILTER (WHERE type = 'order-confirmed') AS confirmed,
       count(*) FILTER (WHERE type = 'order-rejected') AS rejected,
       (SELECT count(*) FROM event_store.commands WHERE command_type = 'place-order') AS keys
  FROM event_store.events WHERE type IN ('order-placed', 'order-confirmed', 'order-rejected')
"""
# What each event did may be done once: how often was something done again?
_DUPLICATES: Final = """
SELECT coalesce(sum(count - 1), 0) FROM (
    SELECT count(*) FROM (
        SELECT type, CASE
               WHEN type IN ('order-placed', 'order-confirmed') THEN stream
               WHEN type IN ('stock-reserved', 'stock-allocated') THEN data ->> 'reservation_id'
               WHEN type = 'stock-deducted'
                    THEN (data ->> 'reservation_id') || (data ->> 'shipment_id')
               WHEN type = 'payment-captured' THEN data ->> 'capture_id'
               ELSE data ->> 'order_id' END AS what
          FROM event_store.events
         WHERE type IN ('order-placed', 'order-confirmed', 'stock-reserved', 'stock-allocated',
                        'stock-deducted', 'payment-authorized', 'payment-captured',
                        'shipment-planned')
    ) AS done GROUP BY type, what HAVING count(*) > 1
) AS again
"""
# The lowest that could be sold of each stock item at any time, by its movements.
_OVERSOLD: Final = """
SELECT count(DISTINCT stream) FROM (
    SELECT stream, sum(CASE type
               WHEN 'stock-received' THEN (data ->> 'quantity')::bigint
               WHEN 'stock-adjusted' THEN (data ->> 'delta')::bigint
               WHEN 'stock-counted' THEN (data ->> 'delta')::bigint
               WHEN 'stock-returned' THEN (data ->> 'quantity')::bigint
               WHEN 'stock-reserved' THEN -(data ->> 'quantity')::bigint
               WHEN 'stock-reservation-expired' THEN (data ->> 'quantity')::bigint
               WHEN 'stock-reservation-released'
                    THEN (data ->> 'from_reserved')::bigint + (data ->> 'from_allocated')::bigint
               ELSE 0 END) OVER (PARTITION BY stream ORDER BY version) AS available
      FROM event_store.events WHERE stream LIKE 'stock-%'
) AS history WHERE available < 0
"""
_PIECES: Final = """
SELECT (SELECT coalesce(sum((line ->> 'quantity')::bigint), 0)
          FROM event_store.events AS placed
          JOIN event_store.events AS confirmed USING (stream),
               json_array_elements(placed.data -> 'lines') AS line
         WHERE placed.type = 'order-placed' AND confirmed.type = 'order-confirmed'),
       (SELECT coalesce(sum((data ->> 'quantity')::bigint), 0)
          FROM event_store.events WHERE type = 'stock-allocated')
"""
_MONEY: Final = """
SELECT type, sum((data ->> 'amount_minor')::bigint) FROM event_store.events
 WHERE type IN ('payment-authorized', 'payment-captured', 'payment-voided', 'refund-succeeded')
 GROUP BY type
"""
_LEDGER: Final = """
SELECT operation, sum(amount_minor) FROM read_models.payment_ledger
 WHERE status = 'done' GROUP BY operation
"""
_AMOUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "authorised_minor": ("payment-authorized", "authorize"),
    "captured_minor": ("payment-captured", "capture"),
    "voided_minor": ("payment-voided", "void"),
    "refunded_minor": ("refund-succeeded", "refund"),
}
"""A sum of the provider's books -> the event in the log, the operation in the ledger."""


@dataclass(frozen=True, slots=True)
class Conserved:
    """What a load came to. `lost` orders were accepted and are not in the log, or not decided."""

    orders: int
    lost: int
    duplicated: int
    oversold: int

    def __str__(self) -> str:
        """Write the three numbers that have to be 0."""
        return f"lost {self.lost}, duplicated {self.duplicated}, oversold {self.oversold}"


def require_conserved(
    database_url: str, books: Mapping[str, Any], *, accepted: int, undecided: int = 0
) -> Conserved:
    """Check the whole log of a database, of which the read models stand at the head.

    `accepted` is how many orders the client was told are placed, `undecided` how many of them
    nobody paid.

    Raises:
        SystemExit: something was lost, doubled or oversold, or the money does not agree.
    """
    with psycopg.connect(database_url) as connection:
        placed, confirmed, rejected, keys = _row(connection, _ORDERS)
        conserved = Conserved(
            orders=placed,
            lost=max(0, accepted - placed) + max(0, placed - confirmed - rejected - undecided),
            duplicated=int(_row(connection, _DUPLICATES)[0]) + abs(placed - keys),
            oversold=_row(connection, _OVERSOLD)[0],
        )
        wanted, allocated = _row(connection, _PIECES)
        faults = (
            [] if wanted == allocated else [f"{wanted} pieces confirmed, {allocated} allocated"]
        )
        log, ledger = _sums(connection, _MONEY), _sums(connection, _LEDGER)
    for name, (event_type, operation) in _AMOUNTS.items():
        sums = {
            "log": log.get(event_type, 0),
            "ledger": ledger.get(operation, 0),
            "books": int(books[name]),
        }
        if len(set(sums.values())) > 1:
            faults.append(f"{name} differs: {sums}")
    say(
        f"{conserved.orders:,} orders: {conserved}; {confirmed:,} confirmed, {rejected:,} rejected;"
        f" log, ledger and books: authorised {log.get('payment-authorized', 0):,},"
        f" captured {log.get('payment-captured', 0):,}"
    )
    if conserved.lost or conserved.duplicated or conserved.oversold or faults:
        raise SystemExit("; ".join([f"The load failed: {conserved}", *faults]))
    return conserved


def _row(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


def _sums(connection: psycopg.Connection, query: str) -> dict[str, int]:
    return {name: int(total) for name, total in connection.execute(query.encode()).fetchall()}
