"""What does the process do when a time has come, or an operator has seen to something?"""

from collections.abc import Callable, Mapping
from typing import Final, cast

from commands.cancel_order import CancelOrder
from commands.expire_authorization import ExpireAuthorization
from commands.expire_order import ExpireOrder
from commands.flag_stuck import FlagStuck
from commands.fulfilment_coupons import give_places_back
from commands.fulfilment_money import give_credit_back, give_payment_up, give_payments_up
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import give_stock_back
from commands.policies_cancellation import go_on, undo
from commands.policies_edit import abandon_edit
from commands.policies_repeat import give_back_again, refund_again, take_again, void_again
from commands.policies_return import expire_credit
from commands.request_reauthorization import RequestReauthorization
from domain.coupon_events import RedemptionReleaseReason
from domain.fulfilment_events import (
    FulfilmentStepRetried,
    Stage,
    TimerFired,
)
from domain.order_parts import CancellationReason
from domain.stock_events import ReleaseReason


def after_timer_fired(step: Step) -> None:
    """Do what the timer was set for, if it still makes sense."""
    data = cast("TimerFired", step.event.data)
    name, _, target = data.timer.partition(":")
    if step.process is None:
        return
    _TIMERS[name](step, target)


def _pay_by(step: Step, _: str) -> None:
    """Nobody paid in time."""
    if step.begun.stage is not Stage.AWAITING_PAYMENT:
        step.stay()
        return
    give_stock_back(step, ReleaseReason.PAYMENT_FAILED, "pay_by")
    give_payments_up(step, "expired")
    give_credit_back(step, "expired")
    give_places_back(step, step.order.coupons, RedemptionReleaseReason.EXPIRED)
    step.send(
        ExpireOrder(actor=FULFILMENT, asked_at=step.now, order_id=step.order_id, deadline=step.now)
    )
    step.cancel_timers()
    step.go(Stage.EXPIRED)


def _action(step: Step, payment_id: str) -> None:
    """The customer did not confirm a payment in time; another one may still come."""
    payment = step.payment(payment_id)
    if payment.is_undecided:
        give_payment_up(step, payment, "not_confirmed")
    step.stay()


def _edit(step: Step, edit_id: str) -> None:
    """The money for an edit did not come in time."""
    edit = step.order.edit
    if edit is not None and edit.edit_id == edit_id:
        abandon_edit(step, "timeout")
    else:
        step.stay()


def _hold_sla(step: Step, _: str) -> None:
    _flag(step, step.policy.hold_sla.total_seconds())


def _hold_max(step: Step, _: str) -> None:
    """Nobody decided a hold: the order is cancelled."""
    cancellation_id = step.derived_id("hold_max")
    cancelled = step.begun.stage is Stage.ON_HOLD and step.succeeds(
        CancelOrder(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            cancellation_id=cancellation_id,
            reason_code=CancellationReason.HOLD_TIMEOUT,
        )
    )
    if cancelled:
        undo(step, cancellation_id)
    else:
        step.stay()


def _ship_by(step: Step, shipment_id: str) -> None:
    """A parcel has not left in time, unless it has in this very moment."""
    if any(each.shipment_id == shipment_id and each.is_in_house for each in step.shipments()):
        step.wake_in(f"ship_by:{shipment_id}", step.policy.overdue_again)
        _flag(step, step.policy.ship_by.total_seconds())
    else:
        step.stay()


def _delivery(step: Step, shipment_id: str) -> None:
    """A parcel has not arrived in time, unless it has in this very moment."""
    if any(each.shipment_id == shipment_id and each.is_under_way for each in step.shipments()):
        step.wake_in(f"delivery:{shipment_id}", step.policy.overdue_again)
        _flag(step, step.policy.delivery.total_seconds())
    else:
        step.stay()


def _compensation(step: Step, _: str) -> None:
    step.wake_in("compensation", step.policy.compensation)
    _flag(step, step.policy.compensation.total_seconds())


def _flag(step: Step, sla_seconds: float) -> None:
    step.send(
        FlagStuck(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            stage=step.begun.stage,
            since=step.begun.stage_since or step.now,
            sla_seconds=int(sla_seconds),
        )
    )
    step.stay()


def _auth_expiry(step: Step, payment_id: str) -> None:
    """What is not taken yet soon cannot be any more: ask the provider to keep it."""
    payment = step.payment(payment_id)
    if payment.uncaptured_minor > 0 and not step.begun.has_ended:
        is_over = payment.valid_until is not None and payment.valid_until <= step.now
        step.send(
            ExpireAuthorization(actor=FULFILMENT, asked_at=step.now, payment_id=payment_id)
            if is_over
            else RequestReauthorization(
                actor=FULFILMENT,
                asked_at=step.now,
                payment_id=payment_id,
                reauthorization_id=step.derived_id(
                    "reauthorize", payment_id, str(step.begun.timers_set)
                ),
            )
        )
    step.stay()


def _capture(step: Step, capture_id: str) -> None:
    take_again(step, capture_id)
    step.stay()


def _refund(step: Step, refund_id: str) -> None:
    refund_again(step, refund_id)
    step.stay()


def _ask(step: Step, _: str) -> None:
    """Who talks with the provider sees the timer too, and asks."""
    step.stay()


_TIMERS: Final[Mapping[str, Callable[[Step, str], None]]] = {
    "pay_by": _pay_by,
    "action": _action,
    "edit": _edit,
    "hold_sla": _hold_sla,
    "hold_max": _hold_max,
    "ship_by": _ship_by,
    "delivery": _delivery,
    "compensation": _compensation,
    "auth_expiry": _auth_expiry,
    "capture": _capture,
    "refund": _refund,
    "credit": expire_credit,
    "ask": _ask,
}
"""The first word of a timer's name -> what it was set for."""


def after_step_retried(step: Step) -> None:
    """Try again what an operator wants tried again; without anything to do, it is over."""
    data = cast("FulfilmentStepRetried", step.event.data)
    name, _, target = data.step.partition(":")
    if name in _AGAIN:
        _AGAIN[name](step, target)
    go_on(step)


_AGAIN: Final[Mapping[str, Callable[[Step, str], None]]] = {
    "capture": take_again,
    "refund": give_back_again,
    "void": void_again,
}
"""The first word of a step's name -> how it is tried again."""


def after_step_skipped(step: Step) -> None:
    """Go on without a step that an operator has seen to otherwise."""
    go_on(step)
