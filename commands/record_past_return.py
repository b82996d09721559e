"""RecordPastReturn: pieces of an order from elsewhere came back there, and were paid back.

One decision over the return, the order, its payment and the stock that got the pieces back, made of
the commands by which people and the fulfilment process would have done the same (ADR 11).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.approve_return import ApproveReturn
from commands.business_time import require_business_time
from commands.close_return import CloseReturn
from commands.inspect_return import InspectedPart, InspectReturn
from commands.order_rules import PartOfLine
from commands.receive_return import ReceivedPart, ReceiveReturn
from commands.record_past_fulfilment import past_payment_id, require_imported
from commands.record_payment_fact import RecordPaymentFact
from commands.record_refunded import RecordRefunded
from commands.request_refund import RequestRefund
from commands.request_return import RequestReturn, UnwantedPart
from commands.restock_return import RestockReturn
from commands.script import Asked, Script
from domain.derived_id import derived_id
from domain.envelope import Actor
from domain.events import Event, product_stream, return_stream, stock_stream
from domain.fold import as_return
from domain.order_parts import PaymentFactKind
from domain.return_events import (
    ReturnCondition,
    ReturnDisposition,
    ReturnReason,
    ReturnResolution,
)

REASON: Final = "return"
"""Why money was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPastReturn:
    """These pieces came back to the shelf of `location`, and were paid back, at `occurred_at`."""

    actor: Actor
    asked_at: datetime
    return_id: str
    order_id: str
    lines: tuple[PartOfLine, ...]
    location: str
    occurred_at: datetime

    @property
    def asked(self) -> Asked:
        """Tell who asks, and when."""
        return Asked(actor=self.actor, asked_at=self.asked_at)


def record_past_return(command: RecordPastReturn, script: Script) -> tuple[Event, ...]:
    """Record the return from its request to its refund, or nothing if that was done.

    Raises:
        Forbidden: only the shop knows the past.
        OccurredAtInFuture: it has not happened yet.
        OrderNotFound: no such order.
        OrderNotImported: the order is carried out here.
        OperationConflict: the return id was used for something else.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        ReturnQuantityExceeded: fewer were delivered that no return counts on.
        ItemNotReturnable: the shop never takes the product back.
        ReturnWindowClosed: it was delivered too long ago.
        StockItemNotFound: a product is not kept there.
        RefundExceedsCaptured: more than was paid and not given back.
        StreamsMissing: products and their stock are needed.
    """
    order = require_imported(script, command.actor, command.order_id)
    require_business_time(command.actor, command.asked_at, command.occurred_at)
    named = {part.line_id for part in command.lines}
    sku_of = {line.line_id: line.sku for line in order.lines if line.line_id in named}
    skus = sorted(set(sku_of.values()))
    stocks = [stock_stream(sku, command.location) for sku in skus]
    script.require(*map(product_stream, skus), *stocks)
    _take_back(command, script)
    for part in command.lines:
        script.must(
            RestockReturn(
                **command.asked,
                sku=sku_of[part.line_id],
                location=command.location,
                return_id=command.return_id,
                line_id=part.line_id,
                quantity=part.quantity,
                disposition=ReturnDisposition.SHELF,
            )
        )
    _pay_back(command, script)
    script.must(CloseReturn(**command.asked, return_id=command.return_id))
    return script.outcome()


def _take_back(command: RecordPastReturn, script: Script) -> None:
    """Let the pieces be asked for, sent, received and accepted."""
    script.must(
        RequestReturn(
            **command.asked,
            return_id=command.return_id,
            order_id=command.order_id,
            lines=tuple(
                UnwantedPart(
                    line_id=part.line_id, quantity=part.quantity, reason_code=ReturnReason.OTHER
                )
                for part in command.lines
            ),
            resolution=ReturnResolution.REFUND,
            occurred_at=command.occurred_at,
        )
    )
    script.must(ApproveReturn(**command.asked, return_id=command.return_id))
    script.must(
        ReceiveReturn(
            **command.asked,
            return_id=command.return_id,
            receipt_id=command.return_id,
            lines=tuple(
                ReceivedPart(
                    line_id=part.line_id,
                    quantity=part.quantity,
                    condition=ReturnCondition.UNOPENED,
                )
                for part in command.lines
            ),
        )
    )
    script.must(
        InspectReturn(
            **command.asked,
            return_id=command.return_id,
            lines=tuple(
                InspectedPart(
                    line_id=part.line_id,
                    accepted=part.quantity,
                    rejected=0,
                    disposition=ReturnDisposition.SHELF,
                )
                for part in command.lines
            ),
        )
    )


def _pay_back(command: RecordPastReturn, script: Script) -> None:
    """Give back what the customer gets for the pieces; nothing for a gift."""
    returned = as_return(script.state(return_stream(command.return_id)))
    assert returned is not None
    assert returned.refund_due is not None
    amount_minor = returned.refund_due.total_minor
    if not amount_minor:
        return
    payment_id = past_payment_id(command.order_id)
    refund_id = derived_id(command.order_id, "refund", payment_id, command.return_id)
    script.must(
        RequestRefund(
            **command.asked,
            payment_id=payment_id,
            refund_id=refund_id,
            amount_minor=amount_minor,
            reason=REASON,
            return_id=command.return_id,
        )
    )
    script.must(
        RecordRefunded(
            **command.asked,
            payment_id=payment_id,
            refund_id=refund_id,
            amount_minor=amount_minor,
        )
    )
    script.must(
        RecordPaymentFact(
            **command.asked,
            order_id=command.order_id,
            payment_id=payment_id,
            kind=PaymentFactKind.REFUNDED,
            operation_id=refund_id,
            amount_minor=amount_minor,
        )
    )
