"""What becomes of a message that no follower can use?

It is published to `ordertrail.dead`, with the reason and where it came from, and confirmed there
before it is acknowledged; its events are read from the store. Publishing has a connection of its
own, which is opened when it is first needed.

Source: reliability.md DEL-06, DEL-11.
"""

from datetime import UTC, datetime
from typing import Final

import structlog

from sql.failpoints import failpoint
from workers.broker import BrokerLost, answer_of
from workers.follow_rule import Delivery
from workers.options import BrokerOptions
from workers.publisher import PUBLISH_TIMEOUT_SECONDS, Publisher
from workers.slice import BadSignature, BadSlice
from workers.topology import DEAD_LETTERS

DETAIL_CHARACTERS_MAX: Final = 500

_LOG: Final = structlog.get_logger("ordertrail.dead_letters")
_SECURITY_LOG: Final = structlog.get_logger("ordertrail.security")


class DeadLetters:
    """The way of one queue's unusable messages to `ordertrail.dead`."""

    def __init__(self, options: BrokerOptions, origin: str) -> None:
        self._options = options
        self._origin = origin
        self._publisher: Publisher | None = None

    async def send(self, delivery: Delivery, error: BadSlice) -> None:
        """Publish a copy of the message with its reason, and wait for the confirm.

        Raises:
            BrokerLost: nobody knows whether it arrived; the message must not be acknowledged.
        """
        says = {"reason": error.code, "detail": error.detail[:DETAIL_CHARACTERS_MAX]}
        if isinstance(error, BadSignature):
            _SECURITY_LOG.warning("slice.forged", origin=self._origin, **says)
        headers: dict[str, str | int] = {
            name: value
            for name, value in delivery.headers.items()
            if isinstance(value, (str, int)) and name not in says
        }
        headers |= {
            **says,
            "origin": self._origin,
            "rejected_at": datetime.now(UTC).isoformat(),
        }
        try:
            await answer_of(failpoint("follower.before_dead_letter"), PUBLISH_TIMEOUT_SECONDS)
            if self._publisher is None:
                self._publisher = await Publisher.open(self._options, "dead letters")
            await answer_of(
                self._publisher.publish(DEAD_LETTERS, DEAD_LETTERS, delivery.body, headers, None),
                PUBLISH_TIMEOUT_SECONDS,
            )
            await answer_of(failpoint("follower.after_dead_letter"), PUBLISH_TIMEOUT_SECONDS)
        except BrokerLost:
            await self.close()
            raise
        _LOG.warning("slice.dead_letter", origin=self._origin, **says)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()
