"""What did the sandbox provider authorise, take and give back?

The books of a payment provider of ours, for trying things out and for tests: it does what a real
one does, and misbehaves on demand. Books are kept in a journal, one line per fact, so that they
outlive the process. Units: minor units.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

Fact = dict[str, Any]
"""A fact as it is answered and as it travels in webhooks (`commands/provider_facts.py`)."""


@dataclass(slots=True)
class SandboxPayment:
    """A payment in the books of the provider."""

    payment_id: str
    method_ref: str
    currency: str
    authorised_minor: int = 0
    captured_minor: int = 0
    voided_minor: int = 0
    refunded_minor: int = 0
    is_declined: bool = False

    @property
    def psp_ref(self) -> str:
        """The provider's own name of the payment."""
        return f"sb_{self.payment_id}"

    @property
    def capturable_minor(self) -> int:
        """What can still be taken."""
        return self.authorised_minor - self.captured_minor - self.voided_minor


@dataclass(slots=True)
class SandboxBooks:
    """Everything that the provider knows.

    Shape: `operations`: idempotency key -> the facts that it was answered with.
    """

    payments: dict[str, SandboxPayment] = field(default_factory=dict[str, SandboxPayment])
    operations: dict[str, list[Fact]] = field(default_factory=dict[str, list[Fact]])
    _journal: TextIO | None = None

    @classmethod
    def opened(cls, path: Path | None) -> "SandboxBooks":
        """Read the journal, if there is one, and go on writing it."""
        books = cls()
        if path is not None:
            if path.exists():
                for line in path.read_text(encoding="utf-8").splitlines():
                    books._replay(json.loads(line))
            books._journal = path.open("a", encoding="utf-8")
        return books

    def close(self) -> None:
        """End the journal."""
        if self._journal is not None:
            self._journal.close()

    def keep(self, key: str, payment: SandboxPayment, facts: list[Fact]) -> list[Fact]:
        """Book facts about a payment under an idempotency key, and answer them."""
        self._book(key, payment, facts)
        if self._journal is not None:
            entry = {
                "key": key,
                "payment_id": payment.payment_id,
                "method_ref": payment.method_ref,
                "currency": payment.currency,
                "facts": facts,
            }
            self._journal.write(json.dumps(entry) + "\n")
            self._journal.flush()
        return facts

    def sums(self) -> dict[str, int]:
        """Add the books up."""
        payments = list(self.payments.values())
        return {
            "payments": len(payments),
            "authorised_minor": sum(each.authorised_minor for each in payments),
            "captured_minor": sum(each.captured_minor for each in payments),
            "voided_minor": sum(each.voided_minor for each in payments),
            "refunded_minor": sum(each.refunded_minor for each in payments),
            "declined": sum(each.is_declined for each in payments),
        }

    def captured_more_than_once(self) -> Iterator[str]:
        """Name payments of which more was taken than was authorised: there must be none."""
        for payment in self.payments.values():
            if payment.captured_minor + payment.voided_minor > payment.authorised_minor:
                yield payment.payment_id

    def _replay(self, entry: dict[str, Any]) -> None:
        payment = self.payments.get(entry["payment_id"]) or SandboxPayment(
            entry["payment_id"], entry["method_ref"], entry["currency"]
        )
        self._book(entry["key"], payment, entry["facts"])

    def _book(self, key: str, payment: SandboxPayment, facts: list[Fact]) -> None:
        self.payments[payment.payment_id] = payment
        self.operations[key] = facts
        for fact in facts:
            counted = _COUNTED_AS.get(fact["kind"])
            if counted is not None:
                setattr(payment, counted, getattr(payment, counted) + fact["amount_minor"])
            payment.is_declined = payment.is_declined or fact["kind"] == "declined"


_COUNTED_AS: Final = {
    "authorized": "authorised_minor",
    "captured": "captured_minor",
    "voided": "voided_minor",
    "refunded": "refunded_minor",
}
"""What happened -> the sum to which its amount is added."""
