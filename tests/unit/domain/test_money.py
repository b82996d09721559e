"""Which currencies are there, and which amounts can be kept?"""

import re

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, CurrencyUnsupported
from domain.money import CURRENCY_EXPONENTS, currency_exponent, require_amount, require_price


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("GBP", 2), ("EUR", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_knows_how_many_digits_a_currency_has(currency: str, exponent: int) -> None:
    assert currency_exponent(currency) == exponent


def test_knows_the_currencies_that_have_not_two_digits() -> None:
    unusual = {code: digits for code, digits in CURRENCY_EXPONENTS.items() if digits != 2}
    no_digits = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    three_digits = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    assert unusual == (
        dict.fromkeys(no_digits.split(" "), 0)
        | dict.fromkeys(three_digits, 3)
        | {"CLF": 4, "UYW": 4}
    )


def test_knows_only_codes_of_three_capital_letters() -> None:
    assert all(re.fullmatch("[A-Z]{3}", code) for code in CURRENCY_EXPONENTS)
    assert len(CURRENCY_EXPONENTS) == 165


@pytest.mark.parametrize("code", ["XAU", "XAG", "XDR", "XXX", "XTS", "DEM", "gbp", "", "£"])
def test_refuses_codes_without_a_minor_unit_and_old_ones(code: str) -> None:
    with pytest.raises(CurrencyUnsupported):
        currency_exponent(code)


def test_refuses_amounts_beyond_what_a_double_can_count() -> None:
    require_amount(2**53 - 1)
    require_amount(-(2**53) + 1)
    for amount_minor in (2**53, -(2**53)):
        with pytest.raises(AmountOutOfRange):
            require_amount(amount_minor)


def test_refuses_prices_below_zero() -> None:
    require_price(0)
    with pytest.raises(AmountInvalid):
        require_price(-1)
    with pytest.raises(AmountOutOfRange):
        require_price(2**53)
