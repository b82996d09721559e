"""A4: what does it cost when every order wants the same product?

The same POST /v1/orders with three lines over a catalogue of 3,000 products, once with lines drawn
from all of them and once with one product that stands in every order; rounds taken in turn against
one API process and one database.
"""

from typing import Final

from benchmarks.figures import Figure, median, say
from benchmarks.http_load import CONNECTIONS, Load, closed_loop
from benchmarks.measured_system import any_port, api_server, settings
from benchmarks.order_requests import make_orders, prepare_catalogue
from benchmarks.place_order import ORDERS_PER_SECOND_MAX, WARM_UP_SECONDS, Rounds

PRODUCTS: Final = 3_000


def measure_hot_product(database_url: str, rounds: Rounds) -> Figure:
    """Measure A4 on a migrated database."""
    hot: list[Load] = []
    spread: list[Load] = []
    with api_server(settings(database_url, any_port())) as url:
        prepare_catalogue(url, PRODUCTS)
        _load(url, WARM_UP_SECONDS, is_hot=False)
        for number in range(1, rounds.count + 1):
            hot.append(_load(url, rounds.seconds, is_hot=True))
            spread.append(_load(url, rounds.seconds, is_hot=False))
            say(
                f"one hot product, round {number}: {hot[-1].requests_per_second:,.0f}/s, over"
                f" {PRODUCTS:,} products {spread[-1].requests_per_second:,.0f}/s"
            )
    return Figure(
        "A4_hot_product_requests_per_second",
        round(median([load.requests_per_second for load in hot])),
        "requests/s",
        round(median([load.requests_per_second for load in spread])),
        f"the same orders over {PRODUCTS:,} products",
        sum(load.answered for load in hot),
        f"3 lines, one of them always the same product; {CONNECTIONS} connections, one API"
        f" process, load by {hot[0].generator}",
    )


def _load(url: str, seconds: int, *, is_hot: bool) -> Load:
    orders = make_orders(seconds * ORDERS_PER_SECOND_MAX, products=PRODUCTS, is_hot=is_hot)
    load = closed_loop(url, orders, seconds)
    assert not load.failed, f"{load.failed} of {load.answered} requests failed"
    return load
