"""How many events per second does the library's own recorder append?

Runs in a process of its own, because the import patches `dataclasses`:
`python -m benchmarks.stock_recorder DATABASE_URL EVENTS THREADS` prints events per second.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import uuid_utils
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from benchmarks.payload import payload_text


def append_rate(database_url: str, events: int, threads: int) -> float:
    """Append single events from some threads. Units: events per second."""
    known = conninfo_to_dict(database_url)
    datastore = PostgresDatastore(
        dbname=str(known["dbname"]),
        host=str(known["host"]),
        port=str(known["port"]),
        user=str(known["user"]),
        password=str(known["password"]),
        pool_size=threads,
        max_waiting=threads,
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    state = "".join(payload_text()).encode()

    def append(count: int) -> None:
        for _ in range(count):
            originator = UUID(str(uuid_utils.uuid7()))
            recorder.insert_events([StoredEvent(originator, 1, "order-note-added", state)])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(append, [5] * threads))  # every thread has its connection
        started = time.perf_counter()
        list(pool.map(append, [events // threads] * threads))
        seconds = time.perf_counter() - started
    datastore.close()
    return events // threads * threads / seconds


if __name__ == "__main__":
    print(append_rate(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
