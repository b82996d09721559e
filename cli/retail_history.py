"""In which order do the orders of a retail file, their goods and their returns come about?

Month by month: first the stock that the month will need comes in, then its orders are placed, then
they are carried out and its write-offs are made, then what came back comes back. Each step rests on
the one before it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final
from uuid import uuid5

from cli.batch_sender import COMMANDS_PER_BATCH_MAX
from cli.retail_commands import (
    DATA_SET,
    LOCATION,
    BatchItem,
    batch_item,
    instant_of,
    order_id_of,
    place_order,
)
from cli.retail_credits import PastReturn
from cli.retail_file import Invoice, RetailFile, WriteOff

RECEIVE: Final = "receive-stock"
ADJUST: Final = "adjust-stock"
FULFIL: Final = "record-past-fulfilment"
RETURN: Final = "record-past-return"
MONTH_CHARACTERS: Final = 7
HISTORIES_PER_BATCH_MAX: Final = 25
"""Each becomes some 36 events, which are to be in the log well before a caller's patience ends."""


@dataclass(slots=True)
class Month:
    """What happened in a month. Shape: `needed`: sku -> pieces that were sold or written off."""

    name: str
    orders: list[Invoice] = field(default_factory=list[Invoice])
    write_offs: list[WriteOff] = field(default_factory=list[WriteOff])
    returns: list[PastReturn] = field(default_factory=list[PastReturn])
    needed: Counter[str] = field(default_factory=Counter[str])

    @property
    def commands(self) -> int:
        """Count the commands that the month becomes."""
        return len(self.needed) + 2 * len(self.orders) + len(self.write_offs) + len(self.returns)


def months_of(file: RetailFile, returns: list[PastReturn]) -> list[Month]:
    """Part what happened by months of the shop's wall clock, the earliest first."""
    months: dict[str, Month] = {}

    def month_of(at: str) -> Month:
        return months.setdefault(at[:MONTH_CHARACTERS], Month(at[:MONTH_CHARACTERS]))

    for order in file.orders:
        month = month_of(order.placed_at)
        month.orders.append(order)
        for line in order.lines:
            month.needed[line.sku] += line.quantity
    for write_off in file.write_offs:
        month = month_of(write_off.at)
        month.write_offs.append(write_off)
        month.needed[write_off.sku] += write_off.quantity
    for past in returns:
        month_of(past.at).returns.append(past)
    return [months[name] for name in sorted(months)]


@dataclass(frozen=True, slots=True)
class Step:
    """Commands that are independent of each other.

    `commands_max`: how many to send together; `is_paced`: a rate of orders is about them.
    """

    items: Iterator[BatchItem]
    commands_max: int = COMMANDS_PER_BATCH_MAX
    is_paced: bool = False


def steps_of(month: Month, file: RetailFile) -> Iterator[Step]:
    """Write the commands of a month, step by step."""
    yield Step(_receive(month.name, sku, pieces) for sku, pieces in month.needed.items())
    yield Step((place_order(order, file.products) for order in month.orders), is_paced=True)
    past = chain(map(_fulfil, month.orders), map(_write_off, month.write_offs))
    yield Step(past, HISTORIES_PER_BATCH_MAX)
    yield Step(map(_return, month.returns), HISTORIES_PER_BATCH_MAX)


def return_id_of(past: PastReturn) -> str:
    """Name the return of an order under a credit invoice."""
    return str(uuid5(DATA_SET, f"return/{past.credit_invoice}/{past.order}"))


def _stock_item(sku: str) -> str:
    return f"{sku}@{LOCATION}"


def _receive(month: str, sku: str, pieces: int) -> BatchItem:
    """Receive what a month needs: another number of pieces, of another file, comes in besides."""
    payload = {
        "stock_item": _stock_item(sku),
        "movement_id": str(uuid5(DATA_SET, f"receipt/{month}/{sku}/{pieces}")),
        "quantity": pieces,
        "reference": f"retail {month}",
        "occurred_at": instant_of(f"{month}-01 00:00:00"),
    }
    return batch_item(RECEIVE, sku, payload)


def _write_off(write_off: WriteOff) -> BatchItem:
    payload = {
        "stock_item": _stock_item(write_off.sku),
        "movement_id": str(uuid5(DATA_SET, f"write-off/{write_off.invoice}/{write_off.row}")),
        "delta": -write_off.quantity,
        "reason": write_off.reason,
        "occurred_at": instant_of(write_off.at),
    }
    return batch_item(ADJUST, str(write_off.row), payload)


def _fulfil(order: Invoice) -> BatchItem:
    payload = {
        "order_id": order_id_of(order.number),
        "location": LOCATION,
        "occurred_at": instant_of(order.placed_at),
    }
    return batch_item(FULFIL, order.number, payload)


def _return(past: PastReturn) -> BatchItem:
    payload = {
        "order_id": order_id_of(past.order),
        "return_id": return_id_of(past),
        "lines": [
            {"line_id": str(row), "quantity": pieces} for row, pieces in past.quantities.items()
        ],
        "location": LOCATION,
        "occurred_at": instant_of(past.at),
    }
    return batch_item(RETURN, return_id_of(past), payload)
