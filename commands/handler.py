"""How does a command become events, once, whatever happens meanwhile?

Load, decide, append; decide again when a stream moved. Decisions that wait for their commit form an
overlay: the next decision on the same stream builds on them and is chained to them, and nothing
decided on the overlay is answered before that commit (architecture.md §3).

This is the one file of the command side with effects, all through `ports.py`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

from commands.decider import Decider, FoldedEvents, States, StreamsMissing
from commands.envelope import Answer, CommandEnvelope
from commands.pending import (
    Appended,
    Claim,
    Conflicted,
    Duplicate,
    Failed,
    PendingAppend,
)
from commands.ports import CommandRecord, EventAppender, EventLoader, Loaded
from commands.registry import DECIDERS, Command
from domain.envelope import Metadata
from domain.errors import (
    ConcurrentModification,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    OrderTrailError,
    Poison,
    Refusal,
    Unavailable,
    VersionMismatch,
)
from domain.events import Event, stream_of
from domain.fold import State

CONFLICTS_MAX: Final = 3
"""How often a command without If-Match is decided again because others moved its stream."""

DECISIONS_MAX: Final = 50
"""How often a command is decided at all; chained decisions may fall many times in a row."""

DEADLINE_SECONDS: Final = 10.0
"""How long a caller waits, over all loads, decisions and appends of its command; what was handed to
the appender stays on its way until it is settled."""

_LOG: Final = logging.getLogger("ordertrail.commands")


@dataclass(frozen=True, slots=True)
class _Base:
    """What a decision on a stream rests on; `after` is the uncommitted decision, if any."""

    version: int
    state: State | None
    after: PendingAppend | None


class _Again(Enum):
    """Why a command has to be decided again."""

    STREAM_MOVED = auto()
    BASE_LOST = auto()
    STREAMS_MISSING = auto()


class CommandHandler:
    """Decides commands and sees their events into the log; one per process."""

    def __init__(
        self,
        loader: EventLoader,
        appender: EventAppender,
        code_version: str,
        *,
        remembers_new_streams: bool = False,
    ) -> None:
        """Work on one log; the loader and the appender must be of the same log.

        `remembers_new_streams`: who begins a stream here soon goes on with it here, as the
        fulfilment process does. An order that is placed is rarely asked for again where it was.
        """
        self._loader = loader
        self._appender = appender
        self._code_version = code_version
        self._remembers_new_streams = remembers_new_streams
        self._overlay: dict[str, Claim] = {}
        self._owners: dict[str, PendingAppend] = {}
        self._running: dict[tuple[str, str], PendingAppend | None] = {}
        self._hear: Callable[[PendingAppend], None] | None = None

    def tell(self, hear: Callable[[PendingAppend], None]) -> None:
        """Have `hear` called with every decision of this handler once its events are on disk."""
        self._hear = hear

    async def handle(self, command: Command, envelope: CommandEnvelope) -> Answer:
        """Carry out a command at most once and answer when its effect is on disk.

        Raises:
            Refusal: the decision said no; nothing was appended.
            VersionMismatch: `expected_version` is not the stream's version.
            IdempotencyInProgress: the same key is at work in this process.
            IdempotencyKeyReused: the key was used with another request.
            ConcurrentModification: others moved the stream again and again.
            Unavailable: the log cannot take it now, or not within DEADLINE_SECONDS; sending it
                again is safe.
            AppendRefused: the database refuses these very events.
        """
        slot = (envelope.principal, envelope.idempotency_key)
        if slot in self._running:
            raise IdempotencyInProgress("a request with this key is at work; ask again")
        self._running[slot] = None
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await self._until_settled(command, envelope)
        except TimeoutError as error:
            raise Unavailable("the log did not answer in time; sending it again is safe") from error
        finally:
            pending = self._running[slot]
            if pending is None or pending.outcome is not None:
                del self._running[slot]
            else:
                pending.abandoned = True

    async def _until_settled(self, command: Command, envelope: CommandEnvelope) -> Answer:
        decider = DECIDERS[type(command)]
        conflicts = 0
        more: dict[str, None] = {}
        for _ in range(DECISIONS_MAX):
            result = await self._attempt(decider, command, envelope, more)
            if isinstance(result, Answer):
                return result
            conflicts += result is _Again.STREAM_MOVED
            if conflicts > CONFLICTS_MAX and envelope.expected_version is None:
                break
        raise ConcurrentModification("others changed the same stream again and again; try again")

    async def _attempt(
        self,
        decider: Decider[Any],
        command: Command,
        envelope: CommandEnvelope,
        more: dict[str, None],
    ) -> "Answer | _Again":
        """Load, decide and append once; `more` gathers streams that the command does not name."""
        writes = tuple(dict.fromkeys((*decider.writes(command), *more)))
        loaded = await self._load(envelope, (*writes, *decider.reads(command)))
        if loaded.record is not None:
            return _replay(loaded.record, envelope)
        # From here to the submit nothing awaits, so the overlay stands still.
        bases = {stream: self._base(stream, loaded) for stream in writes}
        try:
            events = self._decide(decider, command, envelope, bases, loaded)
        except StreamsMissing as missing:
            more.update(dict.fromkeys(missing.streams))
            return _Again.STREAMS_MISSING
        except (Refusal, VersionMismatch, Poison) as refusal:
            return await self._refused(refusal, envelope, bases)
        pending = self._pending(decider, command, envelope, bases, events)
        self._submit(pending)
        return await self._outcome(decider.target_id(command), envelope, pending)

    async def _outcome(
        self, target_id: str, envelope: CommandEnvelope, pending: PendingAppend
    ) -> "Answer | _Again":
        """Wait until a decision is settled."""
        match await pending.wait():
            case Appended() as appended:
                return _answer(target_id, pending, appended)
            case Conflicted() if pending.rests_on_disk():
                return _Again.STREAM_MOVED
            case Duplicate() if pending.in_doubt:
                return await self._own_answer(envelope)
            case Conflicted() | Duplicate():  # the next load finds a duplicate's record
                return _Again.BASE_LOST
            case Failed(error):
                raise error

    async def _own_answer(self, envelope: CommandEnvelope) -> "Answer | _Again":
        """Read the answer that was lost on its way: nobody has got it yet, so it is no replay."""
        loaded = await self._load(envelope, ())
        if loaded.record is None:
            return _Again.BASE_LOST
        return replace(_replay(loaded.record, envelope), replayed=False)

    async def _load(self, envelope: CommandEnvelope, streams: tuple[str, ...]) -> Loaded:
        return await self._loader.load(envelope.principal, envelope.idempotency_key, streams)

    def _base(self, stream: str, loaded: Loaded) -> _Base:
        version, state = self._committed(stream, loaded)
        claim = self._overlay.get(stream)
        if claim is not None and claim.version > version:
            return _Base(claim.version, claim.state(), self._owners[stream])
        return _Base(version, state, None)

    def _committed(self, stream: str, loaded: Loaded) -> tuple[int, State | None]:
        newest = self._loader.newest(stream)
        return max(loaded.states[stream], newest, key=lambda state: state[0])

    def _decide(
        self,
        decider: Decider[Any],
        command: Command,
        envelope: CommandEnvelope,
        bases: dict[str, _Base],
        loaded: Loaded,
    ) -> tuple[Event, ...]:
        if envelope.expected_version is not None:
            own = next(iter(bases.values()))
            require_expected_version(envelope, own.version, own.state)
        states = {
            stream: bases[stream].state if stream in bases else self._committed(stream, loaded)[1]
            for stream in loaded.states
        }
        return decider.decide(command, states)

    async def _refused(
        self, refusal: OrderTrailError, envelope: CommandEnvelope, bases: dict[str, _Base]
    ) -> "Answer | _Again":
        """Answer a refusal once everything it rests on is on disk."""
        for base in bases.values():
            if base.after is not None and not isinstance(await base.after.wait(), Appended):
                return _Again.BASE_LOST
        again = await self._load(envelope, ())
        if again.record is not None:
            return _replay(again.record, envelope)
        _LOG.info(
            "command refused",
            extra={"code": refusal.code, "principal": envelope.principal, "bases": list(bases)},
        )
        raise refusal

    def _pending(
        self,
        decider: Decider[Any],
        command: Command,
        envelope: CommandEnvelope,
        bases: dict[str, _Base],
        events: tuple[Event, ...],
    ) -> PendingAppend:
        by_stream: dict[str, list[Event]] = {stream: [] for stream in bases}
        for event in events:
            by_stream[stream_of(event)].append(event)
        known: States = events.states if isinstance(events, FoldedEvents) else {}
        claims = tuple(
            [
                Claim(
                    stream,
                    base.version,
                    base.state,
                    base.after,
                    tuple(by_stream[stream]),
                    known.get(stream) if by_stream[stream] else None,
                )
                for stream, base in bases.items()
            ]
        )
        states = {stream: base.state for stream, base in bases.items()}
        return PendingAppend(
            envelope=envelope,
            command_type=decider.type,
            metadata=Metadata(
                actor=envelope.actor,
                command_id=envelope.command_id,
                correlation_id=envelope.correlation_id,
                causation_id=envelope.causation_id,
                traceparent=envelope.traceparent,
                code_version=self._code_version,
            ),
            occurred_at=decider.occurred_at(command),
            created=decider.creates,
            order_number=decider.order_number(command, states),
            claims=claims,
            events=events,
            submitted_at=time.monotonic(),
            on_settled=self._settled,
        )

    def _submit(self, pending: PendingAppend) -> None:
        self._appender.submit(pending)
        self._running[pending.envelope.principal, pending.envelope.idempotency_key] = pending
        for claim in pending.claims:
            if claim.events:
                self._overlay[claim.stream] = claim
                self._owners[claim.stream] = pending

    def _settled(self, pending: PendingAppend) -> None:
        for claim in pending.claims:
            if self._overlay.get(claim.stream) is claim:
                del self._overlay[claim.stream], self._owners[claim.stream]
            is_remembered = claim.expected or self._remembers_new_streams
            if claim.events and is_remembered and isinstance(pending.outcome, Appended):
                state = claim.state()
                assert state is not None
                self._loader.committed(claim.stream, claim.version, state)
        if self._hear is not None and isinstance(pending.outcome, Appended):
            self._hear(pending)
        if pending.abandoned:
            del self._running[pending.envelope.principal, pending.envelope.idempotency_key]


def require_expected_version(envelope: CommandEnvelope, version: int, state: State | None) -> None:
    """Refuse a command that was decided on another version of its own stream.

    Raises:
        VersionMismatch: it says the version that there is.
    """
    expected = envelope.expected_version
    # A command on something that does not exist is refused by its decision, with its code.
    if expected is not None and state is not None and version != expected:
        raise VersionMismatch(f"the version is {version}, not {expected}", current_version=version)


def _answer(target_id: str, pending: PendingAppend, appended: Appended) -> Answer:
    return Answer(
        id=target_id,
        version=pending.claims[0].version,
        position=appended.last_position,
        created=pending.created,
        order_number=pending.order_number,
    )


def _replay(record: CommandRecord, envelope: CommandEnvelope) -> Answer:
    if record.fingerprint != envelope.fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
    return record.answer
