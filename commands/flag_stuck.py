"""FlagStuck: a stage of the order takes longer than it should."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import is_repeat, require_order_of_shop
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderFlaggedOverdue
from domain.order_operations import flag


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagStuck:
    """Say that a stage, begun at `since`, takes longer than `sla_seconds`."""

    actor: Actor
    asked_at: datetime
    order_id: str
    stage: str
    since: datetime
    sla_seconds: int


def flag_stuck(command: FlagStuck, order: Order | None) -> tuple[OrderFlaggedOverdue, ...]:
    """Flag the order, or nothing if the stage was flagged.

    Raises:
        Forbidden: only the shop watches its deadlines.
        OrderNotFound: no such order.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if is_repeat(order, flag(command.stage, command.since)):
        return ()
    return (
        OrderFlaggedOverdue(
            **facts_of(order),
            stage=command.stage,
            since=command.since,
            sla_seconds=command.sla_seconds,
        ),
    )
