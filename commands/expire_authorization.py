"""ExpireAuthorization: what was authorised can no longer be taken."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_payment_of_provider
from domain.envelope import Actor, ActorKind
from domain.payment import Payment
from domain.payment_events import PaymentAuthorizationExpired


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAuthorization:
    """End an authorisation, by its time or by the word of the provider."""

    actor: Actor
    asked_at: datetime
    payment_id: str


def expire_authorization(
    command: ExpireAuthorization, payment: Payment | None
) -> tuple[PaymentAuthorizationExpired, ...]:
    """End it, or nothing if it has ended, nothing is left of it or its time has not come.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    if payment.has_expired or payment.uncaptured_minor <= 0:
        return ()
    valid_until = payment.valid_until
    is_word_of_provider = command.actor.kind is ActorKind.PSP
    if not is_word_of_provider and (valid_until is None or command.asked_at < valid_until):
        return ()
    return (
        PaymentAuthorizationExpired(
            **payment_facts(payment), amount_minor=payment.uncaptured_minor
        ),
    )
