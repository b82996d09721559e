"""How does a log become large without sending every command?

Real orders are placed over HTTP, and the database copies them with new ids, order numbers and
records: what stands in the log afterwards is what the same commands would have left there, so
followers, rebuilds and `ordertrail check` take it as it is.
"""

import time
from typing import Any, Final

import httpx2
import psycopg
import uuid_utils

from benchmarks.figures import say
from benchmarks.measured_system import any_port, api_server, settings
from benchmarks.order_requests import (
    command_item,
    make_orders,
    prepare_catalogue,
    send_items,
)
from benchmarks.payload import payload_text
from sql.log_notifier import CHANNEL

TEMPLATE_ORDERS: Final = 200
ROWS_PER_STATEMENT: Final = 100_000

# Every event of every template order, with ids and numbers of its copy, in the order in which the
# copies would have been placed one after the other.
_COPY_ORDERS: Final = """
WITH template AS MATERIALIZED (
    SELECT stream, version, type, schema_version, data::text AS data, metadata::text AS metadata,
           substr(stream, 7) AS order_id, dense_rank() OVER (ORDER BY stream) AS number,
           first_value(data ->> 'order_number') OVER (PARTITION BY stream ORDER BY version)
               AS order_number
      FROM event_store.events WHERE position = ANY (%(template)s)
), copy AS MATERIALIZED (
    SELECT copy, number, uuidv7()::text AS order_id,
           'W26-' || lpad((%(first_number)s + copy * %(orders)s + number)::text, 9, '0') || '-X'
               AS order_number
      FROM generate_series(0, %(copies)s - 1) AS copy
     CROSS JOIN (SELECT DISTINCT number FROM template) AS numbers
), made AS MATERIALIZED (
    SELECT %(head)s + row_number() OVER (ORDER BY copy, number, version) AS position,
           'order-' || copy.order_id AS stream, version, type, schema_version,
           replace(replace(data, template.order_id, copy.order_id),
                   template.order_number, copy.order_number)::json AS data,
           metadata::json AS metadata
      FROM template JOIN copy USING (number)
), written AS (
    INSERT INTO event_store.events
    SELECT position, stream, version, type, schema_version, data, metadata,
           clock_timestamp(), transaction_timestamp()
      FROM made
)
INSERT INTO event_store.commands
       (principal, idempotency_key, fingerprint, command_type, stream, version, first_position,
        last_position, status, answer, recorded_at)
SELECT metadata #>> '{actor,kind}' || ':' || (metadata #>> '{actor,id}'), stream || ':' || version,
       coalesce(decode(data ->> 'fingerprint', 'hex'), sha256(stream::bytea)),
       CASE type WHEN 'order-placed' THEN 'place-order' WHEN 'order-note-added' THEN 'add-note'
                 ELSE 'cancel-order' END,
       stream, version, position, position, CASE type WHEN 'order-placed' THEN 201 ELSE 200 END,
       CASE type WHEN 'order-placed'
                 THEN json_build_object('order_number', data ->> 'order_number') END,
       transaction_timestamp()
  FROM made
"""

_FILL_WITH_NOTES: Final = """
WITH made AS MATERIALIZED (
    SELECT position, {new_id} AS id
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS position
), written AS (
    INSERT INTO event_store.events
    SELECT position, 'order-' || id, 1, 'order-note-added', 1, %(data)s::json, %(metadata)s::json,
           transaction_timestamp(), transaction_timestamp()
      FROM made ORDER BY position
)
INSERT INTO event_store.commands
       (principal, idempotency_key, fingerprint, command_type, stream, version, first_position,
        last_position, status, answer, recorded_at)
SELECT 'staff:benchmark', id, sha256(id::bytea), 'add-note', 'order-' || id, 1, position,
       position, 200, NULL, transaction_timestamp()
  FROM made
"""


def place_templates(database_url: str) -> list[int]:
    """Place, note and cancel orders over HTTP in a migrated database without orders.

    Of 200 orders every third gets a note and every fifteenth is cancelled.

    Shape: the positions of their events, ascending.
    """
    with api_server(settings(database_url, any_port())) as url:
        prepare_catalogue(url)
        first = head_of(database_url) + 1
        orders = make_orders(TEMPLATE_ORDERS)
        with httpx2.Client(base_url=url, timeout=30) as client:
            for order in orders:
                answer = client.post(
                    "/v1/orders",
                    content=order.body,
                    headers={"Content-Type": "application/json", "Idempotency-Key": order.key},
                )
                answer.raise_for_status()
            send_items(client, [_note(order.order_id) for order in orders[::3]])
            send_items(client, [_cancellation(order.order_id) for order in orders[1::15]])
    return list(range(first, head_of(database_url) + 1))


def copy_orders(database_url: str, template: list[int], events: int) -> int:
    """Copy the template orders until the log has at least so many more events.

    Units: answers the number of events added.
    """
    copies = -(-events // len(template))
    copies_per_commit = max(1, ROWS_PER_STATEMENT // len(template))
    with _as_log_owner(database_url) as connection:
        for first in range(0, copies, copies_per_commit):
            _copy(connection, template, min(copies_per_commit, copies - first))
    say(f"copied orders: {copies * len(template):,} events")
    return copies * len(template)


def copy_orders_at_once(database_url: str, template: list[int], events: int) -> int:
    """Do the same with one commit, and wake whoever follows the log."""
    copies = -(-events // len(template))
    with _as_log_owner(database_url) as connection:
        _copy(connection, template, copies)
        _wake(connection)
    return copies * len(template)


def trickle(
    database_url: str, template: list[int], events_per_second: float, seconds: float
) -> int:
    """Copy single orders at a steady rate, a commit each. Answers the number of events added."""
    placed, added = template[:1], 0
    started = time.perf_counter()
    with _as_log_owner(database_url) as connection:
        while (elapsed := time.perf_counter() - started) < seconds:
            if added < elapsed * events_per_second:
                _copy(connection, placed, 1)
                _wake(connection)
                added += 1
            else:
                time.sleep(0.001)
    return added


def fill_with_notes(database_url: str, events: int, *, random_ids: bool) -> None:
    """Give an empty migrated log so many single-event streams, with their records."""
    data, metadata = payload_text()
    query = _FILL_WITH_NOTES.format(
        new_id="gen_random_uuid()::text" if random_ids else "uuidv7()::text"
    )
    with _as_log_owner(database_url) as connection:
        for first in range(1, events + 1, ROWS_PER_STATEMENT):
            last = min(events, first + ROWS_PER_STATEMENT - 1)
            values = {"first": first, "last": last, "data": data, "metadata": metadata}
            connection.execute(query.encode(), values)
            connection.commit()
            if last % (10 * ROWS_PER_STATEMENT) == 0 or last == events:
                say(f"filled {last:,} of {events:,} events")


def settle(database_url: str) -> None:
    """Let the server finish what a bulk load leaves behind, so that nobody measures it."""
    vacuum(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def vacuum(database_url: str) -> None:
    """Clean up and analyze, as autovacuum would while the next figure is taken."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def head_of(database_url: str) -> int:
    """Tell the last position of a log."""
    with psycopg.connect(database_url) as connection:
        return _head(connection)


def _copy(connection: psycopg.Connection, template: list[int], copies: int) -> None:
    head = _head(connection)
    values = {
        "template": template,
        "copies": copies,
        "orders": TEMPLATE_ORDERS,
        "first_number": head,  # every order has an event, so no number is used twice
        "head": head,
    }
    connection.execute(_COPY_ORDERS.encode(), values)
    connection.commit()


def _wake(connection: psycopg.Connection) -> None:
    connection.execute(f"NOTIFY {CHANNEL}".encode())
    connection.commit()


def _note(order_id: str) -> dict[str, Any]:
    return command_item(
        "add-note", order_id=order_id, note_id=str(uuid_utils.uuid7()), text="Ring twice, please."
    )


def _cancellation(order_id: str) -> dict[str, Any]:
    return command_item(
        "cancel-order",
        expected_version=1,
        order_id=order_id,
        cancellation_id=str(uuid_utils.uuid7()),
        reason_code="customer_request",
    )


def _head(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM event_store.events").fetchone()
    assert row is not None
    return int(row[0])


def _as_log_owner(database_url: str) -> psycopg.Connection:
    connection = psycopg.connect(database_url)
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET work_mem = '256MB'")
    connection.execute("SET ROLE ordertrail_log_owner")
    connection.commit()
    return connection
