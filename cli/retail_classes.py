"""Which class does a line of a retail file have?

The first rule that holds, in the order of the data set's description, names the class. Pure.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

PRODUCT: Final = re.compile(r"^(\d{5}[A-Z]{0,2}|DCGS\w+|SP1002|PADS)$")
CARRIAGE: Final = ("POST", "DOT", "C2", "C3")
KINDS: Final = {
    **dict.fromkeys(CARRIAGE, "carriage"),
    "M": "manual",
    "D": "discount",
    "S": "samples",
    "BANK CHARGES": "bank_charges",
    "AMAZONFEE": "amazon_fee",
    "ADJUST": "adjust",
    "ADJUST2": "adjust",
    "CRUK": "charity_commission",
    "B": "bad_debt",
}

SALE: Final = "sale"
CREDIT: Final = "credit"
WRITE_OFF: Final = "stock_writeoff"
SHIPPING: Final = "charge_carriage"


class Price(NamedTuple):
    """A unit price in pence; not exact where it has a part of a penny."""

    minor: int
    is_exact: bool


@lru_cache(maxsize=65_536)
def sku_and_kind(stock_code: str) -> tuple[str, str]:
    """Write a stock code as a sku, and tell the kind of thing that it stands for."""
    sku = stock_code.strip().upper()
    if PRODUCT.match(sku):
        return sku, "product"
    if sku.startswith("GIFT"):
        return sku, "voucher"
    if sku.startswith("TEST"):
        return sku, "test"
    return sku, KINDS.get(sku, "other")


def class_of(invoice: str, kind: str, quantity: int, price: Price, customer: str) -> str:
    """Name the class of a line: the first rule that holds, in this order."""
    if invoice.startswith("A"):
        return "bad_debt"
    if invoice.startswith("C"):
        return _class_of_credit(kind, quantity, customer)
    if quantity < 0:
        return WRITE_OFF
    return _class_of_charge(kind, price, customer)


def _class_of_charge(kind: str, price: Price, customer: str) -> str:
    if not price.is_exact:
        return "sub_penny_price"
    if price.minor == 0:
        return "zero_price"
    if kind != "product":
        return f"charge_{kind}"
    return SALE if customer else "sale_no_customer"


def _class_of_credit(kind: str, quantity: int, customer: str) -> str:
    if quantity >= 0:
        return "credit_with_positive_quantity"
    if kind != "product":
        return f"credit_{kind}"
    return CREDIT if customer else "credit_no_customer"
