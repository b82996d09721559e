"""What did the shop decide: tax rates, delivery methods and prices, tolerances, time-outs?

A policy is data with a version that is copied into every order. It is read from TOML at the edge
and checked here (`policy_from_mapping`), once per start.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, cast

from domain.errors import (
    OrderTrailError,
    PolicyMalformed,
    ShippingMethodNotApplicable,
    TaxRateUnknown,
)
from domain.fulfilment_policy import FULFILMENT, fulfilment_policy_from_mapping
from domain.money import currency_exponent, require_price
from domain.order_number import CHANNEL_LETTERS
from domain.policy_file import read_duration, read_table, read_text, read_whole, require_known

ANY_COUNTRY: Final = "*"
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
PAY_BY: Final = timedelta(minutes=15)
TRANSFER_PAY_BY: Final = timedelta(days=3)
TRANSFER: Final = "transfer"
"""With it begins the reference of a payment method whose money is days on its way."""
ZERO_RATED: Final = "zero"
TAX_PPM_MAX: Final = 1_000_000
CLOCK_TOLERANCE_SECONDS_MAX: Final = 3_600
PAY_BY_SECONDS_MAX: Final = 90 * 86_400
_CHANNEL: Final = re.compile(r"[a-z0-9-]{1,16}", re.ASCII)
_LETTER: Final = re.compile(r"[A-Z]", re.ASCII)


class RoundingLevel(StrEnum):
    """Where tax is rounded: on every line, or once per rate on the whole order."""

    LINE = "line"
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way of delivery and its price.

    Units: `prices_minor` maps a currency to minor units. `countries` None: everywhere.
    """

    code: str
    prices_minor: Mapping[str, int]
    tax_class: str
    tax_included: bool
    countries: frozenset[str] | None = None

    def serves(self, country: str) -> bool:
        """Tell whether the method delivers to the country."""
        return self.countries is None or country in self.countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The decisions of the shop that an order rests on.

    Units: `tax_ppm` maps (tax class, country) to parts per million, country `*` being the default
    of the class. `shipping_tax_class` is for agreed amounts and methods that name no class.
    `pay_by` is how long the shop waits for the money, `transfer_pay_by` for that of a transfer.
    """

    version: str
    tax_ppm: Mapping[tuple[str, str], int]
    rounding_level: RoundingLevel = RoundingLevel.LINE
    shipping_methods: Mapping[str, ShippingMethod] = field(
        default_factory=dict[str, ShippingMethod]
    )
    shipping_tax_class: str = ZERO_RATED
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    channel_letters: Mapping[str, str] = field(default_factory=lambda: CHANNEL_LETTERS)
    pay_by: timedelta = PAY_BY
    transfer_pay_by: timedelta = TRANSFER_PAY_BY

    def tax_rate_ppm(self, tax_class: str, country: str) -> int:
        """Tell the tax rate of a class in a country.

        Raises:
            TaxRateUnknown: neither the country nor the class's default has a rate.
        """
        rate = self.tax_ppm.get((tax_class, country))
        if rate is None:
            rate = self.tax_ppm.get((tax_class, ANY_COUNTRY))
        if rate is None:
            raise TaxRateUnknown(f"no rate for tax class {tax_class!r} in {country!r}")
        return rate

    def time_to_pay(self, payment_method_ref: str | None) -> timedelta:
        """Tell how long the shop waits for the money."""
        is_transfer = payment_method_ref is not None and payment_method_ref.startswith(TRANSFER)
        return self.transfer_pay_by if is_transfer else self.pay_by

    def shipping_method(self, code: str, country: str) -> ShippingMethod:
        """Answer the method if it delivers to the country.

        Raises:
            ShippingMethodNotApplicable: there is no such method, or it does not serve the country.
        """
        method = self.shipping_methods.get(code)
        if method is None:
            raise ShippingMethodNotApplicable(f"there is no shipping method {code!r}")
        if not method.serves(country):
            raise ShippingMethodNotApplicable(f"{code!r} does not deliver to {country!r}")
        return method


def policy_from_mapping(mapping: Mapping[str, object]) -> Policy:
    """Read a policy from what a TOML file says (`cli/default_policy.toml` is the example).

    A rate in the class `zero` for every country, and the letters of the three channels that the
    shop always has, are there without being said.

    Raises:
        PolicyMalformed: something is missing, unknown, or not what it should be.
    """
    known = {
        "version",
        "rounding_level",
        "shipping_tax_class",
        "clock_tolerance_seconds",
        "pay_by_seconds",
        "transfer_pay_by_seconds",
        "channel_letters",
        "tax_ppm",
        "shipping_methods",
        FULFILMENT,
    }
    require_known(mapping, known, "policy")
    fulfilment_policy_from_mapping(mapping)
    tax_ppm = _tax_ppm(read_table(mapping, "tax_ppm"))
    shipping_tax_class = read_text(mapping, "shipping_tax_class", ZERO_RATED)
    _require_class(shipping_tax_class, tax_ppm, "shipping_tax_class")
    methods = read_table(mapping, "shipping_methods")
    return Policy(
        version=read_text(mapping, "version"),
        tax_ppm=tax_ppm,
        rounding_level=_rounding_level(mapping),
        shipping_methods={
            code: _shipping_method(code, read_table(methods, code), tax_ppm, shipping_tax_class)
            for code in methods
        },
        shipping_tax_class=shipping_tax_class,
        clock_tolerance=read_duration(
            mapping, "clock_tolerance_seconds", CLOCK_TOLERANCE, 0, CLOCK_TOLERANCE_SECONDS_MAX
        ),
        channel_letters=_channel_letters(read_table(mapping, "channel_letters")),
        pay_by=read_duration(mapping, "pay_by_seconds", PAY_BY, 1, PAY_BY_SECONDS_MAX),
        transfer_pay_by=read_duration(
            mapping, "transfer_pay_by_seconds", TRANSFER_PAY_BY, 1, PAY_BY_SECONDS_MAX
        ),
    )


def _tax_ppm(tables: Mapping[str, object]) -> dict[tuple[str, str], int]:
    rates = {(ZERO_RATED, ANY_COUNTRY): 0}
    for tax_class in tables:
        countries = read_table(tables, tax_class)
        for country in countries:
            rate = read_whole(countries, country)
            if not 0 <= rate <= TAX_PPM_MAX:
                raise PolicyMalformed(f"tax_ppm.{tax_class}.{country}: 0 to {TAX_PPM_MAX}")
            rates[tax_class, country] = rate
    return rates


def _shipping_method(
    code: str,
    table: Mapping[str, object],
    tax_ppm: Mapping[tuple[str, str], int],
    default_tax_class: str,
) -> ShippingMethod:
    require_known(table, {"prices_minor", "tax_class", "tax_included", "countries"}, code)
    tax_class = read_text(table, "tax_class", default_tax_class)
    _require_class(tax_class, tax_ppm, f"shipping_methods.{code}.tax_class")
    tax_included = table.get("tax_included", True)
    if not isinstance(tax_included, bool):
        raise PolicyMalformed(f"shipping_methods.{code}.tax_included: true or false")
    return ShippingMethod(
        code=code,
        prices_minor=_prices_minor(code, read_table(table, "prices_minor")),
        tax_class=tax_class,
        tax_included=tax_included,
        countries=_countries(code, table.get("countries")),
    )


def _prices_minor(code: str, table: Mapping[str, object]) -> dict[str, int]:
    prices = {currency: read_whole(table, currency) for currency in table}
    try:
        for currency, amount_minor in prices.items():
            currency_exponent(currency)
            require_price(amount_minor)
    except OrderTrailError as refusal:
        raise PolicyMalformed(f"shipping_methods.{code}.prices_minor: {refusal}") from refusal
    return prices


def _countries(code: str, countries: object) -> frozenset[str] | None:
    if countries is None:
        return None
    if isinstance(countries, list):
        names = cast("list[object]", countries)
        texts = [name for name in names if isinstance(name, str)]
        if len(texts) == len(names):
            return frozenset(texts)
    raise PolicyMalformed(f"shipping_methods.{code}.countries: a list of countries")


def _rounding_level(mapping: Mapping[str, object]) -> RoundingLevel:
    level = read_text(mapping, "rounding_level", RoundingLevel.LINE)
    if level not in set(RoundingLevel):
        raise PolicyMalformed(f"rounding_level: one of {', '.join(RoundingLevel)}")
    return RoundingLevel(level)


def _channel_letters(table: Mapping[str, object]) -> dict[str, str]:
    letters = dict(CHANNEL_LETTERS)
    for channel in table:
        letter = read_text(table, channel)
        if not (_CHANNEL.fullmatch(channel) and _LETTER.fullmatch(letter)):
            raise PolicyMalformed(f"channel_letters.{channel}: a channel has one letter, A to Z")
        letters[channel] = letter
    return letters


def _require_class(tax_class: str, tax_ppm: Mapping[tuple[str, str], int], where: str) -> None:
    if not any(known == tax_class for known, _ in tax_ppm):
        raise PolicyMalformed(f"{where}: tax_ppm has no class {tax_class!r}")
