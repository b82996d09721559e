"""How do wishes of the log reach the parties outside, and their answers the log?

What this process has committed itself is begun at once. The log brings it again, and everything
else: the checkpoint moves with the log alone, so what was not begun, or died, is begun then (ADR
13).

A consumer of its own: it never blocks the process. Nor does a party that is slow to answer one call
block the others: later ones are made while that is under way. An operation whose outcome is known
by now is not repeated; one without an answer is noted as unknown, and asked for when the process's
timer says so. Answers are commands of the provider, under a key made of what was asked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog

from commands.dispatch import Dispatch
from commands.envelope import CommandEnvelope
from commands.handler import CommandHandler
from commands.pending import PendingAppend
from commands.ports import EventLoader
from commands.provider_calls import CALLING, ProviderCall, call_of, open_call
from commands.provider_facts import ProviderFact, command_of
from commands.record_outcome_unknown import RecordOutcomeUnknown
from commands.registry import Command
from domain.derived_id import derived_id
from domain.envelope import Actor, ActorKind, RecordedEvent
from domain.errors import Conflict, Poison, Refusal, Unavailable
from domain.events import payment_stream, shipment_stream
from domain.fold import as_payment, as_shipment
from domain.payment import Payment
from domain.shipment import ShipmentStatus
from domain.shipment_events import ShipmentPacked
from sql.consumer_session import ConsumerFailed
from sql.failpoints import failpoint
from workers.http_client import CONNECTIONS_MAX
from workers.outside import Carrier, OutcomeUnknown, PaymentProvider

CALLS_MAX: Final = CONNECTIONS_MAX
"""How many answers are waited for at the same time."""

PATIENCE_SECONDS: Final = 0.25
"""How long the answers to a batch are waited for before later events are taken up."""

UNDER_WAY_MAX: Final = 1_000
"""How many calls may be under way; when there are more, nothing is taken up."""

BOOKING_TRIES_MAX: Final = 5
BOOKING_PAUSE_SECONDS: Final = 1.0

CALLER: Final = Actor(ActorKind.SYSTEM, "outside")
_LOG: Final = structlog.get_logger("ordertrail.outside")


class OutsideCalls:
    """Tells providers and carriers what the log wants of them."""

    def __init__(
        self,
        handler: CommandHandler,
        loader: EventLoader,
        *,
        provider: PaymentProvider | None,
        provider_name: str,
        carrier: Carrier | None,
        carrier_name: str,
    ) -> None:
        """Call the parties that are configured; without one, what it would do waits for people."""
        self._handler = handler
        self._loader = loader
        self._provider = provider
        self._psp = Actor(ActorKind.PSP, provider_name)
        self._carrier = carrier
        self._carrier_name = carrier_name
        self._slots = asyncio.Semaphore(CALLS_MAX)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._ahead: set[int] = set()
        self._brought = 0
        self._is_consumer = False

    def acts(self, *, is_consumer: bool) -> None:
        """Begin nothing ahead of the log while another process is the one that calls."""
        self._is_consumer = is_consumer
        self._ahead.clear()
        self._brought = 0

    def hear(self, pending: PendingAppend) -> None:
        """Begin with what this process has just committed, ahead of the log."""
        if not self._is_consumer or len(self._under_way) > UNDER_WAY_MAX:
            return
        for event in pending.recorded(CALLING):
            if self._is_concerned(event) and event.position > self._brought:
                self._ahead.add(event.position)
                self._under_way[event.position] = asyncio.create_task(self._carry_out(event))

    async def react(self, events: Sequence[RecordedEvent]) -> None:
        """Carry out what the events want, all at the same time; what is slow goes on after this.

        Raises:
            ConsumerFailed: the first event that cannot be carried out.
            Unavailable: the log cannot take the answers now.
        """
        begun = {
            event.position: asyncio.create_task(self._carry_out(event))
            for event in events
            if self._is_concerned(event)
            and event.position not in self._under_way
            and event.position not in self._ahead
        }
        self._ahead.difference_update(event.position for event in events)
        if events:
            self._brought = max(self._brought, events[-1].position)
        self._under_way.update(begun)
        if begun:
            await asyncio.wait(begun.values(), timeout=PATIENCE_SECONDS)
        failures = self._take_failures(begun)
        if failures:
            raise min(failures, key=lambda failed: failed.event.position)
        self.unfinished()
        while len(self._under_way) > UNDER_WAY_MAX:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
            self.unfinished()

    def unfinished(self) -> int | None:
        """Tell the position of the first event that is still being carried out.

        Raises:
            Unavailable: the log could not take an answer.
        """
        for position, task in list(self._under_way.items()):
            if task.done():
                del self._under_way[position]
                if position in self._ahead and task.exception() is not None:
                    self._ahead.remove(position)  # the log brings it again
                    continue
                try:
                    task.result()
                except ConsumerFailed as failed:
                    _leave_to_people(failed.event)
        return min(self._under_way, default=None)

    async def give_up(self, event: RecordedEvent) -> None:
        """Leave an event to people."""
        _leave_to_people(event)

    async def close(self) -> None:
        """End what is under way; it is carried out when the next process begins."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _take_failures(self, begun: Mapping[int, asyncio.Task[None]]) -> list[ConsumerFailed]:
        failures: list[ConsumerFailed] = []
        for position, task in begun.items():
            error = task.exception() if task.done() else None
            if isinstance(error, ConsumerFailed):
                del self._under_way[position]
                failures.append(error)
        return failures

    def _is_concerned(self, event: RecordedEvent) -> bool:
        if isinstance(event.data, ShipmentPacked):
            return self._carrier is not None and event.data.carrier == self._carrier_name
        return self._provider is not None and call_of(event) is not None

    async def _carry_out(self, event: RecordedEvent) -> None:
        async with self._slots:
            try:
                if isinstance(event.data, ShipmentPacked):
                    await self._book(event, event.data)
                else:
                    await self._call(event)
            except Refusal as refusal:
                _LOG.warning("outside.refused", position=event.position, code=refusal.code)
            except Conflict as conflict:
                raise Unavailable("others write the same stream again and again") from conflict
            except (Poison, AssertionError, ValueError, KeyError) as error:
                raise ConsumerFailed(event) from error

    async def _call(self, event: RecordedEvent) -> None:
        wanted = call_of(event)
        assert wanted is not None
        assert self._provider is not None
        payment = await self._payment(wanted.payment_id)
        call = None if payment is None else open_call(wanted, payment)
        if payment is None or call is None:
            return
        try:
            await failpoint("outside.before_call")
            facts = await self._provider.carry_out(call)
            await failpoint("outside.after_call")
        except OutcomeUnknown as unknown:
            _LOG.warning("outside.unknown", operation=call.operation_id, reason=str(unknown))
            await self._note_unknown(event, call, payment)
            return
        for fact in facts:
            await self._tell(event, fact)

    async def _payment(self, payment_id: str) -> Payment | None:
        stream = payment_stream(payment_id)
        loaded = await self._loader.load("outside", payment_id, (stream,))
        return as_payment(loaded.states[stream][1])

    async def _note_unknown(
        self, event: RecordedEvent, call: ProviderCall, payment: Payment
    ) -> None:
        attempt = payment.unknown.get(call.operation_id, 0) + 1
        command = RecordOutcomeUnknown(
            actor=CALLER,
            asked_at=datetime.now(UTC),
            payment_id=call.payment_id,
            operation=call.operation,
            operation_id=call.operation_id,
            attempt=attempt,
        )
        await self._handle(event, command, CALLER, f"unknown:{call.key}:{attempt}")

    async def _tell(self, event: RecordedEvent, fact: ProviderFact) -> None:
        command = command_of(fact, self._psp, datetime.now(UTC))
        key = f"answer:{fact.kind}:{fact.payment_id}:{fact.operation_id}:{event.position}"
        try:
            await self._handle(event, command, self._psp, key)
        except Refusal as refusal:
            # A webhook was faster and said more: what the log knows stands.
            _LOG.info("outside.outdated", code=refusal.code, fact=fact.kind.value)

    async def _book(self, event: RecordedEvent, packed: ShipmentPacked) -> None:
        assert self._carrier is not None
        stream = shipment_stream(packed.shipment_id)
        loaded = await self._loader.load("outside", packed.shipment_id, (stream,))
        shipment = as_shipment(loaded.states[stream][1])
        if shipment is None or shipment.status is not ShipmentStatus.PACKED:
            return
        for number in range(BOOKING_TRIES_MAX):
            try:
                tracking_number = await self._carrier.book(shipment)
                break
            except OutcomeUnknown as unknown:
                _LOG.warning("outside.not_booked", reason=str(unknown))
                await asyncio.sleep(BOOKING_PAUSE_SECONDS * 2**number)
        else:
            return  # the timer `ship_by` tells people
        now = datetime.now(UTC)
        command = Dispatch(
            actor=CALLER,
            asked_at=now,
            shipment_id=packed.shipment_id,
            tracking_number=tracking_number,
            carrier=self._carrier_name,
            dispatched_at=now,
        )
        await self._handle(event, command, CALLER, f"dispatch:{packed.shipment_id}")

    async def _handle(self, event: RecordedEvent, command: Command, actor: Actor, key: str) -> None:
        envelope = CommandEnvelope(
            principal=f"{actor.kind}:{actor.id}",
            idempotency_key=key,
            fingerprint=sha256(key.encode()).digest(),
            actor=actor,
            command_id=derived_id(key),
            correlation_id=event.metadata.correlation_id,
            causation_id=str(event.position),
            traceparent=event.metadata.traceparent,
        )
        await self._handler.handle(command, envelope)


def _leave_to_people(event: RecordedEvent) -> None:
    """Say so in the log; the process's own timers tell them that nothing happens."""
    _LOG.error("outside.given_up", position=event.position, type=event.type)
