"""What did the shop decide, and can its file be read?"""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import PolicyMalformed, ShippingMethodNotApplicable, TaxRateUnknown
from domain.policy import Policy, RoundingLevel, ShippingMethod, policy_from_mapping
from tests.examples import POLICY

DEFAULT_POLICY = Path(__file__).parents[3] / "cli" / "default_policy.toml"
SMALLEST: dict[str, object] = {"version": "1"}


def test_reads_the_default_policy() -> None:
    policy = policy_from_mapping(tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8")))
    assert policy.version == "default-1"
    assert policy.rounding_level is RoundingLevel.LINE
    assert policy.clock_tolerance == timedelta(minutes=5)
    assert policy.time_to_pay(None) == timedelta(minutes=15)
    assert policy.time_to_pay("transfer-1") == timedelta(days=3)
    assert policy.shipping_tax_class == "zero"
    assert policy.tax_rate_ppm("standard", "GB") == 200_000
    assert policy.tax_rate_ppm("reduced", "IE") == 135_000
    assert policy.tax_rate_ppm("zero", "EIRE") == 0
    assert policy.channel_letters == {"web": "W", "staff": "S", "import": "I"}
    assert policy.shipping_method("standard", "NZ").prices_minor["GBP"] == 395
    assert policy.shipping_method("express", "DE").prices_minor["EUR"] == 990


def test_reads_everything_that_can_be_said() -> None:
    mapping: dict[str, object] = {
        "version": "2026-05",
        "rounding_level": "order",
        "shipping_tax_class": "freight",
        "clock_tolerance_seconds": 60,
        "pay_by_seconds": 1_800,
        "transfer_pay_by_seconds": 86_400,
        "channel_letters": {"market": "M", "web": "Q"},
        "tax_ppm": {"freight": {"GB": 200_000, "*": 1}, "zero": {"GB": 5}},
        "shipping_methods": {
            "van": {"prices_minor": {"GBP": 0}},
            "ship": {
                "prices_minor": {"EUR": 1, "JPY": 2},
                "tax_class": "zero",
                "tax_included": False,
                "countries": ["GB", "IE"],
            },
        },
    }
    assert policy_from_mapping(mapping) == Policy(
        version="2026-05",
        tax_ppm={
            ("zero", "*"): 0,
            ("freight", "GB"): 200_000,
            ("freight", "*"): 1,
            ("zero", "GB"): 5,
        },
        rounding_level=RoundingLevel.ORDER,
        shipping_methods={
            "van": ShippingMethod(
                code="van", prices_minor={"GBP": 0}, tax_class="freight", tax_included=True
            ),
            "ship": ShippingMethod(
                code="ship",
                prices_minor={"EUR": 1, "JPY": 2},
                tax_class="zero",
                tax_included=False,
                countries=frozenset({"GB", "IE"}),
            ),
        },
        shipping_tax_class="freight",
        clock_tolerance=timedelta(minutes=1),
        pay_by=timedelta(minutes=30),
        transfer_pay_by=timedelta(days=1),
        channel_letters={"web": "Q", "staff": "S", "import": "I", "market": "M"},
    )


def test_reads_a_policy_that_says_almost_nothing() -> None:
    assert policy_from_mapping(SMALLEST) == Policy(version="1", tax_ppm={("zero", "*"): 0})


@pytest.mark.parametrize("seconds", [0, 3_600])
def test_reads_every_tolerance_up_to_an_hour(seconds: int) -> None:
    policy = policy_from_mapping({**SMALLEST, "clock_tolerance_seconds": seconds})
    assert policy.clock_tolerance == timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [1, 90 * 86_400])
def test_reads_every_time_to_pay_up_to_90_days(seconds: int) -> None:
    times = {"pay_by_seconds": seconds, "transfer_pay_by_seconds": seconds}
    policy = policy_from_mapping({**SMALLEST, **times})
    assert policy.pay_by == policy.transfer_pay_by == timedelta(seconds=seconds)


@pytest.mark.parametrize("ppm", [0, 1_000_000])
def test_reads_every_rate_up_to_all_of_the_price(ppm: int) -> None:
    policy = policy_from_mapping({**SMALLEST, "tax_ppm": {"luxury": {"GB": ppm}}})
    assert policy.tax_rate_ppm("luxury", "GB") == ppm


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": ""},
        {"version": 3},
        {"tax_rates": {}},
        {"rounding_level": "penny"},
        {"rounding_level": 1},
        {"shipping_tax_class": "luxury"},
        {"clock_tolerance_seconds": -1},
        {"clock_tolerance_seconds": 3_601},
        {"clock_tolerance_seconds": 1.5},
        {"pay_by_seconds": 0},
        {"pay_by_seconds": 90 * 86_400 + 1},
        {"transfer_pay_by_seconds": 0},
        {"transfer_pay_by_seconds": 90 * 86_400 + 1},
        {"transfer_pay_by_seconds": "3 days"},
        {"channel_letters": {"web": "WW"}},
        {"channel_letters": {"web": "w"}},
        {"channel_letters": {"Web": "W"}},
        {"channel_letters": ["W"]},
        {"tax_ppm": {"standard": {"GB": 1_000_001}}},
        {"tax_ppm": {"standard": {"GB": -1}}},
        {"tax_ppm": {"standard": {"GB": True}}},
        {"tax_ppm": {"standard": 200_000}},
        {"shipping_methods": {"van": 395}},
        {"shipping_methods": {"van": {"price": 395}}},
        {"shipping_methods": {"van": {"tax_class": "luxury"}}},
        {"shipping_methods": {"van": {"tax_included": "yes"}}},
        {"shipping_methods": {"van": {"prices_minor": {"XAU": 1}}}},
        {"shipping_methods": {"van": {"prices_minor": {"GBP": -1}}}},
        {"shipping_methods": {"van": {"prices_minor": {"GBP": "1"}}}},
        {"shipping_methods": {"van": {"countries": "GB"}}},
        {"shipping_methods": {"van": {"countries": ["GB", 44]}}},
    ],
)
def test_refuses_what_it_cannot_read(wrong: dict[str, object]) -> None:
    with pytest.raises(PolicyMalformed):
        policy_from_mapping({**SMALLEST, **wrong})


def test_refuses_a_policy_without_a_version() -> None:
    with pytest.raises(PolicyMalformed, match="version"):
        policy_from_mapping({})


def test_knows_the_rate_of_the_country_before_that_of_the_class() -> None:
    policy = Policy(version="1", tax_ppm={("standard", "GB"): 0, ("standard", "*"): 7})
    assert policy.tax_rate_ppm("standard", "GB") == 0
    assert policy.tax_rate_ppm("standard", "FR") == 7
    with pytest.raises(TaxRateUnknown):
        policy.tax_rate_ppm("reduced", "GB")


def test_finds_methods_that_serve_the_country() -> None:
    assert POLICY.shipping_method("pallet", "IE").code == "pallet"
    for code, country in (("pallet", "FR"), ("drone", "GB")):
        with pytest.raises(ShippingMethodNotApplicable):
            POLICY.shipping_method(code, country)
