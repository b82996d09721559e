"""Does the cache keep the newest states, and no more of them than it may?"""

from domain.product import Product
from sql.state_cache import StateCache
from tests.examples import a_product
from tests.specification import Streams


def a_state(name: str) -> Product:
    streams = Streams()
    streams.carry_out(a_product(sku="S", name=name))
    state = streams.states["product-S"]
    assert isinstance(state, Product)
    return state


OLD, NEW = a_state("old"), a_state("new")


def test_knows_nothing_of_a_stream_it_was_not_told_of() -> None:
    assert StateCache().get("product-S") == (0, None)


def test_states_only_move_forward() -> None:
    cache = StateCache()
    cache.put("s", 2, NEW)
    cache.put("s", 1, OLD)
    assert cache.get("s") == (2, NEW)
    cache.put("s", 3, OLD)
    assert cache.get("s") == (3, OLD)


def test_the_least_recently_used_goes_first() -> None:
    cache = StateCache(streams_max=2)
    cache.put("a", 1, OLD)
    cache.put("b", 1, OLD)
    cache.get("a")
    cache.put("c", 1, OLD)
    assert [cache.get(stream)[0] for stream in "abc"] == [1, 0, 1]


def test_a_newer_state_counts_as_use() -> None:
    cache = StateCache(streams_max=2)
    cache.put("a", 1, OLD)
    cache.put("b", 1, OLD)
    cache.put("a", 2, NEW)
    cache.put("c", 1, OLD)
    assert [cache.get(stream)[0] for stream in "abc"] == [2, 0, 1]


def test_never_holds_more_than_it_may() -> None:
    cache = StateCache(streams_max=3)
    for number in range(100):
        cache.put(f"s-{number}", 1, OLD)
    assert sum(cache.get(f"s-{number}")[0] for number in range(100)) == 3
