"""Does the money of every order add up, and what must the sales come to (I8)?

Pure: it is shown every event that can be read. What an order comes to is computed anew from its
lines by the domain's own rules; sums over all orders are kept apart from every fold, so that a fold
that loses an amount is found out (read-models.md §4).
"""

from dataclasses import dataclass, fields
from typing import Final

from domain.envelope import RecordedEvent
from domain.errors import OrderTrailError
from domain.order import OrderCancelled, OrderLine, OrderPlaced, ShippingLine
from domain.policy import RoundingLevel
from domain.totals import CALC_VERSION, TaxBase, sum_up, taxes_minor
from sql.checks.findings import Findings


@dataclass(slots=True)
class Sums:
    """What the orders of one currency come to. Units: minor units; orders, lines and pieces."""

    orders_placed: int = 0
    orders_cancelled: int = 0
    lines: int = 0
    units: int = 0
    gross_minor: int = 0
    discount_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0
    grand_minor: int = 0
    cancelled_units: int = 0
    cancelled_minor: int = 0
    cancelled_grand_minor: int = 0

    def copy(self) -> "Sums":
        """Answer the sums as they are now."""
        return Sums(*(getattr(self, field.name) for field in fields(self)))

    def place(self, placed: OrderPlaced) -> None:
        """Add an order."""
        totals = placed.totals
        self.orders_placed += 1
        self.lines += len(placed.lines)
        self.units += sum([line.quantity for line in placed.lines])
        self.gross_minor += totals.subtotal_minor
        self.discount_minor += totals.discount_minor
        self.tax_minor += totals.tax_minor
        self.shipping_minor += totals.shipping_minor
        self.grand_minor += totals.grand_minor

    def cancel(self, cancelled: OrderCancelled) -> None:
        """Add what an order no longer comes to."""
        self.orders_cancelled += 1
        self.cancelled_units += sum([line.quantity for line in cancelled.lines])
        self.cancelled_minor += sum([line.value_minor for line in cancelled.lines])
        self.cancelled_grand_minor += cancelled.totals.grand_minor


class Money:
    """The orders seen so far."""

    def __init__(self, findings: Findings) -> None:
        self._findings: Final = findings
        self._numbers: Final[set[str]] = set()
        self._sums: Final[dict[str, Sums]] = {}

    def see(self, event: RecordedEvent) -> None:
        """Take note of the next event."""
        data = event.data
        if isinstance(data, OrderPlaced):
            self._findings.checked += 1
            if data.order_number in self._numbers:
                self._wrong(event, "order_number_repeated", "another order has the same number")
            self._numbers.add(data.order_number)
            for wrong in faults_of(data):
                self._wrong(event, "order_does_not_add_up", wrong)
            self._sums.setdefault(data.currency, Sums()).place(data)
        elif isinstance(data, OrderCancelled):
            self._findings.checked += 1
            for wrong in faults_of_cancellation(data):
                self._wrong(event, "cancellation_does_not_add_up", wrong)
            self._sums.setdefault(data.currency, Sums()).cancel(data)

    def sums(self) -> dict[str, Sums]:
        """Answer currency -> what the orders seen so far come to."""
        return {currency: sums.copy() for currency, sums in self._sums.items()}

    def _wrong(self, event: RecordedEvent, code: str, detail: str) -> None:
        self._findings.add(code, f"position {event.position}, stream {event.stream}", detail)


def faults_of(placed: OrderPlaced) -> list[str]:
    """Tell where the amounts of an order contradict each other; nothing when all is well."""
    faults = [fault for line in placed.lines for fault in _faults_of_line(line)]
    faults += [fault for each in placed.shipping_lines for fault in _faults_of_shipping(each)]
    if placed.calc_version == CALC_VERSION and not _are_taxed_by_the_rules(placed):
        faults.append("the taxes of the lines follow no rounding rule")
    try:
        totals = sum_up(placed.lines, placed.shipping_lines)
    except OrderTrailError as error:
        return [*faults, error.detail]
    faults += [
        f"{field.name} is {getattr(placed.totals, field.name)}, the lines come to"
        f" {getattr(totals, field.name)}"
        for field in fields(totals)
        if getattr(placed.totals, field.name) != getattr(totals, field.name)
    ]
    return faults


def faults_of_cancellation(cancelled: OrderCancelled) -> list[str]:
    """Tell where the amounts of a cancellation contradict each other."""
    value_minor = sum([line.value_minor for line in cancelled.lines])
    total_minor = sum([line.total_minor for line in cancelled.lines])
    totals = cancelled.totals
    faults: list[str] = []
    if value_minor != totals.subtotal_minor:
        faults.append(f"subtotal_minor is {totals.subtotal_minor}, the lines come to {value_minor}")
    if total_minor > totals.grand_minor:
        faults.append(f"grand_minor is {totals.grand_minor}, the lines come to {total_minor}")
    return faults


def _faults_of_line(line: OrderLine) -> list[str]:
    net_minor = line.gross_minor - sum(line.discounts_minor)
    total_minor = line.net_minor + (0 if line.tax_included else line.tax_minor)
    expected = (
        ("gross_minor", line.gross_minor, line.unit_price_minor * line.quantity),
        ("net_minor", line.net_minor, net_minor),
        ("total_minor", line.total_minor, total_minor),
    )
    return [
        f"line {line.line_id}: {name} is {found}, its parts come to {computed}"
        for name, found, computed in expected
        if found != computed
    ]


def _faults_of_shipping(line: ShippingLine) -> list[str]:
    on_top = 0 if line.tax_included else line.tax_minor
    computed = line.amount_minor - line.discount_minor + on_top
    if line.total_minor == computed:
        return []
    return [f"shipping: total_minor is {line.total_minor}, its parts come to {computed}"]


def _are_taxed_by_the_rules(placed: OrderPlaced) -> bool:
    """Say whether one of the rounding levels gives exactly these taxes."""
    bases: list[TaxBase] = [
        (line.net_minor, line.tax_ppm, line.tax_included) for line in placed.lines
    ]
    bases += [
        (line.amount_minor - line.discount_minor, line.tax_ppm, line.tax_included)
        for line in placed.shipping_lines
    ]
    found = [line.tax_minor for line in (*placed.lines, *placed.shipping_lines)]
    if any(net < 0 or ppm < 0 for net, ppm, _ in bases):
        return False
    return any(taxes_minor(bases, level) == found for level in RoundingLevel)
