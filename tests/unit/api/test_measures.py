"""Are values counted in the right bucket?"""

from api.measures import Histogram


def test_a_bound_belongs_to_its_bucket_and_buckets_add_up() -> None:
    histogram = Histogram((1.0, 2.5))
    for value in (0.5, 1.0, 1.01, 2.5, 100.0):
        histogram.observe(value)
    assert histogram.buckets() == [("1.0", 2.0), ("2.5", 4.0), ("+Inf", 5.0)]
    assert histogram.total == 105.01
