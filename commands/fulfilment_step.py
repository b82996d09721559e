"""What can the fulfilment process see and do while it reacts to one event?

The words in which the policies (`policies*.py`) are written. Everything that is done joins one
append: the process's own events and those of the commands that it sends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from commands.decider import Decider
from commands.script import Outcome, Script
from domain.about_order import facts_of
from domain.derived_id import derived_id
from domain.envelope import Actor, ActorKind, RecordedEvent
from domain.errors import Refusal
from domain.events import (
    fulfilment_stream,
    order_stream,
    payment_stream,
    return_stream,
    shipment_stream,
    stock_stream,
)
from domain.fold import (
    as_fulfilment,
    as_order,
    as_payment,
    as_return,
    as_shipment,
    as_stock_item,
)
from domain.fulfilment import Fulfilment
from domain.fulfilment_events import (
    FulfilmentAdvanced,
    FulfilmentStepRefused,
    ManualInterventionRequired,
    Stage,
    TimerCancelled,
    TimerSet,
)
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Order
from domain.payment import Payment
from domain.return_request import ReturnRequest
from domain.shipment import Shipment
from domain.stock_item import StockItem

FULFILMENT: Final = Actor(ActorKind.SYSTEM, "fulfilment")
"""Who the process is when it sends commands."""

CREDIT_TIMER: Final = "credit:"
"""How the name of a timer begins that waits for the credit of a return to be used."""


@dataclass(frozen=True, slots=True)
class Step:
    """The process reacting to `event`, as of `now`."""

    script: Script
    order_id: str
    event: RecordedEvent
    policy: FulfilmentPolicy
    now: datetime

    @property
    def order(self) -> Order:
        """The order as it is after what was done so far."""
        return self.order_of(self.order_id)

    @property
    def process(self) -> Fulfilment | None:
        """The process as it is after what was done so far; None before its first event."""
        return as_fulfilment(self.script.state(fulfilment_stream(self.order_id)))

    @property
    def begun(self) -> Fulfilment:
        """The process, which has begun."""
        process = self.process
        assert process is not None
        return process

    def order_of(self, order_id: str) -> Order:
        """Answer an order, this one or an earlier one whose credit pays it."""
        order = as_order(self.script.state(order_stream(order_id)))
        assert order is not None
        return order

    def returned(self, return_id: str) -> ReturnRequest:
        """Answer a return of the order, or of an earlier one."""
        returned = as_return(self.script.state(return_stream(return_id)))
        assert returned is not None
        return returned

    def payment(self, payment_id: str) -> Payment:
        """Answer a payment of the order."""
        payment = as_payment(self.script.state(payment_stream(payment_id)))
        assert payment is not None
        return payment

    def payments(self, order: Order | None = None) -> list[Payment]:
        """Answer all payments that an order knows of, this one if none is named, oldest first."""
        known = (self.order if order is None else order).payments
        ids = [each.payment_id for each in known if not each.is_credit]
        self.script.require(*map(payment_stream, ids))
        return [self.payment(each) for each in ids]

    def shipments(self) -> list[Shipment]:
        """Answer the shipments that the process has planned, oldest first."""
        ids = self.begun.shipments
        self.script.require(*map(shipment_stream, ids))
        found = [as_shipment(self.script.state(shipment_stream(each))) for each in ids]
        return [shipment for shipment in found if shipment is not None]

    def stock_item(self, sku: str, location: str) -> StockItem | None:
        """Answer the stock of a product at a location; None where it is not kept."""
        return as_stock_item(self.script.state(stock_stream(sku, location)))

    def derived_id(self, *parts: str) -> str:
        """Name something that the process asks for, the same whenever it asks again."""
        return derived_id(self.order_id, *parts)

    def send(self, command: object) -> Outcome:
        """Carry a command out; why it was refused becomes part of the process's history."""
        outcome = self.script.carry_out(command)
        if isinstance(outcome, Refusal):
            self.script.append(
                FulfilmentStepRefused(
                    **facts_of(self.order),
                    command_type=self._type_of(command),
                    code=outcome.code,
                    detail=outcome.detail,
                )
            )
        return outcome

    def succeeds(self, command: object) -> bool:
        """Carry a command out, and tell whether it was accepted."""
        return not isinstance(self.send(command), Refusal)

    def set_timer(self, timer: str, due_at: datetime) -> None:
        """Be woken at a time; a timer of the same name that is set is replaced."""
        process = self.process
        self.cancel_timer(timer)
        number = 0 if process is None else process.timers_set
        token = self.derived_id("timer", timer, str(number))
        self.script.append(
            TimerSet(**facts_of(self.order), timer=timer, token=token, due_at=due_at)
        )

    def wake_in(self, timer: str, pause: timedelta) -> None:
        """Be woken after a pause."""
        self.set_timer(timer, self.now + pause)

    def cancel_timer(self, timer: str) -> None:
        """Not be woken, if that was asked for."""
        known = None if self.process is None else self.process.timers.get(timer)
        if known is not None:
            self.script.append(
                TimerCancelled(**facts_of(self.order), timer=timer, token=known.token)
            )

    def cancel_timers(self) -> None:
        """Not be woken any more, whatever for, but for a credit: it outlives the order."""
        for timer in sorted(self.begun.timers):
            if not timer.startswith(CREDIT_TIMER):
                self.cancel_timer(timer)

    def go(self, stage: Stage) -> None:
        """Stand in a stage now; every reaction ends like this."""
        self.script.append(
            FulfilmentAdvanced(
                **facts_of(self.order),
                input_position=self.event.position,
                input_type=self.event.type,
                stage=stage,
                stage_since=self._since(stage),
            )
        )

    def stay(self) -> None:
        """Have seen the event, and wait on."""
        self.go(self.begun.stage)

    def call_for_help(self, step: str, error: str, money_at_risk_minor: int) -> None:
        """Leave a step to an operator, once."""
        if step not in self.begun.troubles:
            self.script.append(
                ManualInterventionRequired(
                    **facts_of(self.order),
                    step=step,
                    last_error=error,
                    money_at_risk_minor=money_at_risk_minor,
                )
            )

    def _since(self, stage: Stage) -> datetime:
        """Tell when the stage began: now, unless it is known that it has lasted."""
        process = self.process
        lasted = None if process is None or process.stage is not stage else process.stage_since
        return lasted or self.now

    def _type_of(self, command: object) -> str:
        decider: Decider[object] = self.script.decider_of(command)
        return decider.type
