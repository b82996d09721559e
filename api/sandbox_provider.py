"""What does the sandbox provider answer, and what does it only tell later?

The `method_ref` of a payment decides, by its first word after the hyphen (`card-declined`); what is
not listed in BEHAVIOURS is authorised at once. docs/sandbox.md is the list for people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from api.sandbox_books import Fact, SandboxBooks, SandboxPayment

VALID_DAYS: Final = 7
RISKY_SCORE: Final = 90
CALM_SCORE: Final = 5
ACTION_MINUTES: Final = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider does with a request.

    `facts` are answered; `later` come by webhook, each `webhooks` times; `is_lost`: the facts are
    booked, but a gateway answers that it has lost the answer; `delay_seconds` before the answer.
    """

    facts: list[Fact]
    later: list[Fact]
    webhooks: int = 1
    is_lost: bool = False
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as it is asked for: under a key, by the id that facts tell it by."""

    key: str
    operation_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a payment method behaves."""

    declined: str | None = None
    is_retriable: bool = False
    needs_action: bool = False
    comes_later: bool = False
    is_lost: bool = False
    delay_seconds: float = 0.0
    webhooks: int = 0
    risk_score: int = CALM_SCORE
    capture_fails: bool = False
    refund_fails: bool = False


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "ok": Behaviour(),
    "declined": Behaviour(declined="insufficient_funds"),
    "retry": Behaviour(declined="try_again", is_retriable=True),
    "action": Behaviour(needs_action=True, comes_later=True, webhooks=1),
    "late": Behaviour(comes_later=True, webhooks=1),
    "timeout": Behaviour(delay_seconds=30.0, webhooks=1),
    "lost": Behaviour(is_lost=True),
    "lostlate": Behaviour(is_lost=True, webhooks=1),
    "twice": Behaviour(webhooks=2),
    "risky": Behaviour(risk_score=RISKY_SCORE),
    "capturefails": Behaviour(capture_fails=True),
    "refundfails": Behaviour(refund_fails=True),
}
"""The word in a `method_ref` -> how the payment behaves."""


def behaviour_of(method_ref: str) -> Behaviour:
    """Tell how a payment method behaves."""
    for word in method_ref.lower().replace("_", "-").split("-"):
        if word in BEHAVIOURS:
            return BEHAVIOURS[word]
    return BEHAVIOURS["ok"]


def authorize(books: SandboxBooks, key: str, body: Mapping[str, str | int]) -> Answer:
    """Authorise a payment, or not; the same key again is answered as before."""
    behaviour = behaviour_of(str(body["method_ref"]))
    if key in books.operations:
        return Answer(books.operations[key], [])
    payment = SandboxPayment(
        str(body["payment_id"]), str(body["method_ref"]), str(body["currency"])
    )
    amount_minor = int(body["amount_minor"])
    if behaviour.declined is not None:
        facts = [_declined(payment, behaviour)]
        return _answered(behaviour, books.keep(key, payment, facts))
    authorised = _authorised(payment, amount_minor, behaviour)
    if behaviour.comes_later:
        first = _action(payment) if behaviour.needs_action else _fact("processing", payment)
        books.keep(f"{key}:later", payment, [authorised])
        return Answer([first], [authorised], behaviour.webhooks)
    return _answered(behaviour, books.keep(key, payment, [authorised]))


def capture(books: SandboxBooks, payment: SandboxPayment, asked: Asked) -> Answer:
    """Take money that was authorised."""
    behaviour = behaviour_of(payment.method_ref)
    if behaviour.capture_fails or asked.amount_minor > payment.capturable_minor:
        code = "capture_failed" if behaviour.capture_fails else "exceeds_authorisation"
        return _refused(books, payment, asked, "capture_failed", code)
    return _done(books, payment, asked, "captured")


def void(books: SandboxBooks, payment: SandboxPayment, asked: Asked) -> Answer:
    """Give up what was not taken; what nobody heard of yet is told along."""
    if payment.captured_minor and not payment.capturable_minor:
        return _refused(books, payment, asked, "void_failed", "captured")
    known = (
        [_authorised(payment, payment.authorised_minor, behaviour_of(payment.method_ref))]
        if payment.authorised_minor
        else []
    )
    rest = replace(asked, amount_minor=payment.capturable_minor)
    answer = _done(books, payment, rest, "voided")
    return replace(answer, facts=[*known, *answer.facts], delay_seconds=0.0)


def refund(books: SandboxBooks, payment: SandboxPayment, asked: Asked) -> Answer:
    """Give money back."""
    behaviour = behaviour_of(payment.method_ref)
    left = payment.captured_minor - payment.refunded_minor
    if behaviour.refund_fails or asked.amount_minor > left:
        code = "refund_failed" if behaviour.refund_fails else "exceeds_capture"
        return _refused(books, payment, asked, "refund_failed", code)
    return _done(books, payment, asked, "refunded")


def reauthorize(books: SandboxBooks, payment: SandboxPayment, asked: Asked) -> Answer:
    """Keep the rest available for longer."""
    until = datetime.now(UTC) + timedelta(days=VALID_DAYS)
    fact = _fact("reauthorized", payment, asked.operation_id, until=until.isoformat())
    return Answer(books.keep(asked.key, payment, [fact]), [])


Operation = Callable[[SandboxBooks, SandboxPayment, Asked], Answer]
OPERATIONS: Final[Mapping[str, Operation]] = {
    "capture": capture,
    "void": void,
    "refund": refund,
    "reauthorize": reauthorize,
}
"""The last word of the path -> what is done."""


def operate(books: SandboxBooks, operation: str, payment: SandboxPayment, asked: Asked) -> Answer:
    """Carry out an operation; the same key again is answered as before, refusals too."""
    if asked.key in books.operations:
        return Answer(books.operations[asked.key], [])
    return OPERATIONS[operation](books, payment, asked)


def _refused(
    books: SandboxBooks, payment: SandboxPayment, asked: Asked, kind: str, code: str
) -> Answer:
    fact = _fact(kind, payment, asked.operation_id, code=code)
    return Answer(books.keep(asked.key, payment, [fact]), [])


def _done(books: SandboxBooks, payment: SandboxPayment, asked: Asked, kind: str) -> Answer:
    fact = _fact(kind, payment, asked.operation_id, amount_minor=asked.amount_minor)
    return _answered(behaviour_of(payment.method_ref), books.keep(asked.key, payment, [fact]))


def _answered(behaviour: Behaviour, facts: list[Fact]) -> Answer:
    later = facts if behaviour.webhooks else []
    return Answer(facts, later, behaviour.webhooks, behaviour.is_lost, behaviour.delay_seconds)


def _fact(kind: str, payment: SandboxPayment, operation_id: str = "", **others: object) -> Fact:
    return {
        "kind": kind,
        "payment_id": payment.payment_id,
        "operation_id": operation_id,
        "psp_ref": payment.psp_ref,
        **others,
    }


def _declined(payment: SandboxPayment, behaviour: Behaviour) -> Fact:
    return _fact("declined", payment, code=behaviour.declined, is_retriable=behaviour.is_retriable)


def _authorised(payment: SandboxPayment, amount_minor: int, behaviour: Behaviour) -> Fact:
    until = datetime.now(UTC) + timedelta(days=VALID_DAYS)
    return _fact(
        "authorized",
        payment,
        payment.payment_id,
        amount_minor=amount_minor,
        until=until.isoformat(),
        risk_score=behaviour.risk_score,
    )


def _action(payment: SandboxPayment) -> Fact:
    until = datetime.now(UTC) + timedelta(minutes=ACTION_MINUTES)
    return _fact(
        "action_required",
        payment,
        url=f"https://sandbox.invalid/confirm/{payment.payment_id}",
        until=until.isoformat(),
    )
