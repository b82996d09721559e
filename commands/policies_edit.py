"""What does the process do when somebody wants an order changed?

The pieces that an edit adds are kept as soon as it is proposed, and the parcels are stopped. The
order changes when its payments cover what it comes to then; one that is not confirmed yet changes
at once, and waits for the money as it did before.
"""

from typing import cast

from commands.apply_edit import ApplyEdit
from commands.fulfilment_coupons import give_places_back, take_places, use_places
from commands.fulfilment_money import (
    ask_for_payment,
    give_back,
    give_payment_up,
    is_covered,
    paid_beyond_due,
    watch_authorisations,
)
from commands.fulfilment_parcels import complete_or_stay, plan_shipments, stop_parcels
from commands.fulfilment_step import FULFILMENT, Step
from commands.fulfilment_stock import (
    give_pieces_back,
    give_stock_back,
    keep_stock,
    kept_for,
    make_firm,
)
from commands.policies_confirmation import confirm, when_covered
from commands.reject_edit import RejectEdit
from domain.coupon_events import RedemptionReleaseReason
from domain.errors import Refusal
from domain.fulfilment_events import Stage
from domain.order import Lifecycle, Order
from domain.order_edit import PendingEdit
from domain.order_events import OrderEditProposed, OrderEditRejected
from domain.order_parts import LineQuantity
from domain.order_progress import edit_pieces
from domain.stock_events import ReleaseReason


def after_edit_proposed(step: Step) -> None:
    """Keep what the edit adds, ask for the money that it costs, and change the order."""
    data = cast("OrderEditProposed", step.event.data)
    process, edit = step.process, step.order.edit
    if process is None or process.has_ended:
        return
    if edit is None or edit.edit_id != data.edit_id:
        step.stay()
        return
    more, fewer = _pieces(step.order, edit)
    if more or fewer:
        stop_parcels(step, "edited")
    until = step.now + step.policy.edit
    waits_for = process.timers.get("pay_by") or process.timers.get("hold_max")
    expires_at = until if waits_for is None else max(until, waits_for.due_at)
    expires_at += step.policy.reservation_grace
    if more and not keep_stock(step, more, purpose=_purpose(edit.edit_id), expires_at=expires_at):
        abandon_edit(step, "out_of_stock")
    elif process.stage is Stage.AWAITING_PAYMENT or is_covered(step.order, edit.totals.grand_minor):
        _apply(step, edit)
    else:
        _ask_for_the_rest(step, edit.totals.grand_minor, edit.edit_id)
        step.set_timer(f"edit:{edit.edit_id}", until)
        step.stay()


def _purpose(edit_id: str) -> str:
    """Name what stock is kept for and money asked for."""
    return f"edit/{edit_id}"


def _pieces(order: Order, edit: PendingEdit) -> tuple[tuple[LineQuantity, ...], dict[str, int]]:
    """Tell how many pieces more of which lines the edit wants, and how many fewer."""
    before = {line.line_id: line.kept for line in order.progress}
    after = edit_pieces(order.progress, edit.content.lines)
    more = tuple(
        LineQuantity(line_id=line.line_id, sku=line.sku, quantity=quantity)
        for line in after
        if (quantity := line.kept - before.get(line.line_id, 0)) > 0
    )
    kept = {line.line_id: line.kept for line in after}
    fewer = {line_id: was - kept.get(line_id, 0) for line_id, was in before.items()}
    return more, {line_id: quantity for line_id, quantity in fewer.items() if quantity > 0}


def _ask_for_the_rest(step: Step, total_minor: int, edit_id: str) -> None:
    """Ask for what neither payments nor what is asked for already will be good for."""
    order = step.order
    undecided = sum(each.amount_minor for each in step.payments() if each.is_undecided)
    missing = total_minor - order.granted_minor - order.authorised_minor - undecided
    if missing > 0 and order.payment_method_ref is not None:
        ask_for_payment(step, order.payment_method_ref, missing, _purpose(edit_id))


def is_for_edit(step: Step, payment_id: str, edit: PendingEdit) -> bool:
    """Tell whether a payment was asked for because of the edit."""
    return payment_id == step.derived_id("payment", _purpose(edit.edit_id))


def settle_edit(step: Step) -> None:
    """Change the order if there is an edit that waits, and the money for it is there."""
    edit = step.order.edit
    if edit is not None and is_covered(step.order, edit.totals.grand_minor):
        _apply(step, edit)
    else:
        step.stay()


def _apply(step: Step, edit: PendingEdit) -> None:
    more, fewer = _pieces(step.order, edit)
    firm, promised = _added(step, edit.edit_id)
    if sum(each.quantity for each in (*firm, *promised)) < sum(each.quantity for each in more):
        abandon_edit(step, "out_of_stock")
        return
    before = step.order.coupons
    known = {each.code for each in before}
    added = [each for each in edit.content.coupons if each.code not in known]
    refusal = take_places(step, added, step.now) or _change(step, edit, firm, promised)
    if refusal is not None:
        give_places_back(step, added, RedemptionReleaseReason.EDITED)
        abandon_edit(step, refusal.code)
        return
    give_pieces_back(step, fewer, ReleaseReason.EDITED, edit.edit_id)
    wanted = {each.code for each in edit.content.coupons}
    gone = [each for each in before if each.code not in wanted]
    give_places_back(step, gone, RedemptionReleaseReason.EDITED)
    step.cancel_timer(f"edit:{edit.edit_id}")
    _settle_money(step, edit)
    _go_on(step)


def _change(
    step: Step,
    edit: PendingEdit,
    firm: tuple[LineQuantity, ...],
    promised: tuple[LineQuantity, ...],
) -> Refusal | None:
    """Change the order; answer why it could not be changed."""
    is_confirmed = step.order.lifecycle is Lifecycle.CONFIRMED
    outcome = step.send(
        ApplyEdit(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            edit_id=edit.edit_id,
            allocations=firm if is_confirmed else (),
            backorders=promised if is_confirmed else (),
        )
    )
    return outcome if isinstance(outcome, Refusal) else None


def _added(step: Step, edit_id: str) -> tuple[tuple[LineQuantity, ...], tuple[LineQuantity, ...]]:
    """Make firm what was kept for the edit of a confirmed order; answer what is there of it."""
    is_confirmed = step.order.lifecycle is Lifecycle.CONFIRMED
    if is_confirmed:
        make_firm(step)
    kept = kept_for(step, _purpose(edit_id))
    firm = tuple(
        LineQuantity(line_id=each.line_id, sku=each.sku, quantity=quantity)
        for each, held in kept
        if (quantity := held.allocated if is_confirmed else held.reserved)
    )
    promised = tuple(
        LineQuantity(line_id=each.line_id, sku=each.sku, quantity=held.backordered)
        for each, held in kept
        if held.backordered
    )
    return firm, promised


def _settle_money(step: Step, edit: PendingEdit) -> None:
    """Give back what is paid beyond what the order comes to, or ask for what is missing."""
    if step.order.lifecycle is not Lifecycle.CONFIRMED:
        if step.begun.stage is Stage.AWAITING_PAYMENT:
            _ask_for_the_rest(step, edit.totals.grand_minor, edit.edit_id)
        return
    use_places(step)
    too_much = paid_beyond_due(step)
    if too_much > 0:
        give_back(step, too_much, "edited", edit.edit_id)
    watch_authorisations(step)


def _go_on(step: Step) -> None:
    """Go on where the order stood before the edit."""
    stage = step.begun.stage
    if stage is Stage.AWAITING_PAYMENT and is_covered(step.order):
        when_covered(step)
    elif stage is Stage.ON_HOLD and not step.order.is_held:
        confirm(step)
    else:
        plan_shipments(step)
        complete_or_stay(step)


def abandon_edit(step: Step, reason: str) -> None:
    """Leave the order as it is, and go on without the edit."""
    drop_edit(step, reason)
    _go_on(step)


def drop_edit(step: Step, reason: str) -> None:
    """Reject the edit that waits, if there is one, and undo what was done for it."""
    edit = step.order.edit
    if edit is None:
        return
    step.send(
        RejectEdit(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            edit_id=edit.edit_id,
            reason=reason,
        )
    )
    _undo(step, edit.edit_id)


def _undo(step: Step, edit_id: str) -> None:
    purpose = _purpose(edit_id)
    give_stock_back(step, ReleaseReason.EDITED, purpose, kept_for(step, purpose))
    asked_for = step.derived_id("payment", purpose)
    for payment in step.payments():
        if payment.payment_id == asked_for:
            give_payment_up(step, payment, "edit_rejected")
    step.cancel_timer(f"edit:{edit_id}")


def after_edit_rejected(step: Step) -> None:
    """Undo what was done for an edit that somebody has withdrawn."""
    data = cast("OrderEditRejected", step.event.data)
    process = step.process
    if process is None or process.has_ended:
        return
    _undo(step, data.edit_id)
    _go_on(step)
