"""Does the money of every order add up, and what must the sales come to (I8)?

Pure: it is shown every event that can be read. What an order comes to is computed anew from its
lines by the domain's own rules; sums over all orders are kept apart from every fold, so that a fold
that loses an amount is found out (read-models.md §4).
"""

from dataclasses import dataclass, fields
from typing import Final

from domain.envelope import RecordedEvent
from domain.errors import OrderTrailError
from domain.order_events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEdited,
    OrderEvent,
    OrderExpired,
    OrderLinesCancelled,
    OrderLinesReturned,
    OrderPlaced,
    OrderRejected,
)
from domain.order_parts import CancelledLine, OrderLine, ShippingLine
from domain.policy import RoundingLevel
from domain.totals import CALC_VERSION, TaxBase, sum_up, taxes_minor
from sql.checks.findings import Findings

Ended = OrderCancelled | OrderRejected | OrderExpired
"""What ends an order before anything of it has left."""


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
    orders_confirmed: int = 0
    orders_rejected: int = 0
    orders_expired: int = 0
    returned_units: int = 0
    returned_minor: int = 0
    refund_due_minor: int = 0

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

    def change(self, edited: OrderEdited) -> None:
        """Add what an order comes to more, or less, than before."""
        after, before = edited.totals_after, edited.totals_before
        self.lines += sum([change.lines for change in edited.changes])
        self.units += sum([change.quantity for change in edited.changes])
        self.gross_minor += after.subtotal_minor - before.subtotal_minor
        self.discount_minor += after.discount_minor - before.discount_minor
        self.tax_minor += after.tax_minor - before.tax_minor
        self.shipping_minor += after.shipping_minor - before.shipping_minor
        self.grand_minor += after.grand_minor - before.grand_minor

    def end(self, ended: Ended) -> None:
        """Add what an order no longer comes to, as a whole."""
        self.orders_cancelled += isinstance(ended, OrderCancelled)
        self.orders_rejected += isinstance(ended, OrderRejected)
        self.orders_expired += isinstance(ended, OrderExpired)
        self._cancel(ended.lines, ended.totals.grand_minor)

    def lessen(self, cancelled: OrderLinesCancelled) -> None:
        """Add what an order no longer comes to, in part."""
        self._cancel(cancelled.lines, sum([line.total_minor for line in cancelled.lines]))

    def give_back(self, returned: OrderLinesReturned) -> None:
        """Add what came back."""
        self.returned_units += sum([line.quantity for line in returned.lines])
        self.returned_minor += sum([line.value_minor for line in returned.lines])
        self.refund_due_minor += returned.refund_due_minor

    def _cancel(self, lines: tuple[CancelledLine, ...], grand_minor: int) -> None:
        self.cancelled_units += sum([line.quantity for line in lines])
        self.cancelled_minor += sum([line.value_minor for line in lines])
        self.cancelled_grand_minor += grand_minor


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
            self._of(data).place(data)
        elif isinstance(data, OrderEvent):
            self._see_later(event, data)

    def _see_later(self, event: RecordedEvent, data: OrderEvent) -> None:
        match data:
            case OrderCancelled() | OrderRejected() | OrderExpired():
                self._findings.checked += 1
                for wrong in faults_of_cancellation(data):
                    self._wrong(event, "cancellation_does_not_add_up", wrong)
                self._of(data).end(data)
            case OrderEdited():
                self._findings.checked += 1
                for wrong in faults_of_edit(data):
                    self._wrong(event, "edit_does_not_add_up", wrong)
                self._of(data).change(data)
            case OrderLinesCancelled():
                self._of(data).lessen(data)
            case OrderLinesReturned():
                self._of(data).give_back(data)
            case OrderConfirmed():
                self._of(data).orders_confirmed += 1
            case _:
                pass

    def _of(self, data: OrderEvent) -> Sums:
        return self._sums.setdefault(data.currency, Sums())

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
    faults += _faults_of_coupons(placed)
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


def faults_of_cancellation(cancelled: Ended) -> list[str]:
    """Tell where the amounts of the end of an order contradict each other."""
    value_minor = sum([line.value_minor for line in cancelled.lines])
    total_minor = sum([line.total_minor for line in cancelled.lines])
    totals = cancelled.totals
    faults: list[str] = []
    if value_minor != totals.subtotal_minor:
        faults.append(f"subtotal_minor is {totals.subtotal_minor}, the lines come to {value_minor}")
    if total_minor > totals.grand_minor:
        faults.append(f"grand_minor is {totals.grand_minor}, the lines come to {total_minor}")
    return faults


def faults_of_edit(edited: OrderEdited) -> list[str]:
    """Tell where the amounts of an edit contradict each other."""
    content = edited.content
    faults = [fault for line in content.lines for fault in _faults_of_line(line)]
    faults += [fault for each in content.shipping_lines for fault in _faults_of_shipping(each)]
    value_minor = sum([change.value_minor for change in edited.changes])
    more_minor = edited.totals_after.subtotal_minor - edited.totals_before.subtotal_minor
    if value_minor != more_minor:
        faults.append(f"the subtotal grows by {more_minor}, the lines by {value_minor}")
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


def _faults_of_coupons(placed: OrderPlaced) -> list[str]:
    by_lines = sum([sum(line.discounts_minor) for line in placed.lines])
    by_lines += sum([line.discount_minor for line in placed.shipping_lines])
    by_coupons = sum([coupon.discount_minor for coupon in placed.coupons])
    if by_lines == by_coupons:
        return []
    return [f"coupons take {by_coupons} off, the lines say {by_lines}"]


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
