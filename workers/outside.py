"""What does the process need of the parties outside, and how do their answers come?

Ports; `payment_provider.py` and `carrier.py` are their adapters over HTTP. A party that cannot be
reached, or does not say what it did, raises `OutcomeUnknown`: the caller notes that and asks later,
it never repeats a wish under another key.
"""

from typing import Protocol

from commands.provider_calls import ProviderCall
from commands.provider_facts import ProviderFact
from domain.shipment import Shipment


class OutcomeUnknown(Exception):
    """Nobody knows whether the other side did it."""


class PaymentProvider(Protocol):
    """Authorises, captures, voids and refunds."""

    async def carry_out(self, call: ProviderCall) -> list[ProviderFact]:
        """Have an operation carried out, under the key of the call.

        Raises:
            OutcomeUnknown: no answer came.
        """
        ...


class Carrier(Protocol):
    """Takes parcels along."""

    async def book(self, shipment: Shipment) -> str:
        """Book a packed shipment, under its own id, and answer its tracking number.

        Raises:
            OutcomeUnknown: no answer came.
        """
        ...
