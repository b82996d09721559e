"""What should an import of Online Retail II answer, by the truth computed apart from it?"""

from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]

MATCHED: Final = ("one_sale_line", "several_sale_lines")
WRITE_OFFS_OF_NO_PRODUCT: Final = 2
"""Lines of the whole file; the sample has no write-offs."""


def pence(text: str) -> int:
    """Read an amount in pounds."""
    return int(Decimal(text) * 100)


def in_pence(amounts: dict[str, str]) -> dict[str, int]:
    """Read amounts in pounds."""
    return {name: pence(amount) for name, amount in amounts.items()}


def expected_of(truth: Json) -> Json:
    """Write what is told about the import of a file; of some things the truth says nothing."""
    revenue, imported, matching = truth["revenue"], truth["import"], truth["credit_matching"]
    gross_minor, returned_minor = (
        pence(imported["gross"]),
        -pence(matching["accepted"]["amount"]),
    )
    return {
        "orders": imported["orders"],
        "gross_minor": gross_minor,
        "returned_minor": returned_minor,
        "net_minor": pence(imported["net_after_accepted_credits"]),
        "by_month": in_pence(revenue["gross_with_customer_per_month"]),
        "by_country": in_pence(revenue["gross_with_customer_per_country"]),
        "captured_minor": gross_minor + pence(imported["freight"]),
        "refunded_minor": returned_minor,
        "parcels": imported["orders"],
        "accepted": _accepted(truth),
        "rejected": _rejected(truth),
    }


def _accepted(truth: Json) -> dict[str, int]:
    accepted = {
        "sale": truth["import"]["order_lines"],
        "charge_carriage": truth["import"]["freight_lines"],
        "credit": truth["credit_matching"]["accepted"]["lines"],
        "stock_writeoff": _lines(truth, "stock_writeoff") - _write_offs_of_no_product(truth),
    }
    return {name: count for name, count in accepted.items() if count}


def _rejected(truth: Json) -> dict[str, int]:
    rejected = {
        name: found["lines"]
        for name, found in truth["line_classes"].items()
        if name not in {"sale", "credit"}
    }
    matching = truth["credit_matching"]["lines"]
    rejected |= {name: lines for name, lines in matching.items() if name not in MATCHED}
    rejected["charge_carriage"] = (
        _lines(truth, "charge_carriage") - truth["import"]["freight_lines"]
    )
    rejected["stock_writeoff"] = _write_offs_of_no_product(truth)
    return {name: count for name, count in rejected.items() if count}


def _lines(truth: Json, line_class: str) -> int:
    lines: int = truth["line_classes"].get(line_class, {"lines": 0})["lines"]
    return lines


def _write_offs_of_no_product(truth: Json) -> int:
    return min(WRITE_OFFS_OF_NO_PRODUCT, _lines(truth, "stock_writeoff"))
