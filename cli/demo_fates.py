"""What becomes of the demo's orders after they are placed, and how are they paid?

Each order has one fate, drawn before it is sent, so that what the system must say in the end is
known beforehand, however fast its parts are.
"""

from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Final


class Fate(StrEnum):
    """What people, the provider and the stock do to an order."""

    KEPT = "kept"
    """Confirmed, and still in the house at the end."""
    HOT = "hot"
    """It wants the product of which there are too few: kept, or rejected."""
    DECLINED = "declined"
    FRAUD = "fraud"
    """Risky: held, and rejected by somebody."""
    RELEASED = "released"
    """Risky: held, and approved by somebody."""
    CANCELLED = "cancelled"
    CHANGED = "changed"
    """A piece fewer is wanted after all."""
    SENT = "sent"
    SENT_IN_TWO = "sent_in_two"
    SENT_IN_PART = "sent_in_part"
    """The first line is sent, the others are still in the house at the end."""
    RETURNED = "returned"
    """Sent, and a part of it comes back."""


SHARES: Final[Mapping[Fate, float]] = {
    Fate.HOT: 0.065,
    Fate.DECLINED: 0.03,
    Fate.FRAUD: 0.007,
    Fate.RELEASED: 0.013,
    Fate.CANCELLED: 0.05,
    Fate.CHANGED: 0.02,
    Fate.SENT: 0.04,
    Fate.SENT_IN_TWO: 0.02,
    Fate.SENT_IN_PART: 0.015,
    Fate.RETURNED: 0.02,
}
"""Fate -> how many of all orders have it; the rest is kept."""

OF_SEVERAL_LINES: Final = frozenset({Fate.SENT_IN_TWO, Fate.SENT_IN_PART})
RISKY: Final = frozenset({Fate.FRAUD, Fate.RELEASED})

CARD: Final = "card-ok"
_CARDS: Final[Mapping[Fate, str]] = {
    Fate.HOT: CARD,
    Fate.DECLINED: "card-declined",
    Fate.FRAUD: "card-risky",
    Fate.RELEASED: "card-risky",
}
_CARD_SHARES: Final[Mapping[str, float]] = {
    CARD: 0.95,
    "card-late": 0.02,
    "card-twice": 0.015,
    "card-action": 0.012,
    "card-lostlate": 0.003,
}
"""How orders are paid that end well (docs/sandbox.md): some of the provider's answers come late,
twice or by another way, and nobody is to see a difference. Nothing is here that takes minutes."""


def fate_of(chance: Random) -> Fate:
    """Draw a fate."""
    kept = 1 - sum(SHARES.values())
    return chance.choices([Fate.KEPT, *SHARES], [kept, *SHARES.values()])[0]


def card_of(chance: Random, fate: Fate) -> str:
    """Draw a payment method with which an order can have its fate."""
    drawn = chance.choices(list(_CARD_SHARES), list(_CARD_SHARES.values()))[0]
    return _CARDS.get(fate, drawn)
