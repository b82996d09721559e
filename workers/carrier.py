"""How is a parcel booked at the sandbox carrier, over HTTP?"""

import aiohttp
import msgspec

from domain.shipment import Shipment
from workers.circuit import CircuitBreaker
from workers.outside import OutcomeUnknown


class _Booking(msgspec.Struct, frozen=True):
    tracking_number: str


class SandboxCarrier:
    """The carrier that `ordertrail sandbox` runs."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        """Use an open client."""
        self._client = client
        self._breaker = CircuitBreaker()

    async def book(self, shipment: Shipment) -> str:
        """Book a packed shipment, under its own id, and answer its tracking number.

        Raises:
            OutcomeUnknown: no answer came.
        """
        if not self._breaker.may_try():
            raise OutcomeUnknown("the carrier is left alone for a while")
        try:
            async with self._client.post(
                "/v1/shipments",
                json={"shipment_id": shipment.shipment_id, "service": shipment.service},
                headers={"Idempotency-Key": shipment.shipment_id},
                allow_redirects=False,
            ) as response:
                response.raise_for_status()
                booking = msgspec.json.decode(await response.read(), type=_Booking)
        except (TimeoutError, aiohttp.ClientError, msgspec.DecodeError) as error:
            self._breaker.failed()
            raise OutcomeUnknown(repr(error)) from error
        self._breaker.succeeded()
        return booking.tracking_number
