"""What does an operator see of the processes that carry orders out?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cli.output import money, printable, screen, table
from domain.envelope import RecordedEvent
from domain.events import Event
from domain.fulfilment_events import (
    FulfilmentAdvanced,
    FulfilmentShipmentPlanned,
    FulfilmentStepRefused,
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    FulfilmentStepTried,
    FulfilmentStockKept,
    ManualInterventionRequired,
    StockReservationRejected,
    TimerCancelled,
    TimerFired,
    TimerSet,
)
from projections.process_status import PROCESS_STATUS, ProcessStatus
from projections.projector import fold
from sql.codec import to_builtins
from sql.queries.reader import Page

_NOTHING: Final = "[dim]-[/]"


@dataclass(frozen=True, slots=True)
class StoredProcess:
    """The process of an order as the log tells it, up to a position."""

    events: Sequence[RecordedEvent]
    head_position: int

    @property
    def status(self) -> ProcessStatus:
        """Where it stands."""
        (row,) = fold(PROCESS_STATUS, {}, self.events).values()
        assert isinstance(row, ProcessStatus)
        return row

    def document(self) -> dict[str, Any]:
        """Write it for programs: the columns of `process_status`, and every event behind them."""
        status = to_builtins(self.status)
        del status["last_position"]
        history = [
            {
                "position": event.position,
                "version": event.version,
                "type": event.type,
                "recorded_at": event.recorded_at,
                "actor": to_builtins(event.metadata.actor),
                "data": to_builtins(event.data),
            }
            for event in self.events
        ]
        return {**status, "history": history, "as_of_position": self.head_position}


def show_page(page: Page, limit: int) -> None:
    """Show processes as a table, `limit` of them."""
    if not page.rows:
        screen().print("[green]✓[/] There is none.")
        return
    columns = ("order", "stage", "since (UTC)", "next timer", "due (UTC)", "waits with", "at risk")
    rows = [
        (
            row["order_id"],
            row["stage"],
            _time(row["stage_since"]),
            printable(row["next_timer"]),
            _time(row["next_due_at"]),
            printable(", ".join(each["step"] for each in row["troubles"])),
            _at_risk(row["money_at_risk_minor"], row["currency"]),
        )
        for row in page.rows[:limit]
    ]
    screen().print(table(None, columns, rows, numbers="at risk"))
    if len(page.rows) > limit:
        screen().print("[dim]… and more, which have stood there for less long.[/]")


def show_process(process: StoredProcess) -> None:
    """Show a process: where it stands, its timers, what it waits for people with, its history."""
    status, console = process.status, screen()
    facts = (
        ("order", status.order_id),
        ("customer", status.customer_id),
        ("placed", _time(status.placed_at)),
        ("stage", f"{status.stage} since {_time(status.stage_since)}"),
        ("last event", printable(status.last_event)),
        ("overdue since", _time(status.overdue_since)),
        ("money at risk", _at_risk(status.money_at_risk_minor, status.currency)),
        ("as of position", f"{process.head_position:,}"),
    )
    console.print(table(None, ("", ""), facts))
    if status.timers:
        timers = [(_time(each.due_at), printable(each.timer)) for each in status.timers]
        console.print(table("\nTimers", ("due (UTC)", "timer"), timers))
    if status.troubles:
        troubles = [
            (
                printable(each.step),
                _time(each.since),
                printable(each.last_error),
                _at_risk(each.money_at_risk_minor, status.currency),
            )
            for each in status.troubles
        ]
        columns = ("step", "since (UTC)", "last error", "at risk")
        console.print(table("\nWaits for people with", columns, troubles, numbers="at risk"))
    history = [
        (
            f"{event.position:,}",
            _time(event.recorded_at),
            printable(event.type),
            printable(f"{event.metadata.actor.kind}:{event.metadata.actor.id}"),
            printable(_told_by(event.data, status.currency)),
        )
        for event in process.events
    ]
    columns = ("position", "recorded (UTC)", "event", "by", "")
    console.print(table("\nHistory", columns, history, numbers="position"))


def _told_by(data: Event, currency: str) -> str:
    """Say in a line what an event of a process tells beside its type."""
    match data:
        case FulfilmentAdvanced():
            return f"{data.input_type} at {data.input_position:,} → {data.stage}"
        case TimerSet():
            return f"{data.timer} for {_time(data.due_at)}"
        case TimerCancelled() | TimerFired():
            return data.timer
        case FulfilmentStockKept() | StockReservationRejected():
            return _pieces(data)
        case FulfilmentShipmentPlanned():
            return data.shipment_id
        case _:
            return _told_of_step(data, currency)


def _pieces(data: FulfilmentStockKept | StockReservationRejected) -> str:
    if isinstance(data, FulfilmentStockKept):
        return ", ".join(f"{each.quantity} of {each.sku}@{each.location}" for each in data.kept)
    return ", ".join(
        f"{each.requested} of {each.sku}@{each.location} wanted, {each.available} there"
        for each in data.missing
    )


def _told_of_step(data: Event, currency: str) -> str:
    match data:
        case FulfilmentStepRefused():
            return f"{data.command_type}: {data.code}: {data.detail}"
        case FulfilmentStepTried():
            return data.step
        case ManualInterventionRequired():
            risk = money(data.money_at_risk_minor, currency)
            return f"{data.step}: {data.last_error}, {risk} at risk"
        case FulfilmentStepRetried() | FulfilmentStepSkipped():
            return f"{data.step}: {data.personal.text}"
        case _:
            return ""


def _time(instant: datetime | None) -> str:
    return _NOTHING if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def _at_risk(amount_minor: int, currency: str) -> str:
    return money(amount_minor, currency) if amount_minor else _NOTHING
