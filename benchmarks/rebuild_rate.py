"""A6: how fast is a read table built anew from the log?

`ordertrail projections rebuild order_detail` over orders with notes and cancellations, against
`COPY` of the rows that it made into an empty table with the same indexes, which is the least that
any rebuild has to do.
"""

import json
import subprocess
import sys
import time
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.figures import Figure, say
from benchmarks.made_logs import copy_orders, head_of, place_templates, settle
from benchmarks.measured_system import PROGRAM, any_port, settings

PROJECTION: Final = "order_detail"


def measure_rebuild(database_url: str, events: int) -> Figure:
    """Measure A6 on a migrated database without orders."""
    template = place_templates(database_url)
    copy_orders(database_url, template, events - head_of(database_url))
    settle(database_url)
    done = subprocess.run(
        [str(PROGRAM), "projections", "rebuild", PROJECTION, "--json"],
        check=True,
        env=settings(database_url, any_port()),
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
    )
    result = json.loads(done.stdout)
    folded, seconds = int(result["events"]), float(result["seconds"])
    rows, copy_seconds = _copy_seconds(database_url, f"{PROJECTION}__g{result['generation']}")
    say(
        f"rebuild: {folded:,} events in {seconds:.1f} s, {folded / seconds:,.0f}/s; COPY of the"
        f" {rows:,} rows {copy_seconds:.1f} s"
    )
    return Figure(
        "A6_rebuild_order_detail_events_per_second",
        round(folded / seconds),
        "events/s",
        round(folded / copy_seconds),
        f"COPY of the {rows:,} finished rows into an empty table with the same indexes",
        folded,
        f"orders of 3 lines, a note on every third, a cancellation on every fifteenth; {folded:,}"
        f" events become {rows:,} rows",
    )


def _copy_seconds(database_url: str, table: str) -> tuple[int, float]:
    """Copy a table's rows out, and back into a table like it. Answers rows and seconds."""
    source, target = Identifier("read_models", table), Identifier("read_models", "copied")
    with psycopg.connect(database_url) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(target, source))
        connection.commit()
        chunks: list[bytes] = []
        with connection.cursor() as cursor:
            with cursor.copy(SQL("COPY {} TO STDOUT (FORMAT binary)").format(source)) as copy:
                chunks += [bytes(chunk) for chunk in copy]
            started = time.perf_counter()
            with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT binary)").format(target)) as copy:
                for chunk in chunks:
                    copy.write(chunk)
            connection.commit()
            seconds = time.perf_counter() - started
            rows = cursor.execute(SQL("SELECT count(*) FROM {}").format(target)).fetchone()
        connection.execute(SQL("DROP TABLE {}").format(target))
    assert rows is not None
    return int(rows[0]), seconds
