"""Does the cache know what was committed, and nothing else?"""

from dataclasses import dataclass

from projections.projection import Key
from sql.row_cache import RowCache

A, B, C = ("a",), ("b",), ("c",)


@dataclass(frozen=True, slots=True)
class Counted:
    count: int


ONE, TWO = Counted(1), Counted(2)


def known(cache: RowCache, *keys: Key) -> list[Key]:
    return [key for key in keys if key in cache]


def test_what_is_not_committed_is_not_known() -> None:
    cache = RowCache()
    cache.written({A: ONE})
    assert known(cache, A) == []
    cache.committed()
    assert (cache[A], known(cache, A, B)) == (ONE, [A])


def test_what_a_later_transaction_wrote_takes_the_place_of_what_was_never_committed() -> None:
    cache = RowCache()
    cache.written({A: ONE, B: ONE})
    cache.written({A: TWO})
    cache.committed()
    assert (cache[A], known(cache, A, B)) == (TWO, [A])


def test_a_row_that_was_deleted_is_known_not_to_be_there() -> None:
    cache = RowCache()
    for row in (ONE, None):
        cache.written({A: row})
        cache.committed()
    assert A in cache
    assert cache[A] is None


def test_what_was_written_longest_ago_goes_first() -> None:
    cache = RowCache(rows_max=2)
    for key in (A, B, A, C):
        cache.written({key: ONE})
        cache.committed()
    assert known(cache, A, B, C) == [A, C]


def test_nothing_is_known_after_others_have_written() -> None:
    cache = RowCache()
    cache.written({A: ONE})
    cache.committed()
    cache.written({B: ONE})
    cache.clear()
    cache.committed()
    assert known(cache, A, B) == []
