"""What does a policy file say of carrying orders out, and which ones are refused?"""

import tomllib
from datetime import timedelta

import pytest

from cli.process_api import DEFAULT_POLICY
from domain.errors import PolicyMalformed
from domain.fulfilment_policy import FulfilmentPolicy, fulfilment_policy_from_mapping
from domain.policy import policy_from_mapping


def test_the_file_that_ships_says_what_counts_without_it() -> None:
    mapping = tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))
    assert fulfilment_policy_from_mapping(mapping) == FulfilmentPolicy()
    assert fulfilment_policy_from_mapping({}) == FulfilmentPolicy()


def test_a_shop_says_it_differently() -> None:
    table = {
        "locations": ["MAIN", "EAST"],
        "carrier": "pigeon",
        "service": "fast",
        "risk_threshold": 101,
        "tries_max": 0,
        "exchange_days": 14,
        "ask_again_seconds": 1,
    }
    assert fulfilment_policy_from_mapping({"fulfilment": table}) == FulfilmentPolicy(
        locations=("MAIN", "EAST"),
        carrier="pigeon",
        service="fast",
        risk_threshold=101,
        tries_max=0,
        exchange_days=14,
        ask_again=timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"ship_by": 5}, "nobody reads ship_by"),
        ({"ship_by_seconds": 0}, "ship_by_seconds"),
        ({"ship_by_seconds": 90 * 86_400 + 1}, "ship_by_seconds"),
        ({"ship_by_seconds": "5"}, "ship_by_seconds"),
        ({"risk_threshold": 102}, "0 to 101"),
        ({"tries_max": -1}, "0 to 100"),
        ({"exchange_days": 0}, "1 to 3650"),
        ({"carrier": ""}, "carrier"),
        ({"locations": []}, "locations"),
        ({"locations": ["A", "A"]}, "locations"),
        ({"locations": ["A", 1]}, "locations"),
        ({"locations": "A"}, "locations"),
        ("soon", "fulfilment"),
    ],
)
def test_what_cannot_be_meant_is_refused(table: object, complaint: str) -> None:
    for read in (fulfilment_policy_from_mapping, policy_from_mapping):
        with pytest.raises(PolicyMalformed, match=complaint):
            read({"version": "1", "tax_ppm": {}, "fulfilment": table})
