"""Does `ordertrail check` find what somebody with every right has changed, and name its place?"""

import json
from itertools import starmap
from typing import Final, NamedTuple

import pytest

from commands.registry import DECIDERS
from domain.events import EVENT_TYPES
from sql.checks.findings import Column
from sql.checks.made_by import MADE
from sql.checks.run import check
from sql.read_tables import column_names
from tests.checked_shop import (
    CUSTOMER,
    NOTE,
    A,
    B,
    C,
    Found,
    found_in,
    open_checked_shop,
    tampering,
)
from tests.checking import differences
from tests.examples import a_shop, an_order
from tests.examples_log import a_store, an_envelope
from tests.projecting import PROJECTIONS, make_tables

TABLES: Final = (
    "customer_orders",
    "fulfilment_queue",
    "holds_worklist",
    "order_detail",
    "order_list",
    "payment_ledger",
    "process_status",
    "product_list",
    "product_sales",
    "reservations_open",
    "returns_worklist",
    "sales_daily",
    "stock_availability",
    "timers",
)
CLOCKS: Final = ("business", "utc")


def row(projection: str, order_id: str, code: str = "row_differs") -> Found:
    """Name the row of an order."""
    table = f"{projection}__g1"
    customer = f'"{CUSTOMER}",' if projection == "customer_orders" else ""
    return table, code, f'{table} key [{customer}"{order_id}"]'


def rows_of_order(order_id: str, code: str = "row_differs") -> tuple[Found, ...]:
    """Name the rows of an order in every table that has a row per order."""
    return tuple(
        row(each, order_id, code) for each in ("customer_orders", "order_detail", "order_list")
    )


def sales_of(clock: str) -> tuple[Found, Found]:
    """Name the rows of the one day on which everything was sold."""
    return (
        (
            "product_sales__g1",
            "row_differs",
            f'product_sales__g1 key ["{clock}","2026-05-04","MUG-BLUE","GBP"]',
        ),
        (
            "sales_daily__g1",
            "row_differs",
            f'sales_daily__g1 key ["{clock}","2026-05-04","GBP","web","GB"]',
        ),
    )


SALES: Final = tuple(sorted(each for clock in CLOCKS for each in sales_of(clock)))


def sums(*places: str) -> tuple[Found, ...]:
    return tuple(("money", "sums_differ", f"{place} GBP") for place in places)


ALL_SUMS: Final = sums(
    "customer_orders__g1,",
    "order_detail__g1,",
    "order_list__g1,",
    "product_sales__g1, business",
    "product_sales__g1, utc",
    "sales_daily__g1, business",
    "sales_daily__g1, utc",
)


def position(number: int, check_name: str, code: str, stream: str = "") -> Found:
    return check_name, code, f"position {number}" + (f", stream {stream}" if stream else "")


def record(number: int, code: str) -> Found:
    return "commands", code, f"record 'wish-{number}' of staff:jo"


def view(name: str, code: str = "view_differs") -> Found:
    return "views", code, name


def columns_of(projection: str) -> str:
    """List the columns of a read table."""
    return ", ".join(column_names(PROJECTIONS[projection]))


def shown(projection: str, statement: str) -> tuple[str, ...]:
    """Show something else under the name of a read model."""
    return (f"CREATE OR REPLACE VIEW read_models.{projection} AS {statement}",)


def checkpoint(table: str) -> Found:
    return "checkpoints", "beyond_the_head", f"the checkpoint of {table}__g1"


class Corruption(NamedTuple):
    """What somebody does, and everything that is found then, in the order of the checks."""

    statements: tuple[str, ...]
    found: tuple[Found, ...]


def swap(one: int, other: int) -> tuple[str, ...]:
    moves = ((one, 99), (other, one), (99, other))
    return tuple(
        starmap("UPDATE event_store.events SET position = {1} WHERE position = {0}".format, moves)
    )


CORRUPTIONS: Final[dict[str, Corruption]] = {
    "a changed digit in an event": Corruption(
        (
            (
                "UPDATE event_store.events"
                """ SET data = replace(data::text, '"quantity":2', '"quantity":3')::json"""
                " WHERE position = 6"
            ),
        ),
        (
            *rows_of_order(A),
            *SALES,
            position(6, "money", "order_does_not_add_up", f"order-{A}"),
            *ALL_SUMS,
        ),
    ),
    "swapped rows of two streams": Corruption(
        swap(7, 8),
        (
            position(8, "log", "recorded_at_backwards"),
            *rows_of_order(A),
            record(6, "record_points_nowhere"),
            record(7, "record_points_nowhere"),
            position(7, "commands", "record_missing"),
            position(8, "commands", "record_missing"),
        ),
    ),
    "swapped rows of one stream": Corruption(
        swap(10, 11),
        (
            ("log", "version_not_next", f"stream order-{B}, position 10"),
            ("log", "version_not_next", f"stream order-{B}, position 11"),
            *rows_of_order(B),
        ),
    ),
    "a deleted event in the middle": Corruption(
        ("DELETE FROM event_store.events WHERE position = 9",),
        (
            position(9, "log", "position_missing"),
            ("log", "version_not_next", f"stream order-{B}, position 10"),
            row("order_detail", B),
            record(8, "record_points_nowhere"),
        ),
    ),
    "a deleted tail": Corruption(
        ("DELETE FROM event_store.events WHERE position = 12",),
        (
            *map(checkpoint, TABLES),
            *rows_of_order(C, "row_orphaned"),
            *SALES,
            record(10, "record_outside_the_log"),
            *ALL_SUMS,
        ),
    ),
    "a version twice": Corruption(
        (
            "ALTER TABLE event_store.events DROP CONSTRAINT events_stream_version_key",
            "UPDATE event_store.events SET version = 1 WHERE position = 7",
        ),
        (
            ("log", "version_not_next", f"stream order-{A}, position 7"),
            *rows_of_order(A),
            record(5, "record_points_nowhere"),
            record(6, "record_points_nowhere"),
            position(7, "commands", "record_missing"),
        ),
    ),
    "a moment that runs backwards": Corruption(
        (
            (
                "UPDATE event_store.events SET recorded_at = recorded_at - interval '1 minute'"
                " WHERE position = 7"
            ),
        ),
        (
            position(7, "log", "recorded_at_backwards"),
            row("order_detail", A),
            record(6, "record_of_another_time"),
        ),
    ),
    "an event that is no event any more": Corruption(
        ("""UPDATE event_store.events SET data = '{"sku":7}' WHERE position = 4""",),
        (position(4, "log", "event_unreadable", f"customer-{CUSTOMER}"),),
    ),
    "an altered amount in a read row": Corruption(
        (
            (
                "UPDATE read_models.order_list__g1 SET grand_minor = grand_minor + 1"
                f" WHERE order_id = '{A}'"
            ),
        ),
        (row("order_list", A), *sums("order_list__g1,")),
    ),
    "a key too many in a JSON column": Corruption(
        ("UPDATE read_models.product_list__g1 SET prices = jsonb_set(prices, '{0,rebate}', '1')",),
        (("product_list__g1", "row_differs", 'product_list__g1 key ["MUG-BLUE"]'),),
    ),
    "an orphan read row": Corruption(
        (
            (
                f"UPDATE read_models.customer_orders__g1 SET order_id = '{B[:-1]}f'"
                f" WHERE order_id = '{A}'"
            ),
            (
                "INSERT INTO read_models.customer_orders__g1 SELECT (json_populate_record(c,"
                f" json_build_object('order_id', '{A}'))).* FROM read_models.customer_orders__g1 c"
                f" WHERE order_id = '{B[:-1]}f'"
            ),
        ),
        (row("customer_orders", f"{B[:-1]}f", "row_orphaned"), *sums("customer_orders__g1,")),
    ),
    "a missing read row": Corruption(
        ("DELETE FROM read_models.product_list__g1",),
        (("product_list__g1", "row_missing", 'product_list__g1 key ["MUG-BLUE"]'),),
    ),
    "a checkpoint moved back": Corruption(
        ("UPDATE read_models.checkpoints SET position = 11 WHERE projection = 'order_list'",),
        (row("order_list", C, "row_orphaned"), *sums("order_list__g1,")),
    ),
    "a table that is older than its checkpoint": Corruption(
        (
            (
                "UPDATE read_models.order_list__g1 SET version = 1, last_position = 6"
                f" WHERE order_id = '{A}'"
            ),
        ),
        (row("order_list", A),),
    ),
    "checkpoints beyond the head": Corruption(
        (
            "UPDATE read_models.checkpoints SET position = 13 WHERE projection = 'order_list'",
            "UPDATE messaging.relay_checkpoints SET position = 13",
        ),
        (
            ("checkpoints", "beyond_the_head", "the relay's checkpoint 'relay'"),
            checkpoint("order_list"),
        ),
    ),
    "records that point nowhere": Corruption(
        (
            "UPDATE event_store.commands SET version = 9 WHERE idempotency_key = 'wish-5'",
            "UPDATE event_store.commands SET last_position = 99 WHERE idempotency_key = 'wish-6'",
        ),
        (
            record(5, "record_points_nowhere"),
            record(6, "record_outside_the_log"),
            position(6, "commands", "record_missing"),
            position(7, "commands", "record_missing"),
        ),
    ),
    "a deleted record": Corruption(
        ("DELETE FROM event_store.commands WHERE idempotency_key = 'wish-7'",),
        (position(8, "commands", "record_missing"),),
    ),
    "a record twice": Corruption(
        (
            "ALTER TABLE event_store.commands DROP CONSTRAINT commands_pkey",
            (
                "INSERT INTO event_store.commands SELECT * FROM event_store.commands"
                " WHERE idempotency_key = 'wish-7'"
            ),
        ),
        (record(7, "record_repeated"), record(7, "key_repeated")),
    ),
    "a changed sum": Corruption(
        (
            (
                "UPDATE read_models.sales_daily__g1 SET gross_minor = gross_minor + 1"
                " WHERE clock = 'utc'"
            ),
        ),
        (sales_of("utc")[1], *sums("sales_daily__g1, utc")),
    ),
    "an order number twice": Corruption(
        (
            (
                "UPDATE event_store.events"
                " SET data = replace(data::text, 'W26-0000003-X', 'W26-0000001-X')::json"
                " WHERE position = 12"
            ),
        ),
        (
            *rows_of_order(C),
            record(10, "record_differs"),
            position(12, "money", "order_number_repeated", f"order-{C}"),
        ),
    ),
    "a table that is gone": Corruption(
        ("DROP TABLE read_models.order_list__g1 CASCADE",),
        (("checkpoints", "no_table", "order_list__g1"),),
    ),
    "a view that shows nothing": Corruption(
        shown(
            "order_list",
            f"SELECT {columns_of('order_list')} FROM read_models.order_list__g1 WHERE false",
        ),
        (view("order_list"),),
    ),
    "a view of a table of the same name elsewhere": Corruption(
        (
            "CREATE TABLE public.order_list__g1 AS TABLE read_models.order_list__g1",
            *shown("order_list", f"SELECT {columns_of('order_list')} FROM public.order_list__g1"),
        ),
        (view("order_list"),),
    ),
    "a view that shows a column as another one": Corruption(
        shown(
            "order_list",
            "SELECT "
            + columns_of("order_list").replace("payment_state", "return_state AS payment_state")
            + " FROM read_models.order_list__g1",
        ),
        (view("order_list"),),
    ),
    "a view that asks with the rights of who queries": Corruption(
        ("ALTER VIEW read_models.order_detail SET (security_invoker = true)",),
        (view("order_detail"),),
    ),
    "a view over a view that leaves out a channel": Corruption(
        (
            (
                "CREATE TABLE read_models.definition AS"
                " SELECT rtrim(pg_get_viewdef('read_models.sales_monthly'::regclass), ';') AS text"
            ),
            (
                "DO $$ BEGIN EXECUTE (SELECT 'CREATE OR REPLACE VIEW read_models.sales_monthly AS '"
                " || replace(text, 'GROUP BY', 'WHERE channel <> ''web'' GROUP BY')"
                " FROM read_models.definition); END $$"
            ),
        ),
        (view("sales_monthly"),),
    ),
    "views that are gone": Corruption(
        (
            "DROP VIEW read_models.sales_daily CASCADE",
            "ALTER VIEW read_models.product_list RENAME TO product_list_of_old",
        ),
        (
            view("product_list", "no_view"),
            view("sales_daily", "no_view"),
            view("sales_monthly", "no_view"),
        ),
    ),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
async def test_finds_it(database_url: str, name: str) -> None:
    await open_checked_shop(database_url)
    assert await found_in(database_url) == []

    async with tampering(database_url) as connection, connection.transaction():
        for statement in CORRUPTIONS[name].statements:
            assert (await connection.execute(statement.encode())).rowcount != 0

    assert await found_in(database_url) == list(CORRUPTIONS[name].found)


CHANGED_RECORDS: Final = {
    1: ("principal = 'staff:eve'", "principal"),
    5: ("command_type = 'place-orders'", "command_type"),
    6: ("command_type = 'cancel-order'", "command_type"),
    7: ("status = 200", "status"),
    8: ("fingerprint = '\\x00'", "fingerprint"),
    9: ("answer = '{}', status = 201", "status, answer"),
    10: ("""answer = '{"order_number":"W26-0000001-X"}'""", "answer"),
}
"""Number of the wish -> what of its record is changed, and what is found to differ."""


async def test_finds_records_that_say_something_else_than_their_events(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection:
        for number, (change, _) in CHANGED_RECORDS.items():
            statement = (
                f"UPDATE event_store.commands SET {change} WHERE idempotency_key = 'wish-{number}'"
            )
            assert (await connection.execute(statement.encode())).rowcount == 1

    checked = await check(database_url, PROJECTIONS)

    assert [
        (one.code, one.place, one.detail) for each in checked.findings for one in each.differences
    ] == [
        (
            "record_differs",
            f"record 'wish-{number}' of staff:{'eve' if number == 1 else 'jo'}",
            f"has another {names} than its events say",
        )
        for number, (_, names) in CHANGED_RECORDS.items()
    ]


async def test_finds_a_record_of_another_request_for_the_same_order(database_url: str) -> None:
    await make_tables(database_url)
    envelope = an_envelope("wish")
    async with a_store(database_url) as store:
        for number, command in enumerate(a_shop()):
            await store.handler.handle(command, an_envelope(f"shop-{number}"))
        order = an_order(order_id=A, fingerprint=envelope.fingerprint.hex())
        await store.handler.handle(order, envelope)
        await store.handler.handle(order, an_envelope("again"))
    assert await found_in(database_url) == []

    async with tampering(database_url) as connection:
        await connection.execute(
            b"UPDATE event_store.commands SET fingerprint = sha256(fingerprint)"
            b" WHERE idempotency_key = 'wish'"
        )
        await connection.execute(
            b"UPDATE event_store.commands SET command_type = 'add-product', status = 200"
            b" WHERE idempotency_key = 'again'"
        )

    assert sorted(await found_in(database_url)) == [
        ("commands", "record_differs", "record 'again' of staff:jo"),
        ("commands", "record_differs", "record 'wish' of staff:jo"),
    ]


def test_every_command_is_known_with_its_events() -> None:
    assert set(MADE) == {decider.type for decider in DECIDERS.values()}
    assert {each for types in MADE.values() for each in types} == set(EVENT_TYPES)


async def test_tells_the_columns_that_differ_and_no_personal_value(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection:
        await connection.execute(
            b"UPDATE read_models.order_detail__g1 SET units = 7, shipping_address = NULL,"
            b" notes = jsonb_set(notes, '{0,text}', '\"Beware of the dog\"') WHERE order_id = %s",
            (A,),
        )

    checked = await check(database_url, PROJECTIONS, names=["order_detail"])
    (difference, _) = (one for each in checked.findings for one in each.differences)
    said = json.dumps(await differences(database_url))

    assert difference.columns == (
        Column("units", "2", "7"),
        Column("shipping_address"),
        Column("notes"),
    )
    assert '"notes"' in said
    assert not [each for each in (NOTE, "Lovelace", "Beware") if each in said]


async def test_counts_all_differences_and_tells_the_first_twenty(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection:
        await connection.execute(
            b"INSERT INTO read_models.product_list__g1"
            b" SELECT (json_populate_record(p, json_build_object('sku', n::text))).*"
            b" FROM read_models.product_list__g1 p CROSS JOIN generate_series(1, 30) n"
        )

    checked = await check(database_url, PROJECTIONS, names=["product_list"])

    (found,) = (each for each in checked.findings if each.count)
    assert (found.name, found.count, len(found.differences)) == ("product_list__g1", 30, 20)
