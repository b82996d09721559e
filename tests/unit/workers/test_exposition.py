"""Is everything that a worker counts shown, with its meaning?"""

from dataclasses import asdict

from prometheus_client import CollectorRegistry, generate_latest

from workers.exposition import MEANINGS, FollowerMetrics, RelayMetrics
from workers.metrics import FollowerCounters, RelayCounters


def test_every_counter_has_a_meaning() -> None:
    counted = asdict(FollowerCounters()).keys() | asdict(RelayCounters()).keys()
    assert counted - {"confirm_seconds"} == MEANINGS.keys()


def test_counters_and_states_are_told_apart() -> None:
    counters = {"operational": FollowerCounters(dead_letters=2, position=7)}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FollowerMetrics(counters))
    registry.register(RelayMetrics(RelayCounters(slices=4, confirm_seconds=0.5)))
    lines = generate_latest(registry).decode().splitlines()
    for line in (
        "# TYPE ordertrail_follower_dead_letters_total counter",
        'ordertrail_follower_dead_letters_total{group="operational"} 2.0',
        "# TYPE ordertrail_follower_position gauge",
        'ordertrail_follower_position{group="operational"} 7.0',
        "ordertrail_relay_confirm_seconds_count 4.0",
        "ordertrail_relay_confirm_seconds_sum 0.5",
    ):
        assert line in lines
