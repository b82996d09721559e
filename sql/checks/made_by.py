"""What do events tell of the commands that made them, and does a record say the same?

An event's metadata names who acted, its type which commands can have made it; an order repeats its
number and the fingerprint of its request. Status and answer follow from the command's type. Nothing
in an event tells of the idempotency key, nor most events of the fingerprint.
"""

import json
import re
from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from commands.registry import DECIDERS
from domain.envelope import Actor, RecordedEvent
from domain.events import CATEGORIES, EVENT_TYPES, category_of
from domain.order_events import OrderPlaced
from sql.stored_answer import STATUS_CREATED, STATUS_OK

PLACE_ORDER: Final = "place-order"
_LEVELS: Final = ("stock-level-low", "stock-depleted")
MADE: Final = {
    "register-product": {"product-registered"},
    "activate-product": {"product-activated"},
    "discontinue-product": {"product-discontinued"},
    "rename-product": {"product-renamed"},
    "change-tax-class": {"product-tax-class-changed"},
    "set-price": {"product-price-set"},
    "withdraw-price": {"product-price-withdrawn"},
    "register-customer": {"customer-registered", "email-claimed"},
    "change-contact": {"customer-contact-changed", "email-claimed"},
    "add-address": {"customer-address-added"},
    "remove-address": {"customer-address-removed"},
    "block-customer": {"customer-blocked"},
    "unblock-customer": {"customer-unblocked"},
    "register-stock-item": {"stock-item-registered"},
    "receive-stock": {"stock-received", "backorder-filled", *_LEVELS},
    "adjust-stock": {"stock-adjusted", "backorder-filled", *_LEVELS},
    "count-stock": {"stock-counted", "backorder-filled", *_LEVELS},
    "set-safety-stock": {"safety-stock-set", *_LEVELS},
    "set-backorder-policy": {"backorder-policy-set"},
    "reserve-stock": {"stock-reserved", "stock-backordered", *_LEVELS},
    "extend-reservation": {"stock-reservation-extended"},
    "allocate-reservation": {"stock-allocated"},
    "release-reservation": {"stock-reservation-released", "backorder-filled", *_LEVELS},
    "expire-reservation": {"stock-reservation-expired", "backorder-filled", *_LEVELS},
    "deduct-stock": {"stock-deducted"},
    "fill-backorder": {"backorder-filled", *_LEVELS},
    "restock-return": {
        "stock-returned",
        "stock-quarantined",
        "stock-written-off",
        "backorder-filled",
        *_LEVELS,
    },
    "create-coupon": {"coupon-created"},
    "reserve-redemption": {"coupon-redemption-reserved"},
    "confirm-redemption": {"coupon-redemption-confirmed"},
    "release-redemption": {"coupon-redemption-released"},
    "pause-coupon": {"coupon-paused"},
    "resume-coupon": {"coupon-resumed"},
    "expire-coupon": {"coupon-expired"},
    PLACE_ORDER: {"order-placed", "return-credit-used"},
    "change-shipping-address": {"order-shipping-address-changed"},
    "propose-edit": {"order-edit-proposed"},
    "apply-edit": {"order-edited"},
    "reject-edit": {"order-edit-rejected"},
    "cancel-order": {
        "order-edit-rejected",
        "order-cancellation-requested",
        "order-cancelled",
        "order-lines-cancelled",
    },
    "cancel-lines": {
        "order-lines-cancelled",
        "order-cancellation-requested",
        "order-cancelled",
    },
    "add-note": {"order-note-added"},
    "confirm-order": {"order-confirmed"},
    "reject-order": {"order-edit-rejected", "order-rejected"},
    "expire-order": {"order-edit-rejected", "order-expired"},
    "place-hold": {"order-held"},
    "release-hold": {"order-hold-released"},
    "finish-cancellation": {"order-cancelled", "order-lines-cancelled"},
    "refuse-cancellation": {"order-cancellation-refused"},
    "record-backorder": {"order-lines-backordered"},
    "record-allocation": {"order-lines-allocated"},
    "record-shipped": {"order-lines-shipped"},
    "record-lines-delivered": {"order-lines-delivered"},
    "record-returned": {"order-lines-returned"},
    "record-payment-fact": {"order-payment-recorded"},
    "complete-order": {"order-completed"},
    "flag-stuck": {"order-flagged-overdue"},
    "request-payment": {"payment-requested"},
    "record-action-required": {"payment-action-required"},
    "record-processing": {"payment-processing"},
    "record-authorized": {"payment-authorized"},
    "record-declined": {"payment-declined"},
    "request-capture": {"payment-capture-requested"},
    "record-captured": {"payment-authorized", "payment-capture-requested", "payment-captured"},
    "record-capture-failed": {"payment-capture-failed"},
    "request-void": {"payment-void-requested"},
    "record-voided": {"payment-void-requested", "payment-voided"},
    "record-void-failed": {"payment-void-failed"},
    "expire-authorization": {"payment-authorization-expired"},
    "request-reauthorization": {"payment-reauthorization-requested"},
    "record-reauthorized": {"payment-reauthorized"},
    "record-reauthorization-failed": {"payment-reauthorization-failed"},
    "request-refund": {"refund-requested"},
    "record-refunded": {"refund-requested", "refund-succeeded"},
    "record-refund-failed": {"refund-failed"},
    "record-refund-reversed": {"refund-reversed"},
    "record-chargeback": {"chargeback-opened"},
    "resolve-chargeback": {"chargeback-resolved"},
    "record-outcome-unknown": {"payment-outcome-unknown"},
    "plan-shipment": {"shipment-planned"},
    "start-picking": {"shipment-picking-started"},
    "report-short": {"shipment-line-shorted"},
    "pack": {"shipment-packed"},
    "dispatch": {"shipment-dispatched", "order-lines-shipped"},
    "record-tracking": {"shipment-tracking-updated"},
    "record-delivered": {"shipment-delivered"},
    "record-delivery-failed": {"shipment-delivery-failed"},
    "record-returned-to-sender": {"shipment-returned-to-sender"},
    "record-lost": {"shipment-lost"},
    "split-shipment": {"shipment-split", "shipment-planned"},
    "move-shipment": {
        "shipment-moved",
        "stock-reserved",
        "stock-allocated",
        "stock-reservation-released",
        "backorder-filled",
        "fulfilment-stock-kept",
        *_LEVELS,
    },
    "cancel-shipment": {"shipment-cancelled"},
    "request-return": {"return-requested", "order-return-requested"},
    "approve-return": {"return-approved"},
    "decline-return": {"return-declined", "order-return-ended"},
    "receive-return": {"return-received"},
    "inspect-return": {"return-inspected", "order-lines-returned", "order-payment-recorded"},
    "release-credit": {"return-credit-released"},
    "close-return": {"return-closed", "order-return-ended"},
    "cancel-return": {"return-cancelled", "order-return-ended"},
    "expire-return": {"return-expired", "order-return-ended"},
    "record-past-fulfilment": {
        "stock-issued",
        *_LEVELS,
        "payment-requested",
        "payment-authorized",
        "payment-capture-requested",
        "payment-captured",
        "order-payment-recorded",
        "order-confirmed",
        "shipment-planned",
        "shipment-packed",
        "shipment-dispatched",
        "order-lines-shipped",
        "shipment-delivered",
        "order-lines-delivered",
        "order-completed",
    },
    "record-past-return": {
        "return-requested",
        "order-return-requested",
        "return-approved",
        "return-received",
        "return-inspected",
        "order-lines-returned",
        "stock-returned",
        "backorder-filled",
        *_LEVELS,
        "refund-requested",
        "refund-succeeded",
        "order-payment-recorded",
        "return-closed",
    },
    "fire-timer": {"timer-fired"},
    "require-intervention": {"manual-intervention-required"},
    "retry-fulfilment-step": {"fulfilment-step-retried"},
    "skip-fulfilment-step": {"fulfilment-step-skipped"},
}
"""Command type -> the types of the events that it makes."""

_SENT_BY_THE_PROCESS: Final = (
    *("adjust-stock", "reserve-stock", "extend-reservation", "allocate-reservation"),
    *("release-reservation", "expire-reservation", "deduct-stock", "restock-return"),
    *("reserve-redemption", "confirm-redemption", "release-redemption"),
    *("confirm-order", "reject-order", "expire-order", "place-hold", "cancel-order"),
    *("apply-edit", "reject-edit"),
    *("cancel-lines", "finish-cancellation", "record-backorder", "record-allocation"),
    *("record-lines-delivered", "record-payment-fact", "complete-order", "flag-stuck"),
    *("request-payment", "request-capture", "request-void", "request-refund"),
    *("request-reauthorization", "expire-authorization"),
    *("plan-shipment", "cancel-shipment", "close-return", "release-credit"),
)
MADE["advance-fulfilment"] = {
    event_type for command_type in _SENT_BY_THE_PROCESS for event_type in MADE[command_type]
} | {
    event_type
    for event_type, (event_class, _) in EVENT_TYPES.items()
    if CATEGORIES[event_class] == "fulfilment"
}
_PRINCIPALS: Final = {"process:fulfilment": "system:fulfilment"}
"""The principal of a program's records -> who its events say that it is."""

_CREATES: Final = {decider.type: decider.creates for decider in DECIDERS.values()}
_TELL_AN_ORDER: Final = {
    "dispatch": "shipment",
    "move-shipment": "shipment",
    "advance-fulfilment": "fulfilment",
    "record-past-return": "return",
    "request-return": "return",
    "decline-return": "return",
    "inspect-return": "return",
    "close-return": "return",
    "cancel-return": "return",
    "expire-return": "return",
}
_CATEGORIES: Final = {
    name: min(CATEGORIES[EVENT_TYPES[event_type][0]] for event_type in types)
    for name, types in MADE.items()
} | _TELL_AN_ORDER
"""Command type -> the category of its own stream; that of a customer comes before its claim's."""

_DIGEST_BYTES: Final = 32
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Wish(NamedTuple):
    """What a record says of a command, beside the place of its events."""

    principal: str
    command_type: str
    stream: str
    status: int
    fingerprint: bytes
    answer: str | None


class _Made(NamedTuple):
    """Who made an event, and its type; None for one that this code cannot read."""

    principal: str
    event_type: str | None


class MadeBy:
    """What the events tell; four bytes per event and two texts per order are kept. Pure."""

    def __init__(self, head: int) -> None:
        self._at = array("I", bytes(4 * (head + 1)))
        self._numbers: dict[_Made, int] = {}
        self._made: list[_Made] = []
        self._placed: dict[str, tuple[str, str]] = {}

    def remember(self, event: RecordedEvent) -> None:
        """Take note of an event."""
        self._remember(event.position, event.metadata.actor, event.type)
        if isinstance(event.data, OrderPlaced):
            self._placed[event.stream] = event.data.order_number, event.data.fingerprint

    def remember_actor(self, position: int, actor: Actor) -> None:
        """Take note of an event that cannot be read, but whose metadata can."""
        self._remember(position, actor, None)

    def differing(self, wish: Wish, positions: range) -> list[str]:
        """Name the columns of a record that cannot be right; it made the events at `positions`."""
        made = {self._made[number - 1] for at in positions if (number := self._at[at])}
        types = {each.event_type for each in made if each.event_type is not None}
        wrong: list[str] = []
        principal = _PRINCIPALS.get(wish.principal, wish.principal)
        if any(each.principal != principal for each in made):
            wrong.append("principal")
        if not _is_type(wish, types, has_events=bool(positions)):
            wrong.append("command_type")
        elif wish.command_type in MADE:
            wrong += self._wrong_answer(wish)
        if not self._is_fingerprint(wish, has_events=bool(positions)):
            wrong.append("fingerprint")
        return wrong

    def _remember(self, position: int, actor: Actor, event_type: str | None) -> None:
        if not 0 < position < len(self._at):
            return
        made = _Made(f"{actor.kind}:{actor.id}", event_type)
        number = self._numbers.get(made)
        if number is None:
            self._made.append(made)
            number = self._numbers[made] = len(self._made)
        self._at[position] = number

    def _wrong_answer(self, wish: Wish) -> Iterator[str]:
        if wish.status != (STATUS_CREATED if _CREATES[wish.command_type] else STATUS_OK):
            yield "status"
        answer = None if wish.answer is None else json.loads(wish.answer)
        if wish.command_type != PLACE_ORDER:
            if answer is not None:
                yield "answer"
        elif wish.stream in self._placed:
            order_number, _ = self._placed[wish.stream]
            if answer != {"order_number": order_number}:
                yield "answer"

    def _is_fingerprint(self, wish: Wish, *, has_events: bool) -> bool:
        if len(wish.fingerprint) != _DIGEST_BYTES:
            return False
        if wish.command_type != PLACE_ORDER or not has_events or wish.stream not in self._placed:
            return True
        # A caller of the handler in this process may name its requests in words of its own.
        _, fingerprint = self._placed[wish.stream]
        return not _DIGEST.fullmatch(fingerprint) or fingerprint == wish.fingerprint.hex()


def _is_type(wish: Wish, event_types: set[str], *, has_events: bool) -> bool:
    """Say whether a command of this type can have made these events on this stream."""
    if has_events:
        return event_types <= MADE.get(wish.command_type, set())
    return _CATEGORIES.get(wish.command_type) == category_of(wish.stream)
