"""How does the fulfilment process react to the log: in batches, each order in its turn?

The orders of a batch advance at the same time, so that their decisions share loads and commits; the
events of one order are reacted to one after the other. A reaction is a command with a record of its
own, `process:fulfilment` and `<order id>:<position>`, so that a repeat finds it (architecture.md
§5).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog

from commands.advance_fulfilment import AdvanceFulfilment
from commands.envelope import CommandEnvelope
from commands.fulfilment_hints import likely_streams
from commands.fulfilment_step import FULFILMENT
from commands.handler import CommandHandler
from commands.policies import is_input, order_id_of
from commands.ports import EventLoader
from commands.require_intervention import RequireIntervention
from domain.derived_id import derived_id
from domain.envelope import RecordedEvent
from domain.errors import (
    ConcurrentModification,
    IdempotencyInProgress,
    Unavailable,
)
from domain.fold import State, evolve
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order_events import OrderPlaced
from domain.order_parts import OriginKind
from sql.consumer_session import ConsumerFailed
from sql.failpoints import failpoint

PRINCIPAL: Final = "process:fulfilment"
ORDERS_MAX: Final = 500
"""How many orders advance at the same time."""

RECORDED_MAX: Final = 100_000
"""How many orders from elsewhere are remembered, so that what is said of them is passed over."""

TRIES_MAX: Final = 5
PAUSE_SECONDS: Final = 0.05

_LOG: Final = structlog.get_logger("ordertrail.fulfilment")


class FulfilmentProcess:
    """Reacts to events with the commands of the state table."""

    def __init__(
        self, handler: CommandHandler, loader: EventLoader, policy: FulfilmentPolicy
    ) -> None:
        """Decide through `handler`, whose loader tells which states are known."""
        self._handler = handler
        self._loader = loader
        self._policy = policy
        self._slots = asyncio.Semaphore(ORDERS_MAX)
        self._recorded: dict[str, None] = {}

    def acts(self, *, is_consumer: bool) -> None:
        """Wait for the log to bring what there is to react to."""

    async def react(self, events: Sequence[RecordedEvent]) -> None:
        """React to consecutive events.

        Raises:
            ConsumerFailed: the first event that cannot be reacted to; later ones may have been.
            Unavailable: the log cannot take it now.
        """
        per_order: defaultdict[str, list[RecordedEvent]] = defaultdict(list)
        for event in events:
            if is_input(event) and not self._is_of_the_past(event):
                self._remember(event)
                per_order[order_id_of(event)].append(event)
        outcomes = await asyncio.gather(
            *(self._advance(order_id, inputs) for order_id, inputs in per_order.items()),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, ConsumerFailed)]
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, ConsumerFailed):
                raise outcome
        if failures:
            raise min(failures, key=lambda failed: failed.event.position)

    def _is_of_the_past(self, event: RecordedEvent) -> bool:
        """Tell whether the event is about an order that is known to be only recorded.

        Deciding would say the same, for a load and a record each: an import brings many.
        """
        order_id = order_id_of(event)
        if not isinstance(event.data, OrderPlaced):
            return order_id in self._recorded
        if event.data.origin.kind is OriginKind.IMPORT:
            self._recorded[order_id] = None
            if len(self._recorded) > RECORDED_MAX:
                del self._recorded[next(iter(self._recorded))]
        return False

    async def give_up(self, event: RecordedEvent) -> None:
        """Leave an event to an operator.

        Raises:
            Unavailable: the log cannot take it now.
        """
        order_id = order_id_of(event)
        command = RequireIntervention(
            actor=FULFILMENT,
            asked_at=datetime.now(UTC),
            order_id=order_id,
            step=f"event:{event.position}",
            last_error=event.type,
        )
        await self._handler.handle(command, _envelope(event, f"{order_id}:{event.position}:help"))

    def unfinished(self) -> None:
        """Tell that nothing is left over when a batch has been reacted to."""

    async def _advance(self, order_id: str, inputs: Sequence[RecordedEvent]) -> None:
        async with self._slots:
            for event in inputs:
                await failpoint("fulfilment.before_advance")
                await self._react_to(order_id, event)
                await failpoint("fulfilment.after_advance")

    async def _react_to(self, order_id: str, event: RecordedEvent) -> None:
        for number in range(TRIES_MAX):
            command = AdvanceFulfilment(
                actor=FULFILMENT,
                asked_at=datetime.now(UTC),
                order_id=order_id,
                event=event,
                policy=self._policy,
                streams=likely_streams(event, self._policy, self._known),
            )
            try:
                await self._handler.handle(
                    command, _envelope(event, f"{order_id}:{event.position}")
                )
            except (ConcurrentModification, IdempotencyInProgress):
                await asyncio.sleep(PAUSE_SECONDS * 2**number)
            except Unavailable:
                raise
            except Exception as error:
                _LOG.exception("fulfilment.failed", position=event.position, order_id=order_id)
                raise ConsumerFailed(event) from error
            else:
                return
        raise Unavailable(f"order {order_id} is changed by others again and again")

    def _remember(self, event: RecordedEvent) -> None:
        """Take over what an event says of its stream, so that it need not be read once more."""
        version, state = self._loader.newest(event.stream)
        if version == event.version - 1:
            self._loader.committed(event.stream, event.version, evolve(state, event.data))

    def _known(self, stream: str) -> State | None:
        return self._loader.newest(stream)[1]


def _envelope(event: RecordedEvent, key: str) -> CommandEnvelope:
    return CommandEnvelope(
        principal=PRINCIPAL,
        idempotency_key=key,
        fingerprint=sha256(key.encode()).digest(),
        actor=FULFILMENT,
        command_id=derived_id(key),
        correlation_id=event.metadata.correlation_id,
        causation_id=str(event.position),
        traceparent=event.metadata.traceparent,
    )
