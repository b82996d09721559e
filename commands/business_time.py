"""When may somebody say that something happened at another time than now?"""

from datetime import datetime

from domain.envelope import Actor
from domain.errors import ErrorItem, Forbidden, OccurredAtInFuture
from domain.permissions import speaks_for_shop
from domain.policy import CLOCK_TOLERANCE


def require_business_time(actor: Actor, asked_at: datetime, occurred_at: datetime | None) -> None:
    """Refuse a business time that the actor may not set, or that has not come yet.

    Raises:
        Forbidden: only the shop may say when it happened.
        OccurredAtInFuture: it has not happened yet.
    """
    if occurred_at is None:
        return
    pointer: ErrorItem = {"pointer": "/occurred_at"}
    if not speaks_for_shop(actor):
        raise Forbidden("only the shop may set this field", items=(pointer,))
    if occurred_at > asked_at + CLOCK_TOLERANCE:
        raise OccurredAtInFuture("occurred_at lies in the future", items=(pointer,))
