"""Which currencies are there, and which amounts can be kept?

Money is an integer of minor units and an ISO 4217 code. No floats anywhere.
"""

from typing import Final

from domain.errors import AmountInvalid, AmountOutOfRange, CurrencyUnsupported

AMOUNT_MINOR_MAX: Final = 2**53 - 1
"""JSON clients that read numbers as doubles lose digits beyond it."""

_TWO_DIGITS: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD "
    "LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW "
    "ZWG"
)
_NO_DIGITS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS: Final = "CLF UYW"

CURRENCY_EXPONENTS: Final[dict[str, int]] = {
    code: exponent
    for exponent, codes in (
        (2, _TWO_DIGITS),
        (0, _NO_DIGITS),
        (3, _THREE_DIGITS),
        (4, _FOUR_DIGITS),
    )
    for code in codes.split()
}
"""Active ISO 4217 code -> digits after the point. Codes without a minor unit (XAU, XXX) are absent.

Source: ISO 4217 list one.
"""


def currency_exponent(currency: str) -> int:
    """Tell how many digits the currency has after the point.

    Raises:
        CurrencyUnsupported: the code is no active currency with a minor unit.
    """
    exponent = CURRENCY_EXPONENTS.get(currency)
    if exponent is None:
        raise CurrencyUnsupported(f"{currency!r} is not an ISO 4217 currency with a minor unit")
    return exponent


def require_price(amount_minor: int) -> None:
    """Refuse what cannot be a price: less than nothing, or more than can be kept.

    Raises:
        AmountInvalid: the amount is negative.
        AmountOutOfRange: the amount exceeds 2^53-1 minor units.
    """
    if amount_minor < 0:
        raise AmountInvalid(f"{amount_minor} is negative; a price is zero or more")
    require_amount(amount_minor)


def require_amount(amount_minor: int) -> None:
    """Refuse an amount that JSON clients could not read exactly.

    Raises:
        AmountOutOfRange: the amount exceeds 2^53-1 minor units in either direction.
    """
    if not -AMOUNT_MINOR_MAX <= amount_minor <= AMOUNT_MINOR_MAX:
        raise AmountOutOfRange(f"{amount_minor} is beyond {AMOUNT_MINOR_MAX} minor units")
