"""Where does the time of the fulfilment process go?

`python -m benchmarks.profile_fulfilment 2000` places so many of B1's orders while nobody carries
them out; then `ordertrail fulfilment` works them off under cProfile while everything else of B1
runs. Printed are what each part of the system used of the processor per order, and the functions of
the fulfilment process that take most, by their own time and with what they call. The profiler slows
the process down by about a half: read the proportions.
"""

import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.carried import PLACED, Tally, orders_decided
from benchmarks.carry_order import METHOD
from benchmarks.checked import require_checked
from benchmarks.http_load import own_closed_loop
from benchmarks.measured_system import PROGRAM, any_port, api_server, database_server, settings
from benchmarks.order_requests import make_orders, prepare_catalogue, prepare_stock
from benchmarks.whole_system import FULFILMENT, whole_system

ORDERS: Final = 2_000
FUNCTIONS: Final = 30
SECONDS_MAX: Final = 600


def main() -> None:
    """Place, carry out and print."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    with tempfile.TemporaryDirectory() as folder, database_server() as server:
        profile = Path(folder) / "fulfilment.profile"
        database_url = server.url
        environment = settings(database_url, any_port())
        subprocess.run(
            [str(PROGRAM), "migrate", "up"], check=True, env=environment, stdout=sys.stderr
        )
        tally = Tally(database_url)
        with api_server(environment) as url:
            prepare_catalogue(url)
            prepare_stock(url)
            load = uvloop.run(
                own_closed_loop([url], make_orders(orders, method=METHOD), SECONDS_MAX)
            )
            assert (load.answered, load.failed) == (orders, 0), load
        profiled = [sys.executable, "-m", "cProfile", "-o", str(profile)]
        profiled += [str(PROGRAM), FULFILMENT]
        with whole_system(database_url, server.pid, profiled) as system:
            started = time.perf_counter()
            seconds = tally.wait("Carrying orders", "orders", orders_decided) - started
            cpu = system.cpu_seconds()
        require_checked(database_url)
        print(f"{tally.count[PLACED]:,} orders in {seconds:.1f} s, under the profiler")
        print("CPU ms per order, start included:")
        for part, used in cpu.items():
            print(f"  {part:12}{used * 1_000 / orders:8.2f}")
        for order in ("tottime", "cumulative"):
            pstats.Stats(str(profile)).strip_dirs().sort_stats(order).print_stats(FUNCTIONS)


if __name__ == "__main__":
    main()
