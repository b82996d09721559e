"""What does `append_v1` do, said once more in Python?

The simulation's log. tests/integration/test_append_model.py sends the same random batches through
this and through the SQL function and compares what comes of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sql.stored_events import StoredEvent

APPENDED = 1
CONFLICT = 2
DUPLICATE = 3


class Call(NamedTuple):
    """The arguments of `append_v1`, in its order; numbers count from 1."""

    streams: Sequence[str]
    principals: Sequence[str]
    keys: Sequence[str]
    fingerprints: Sequence[bytes]
    types: Sequence[str]
    statuses: Sequence[int]
    answers: Sequence[str | None]
    metadata: Sequence[str]
    claim_command: Sequence[int]
    claim_stream: Sequence[int]
    claim_expected: Sequence[int]
    claim_after: Sequence[int]
    event_claim: Sequence[int]
    event_type: Sequence[str]
    event_schema: Sequence[int]
    event_data: Sequence[str]
    event_occurred: Sequence[datetime]


class Result(NamedTuple):
    """What `append_v1` answers, one element per command."""

    outcomes: list[int]
    actual_versions: list[int | None]
    first_positions: list[int | None]
    last_positions: list[int | None]
    recorded: datetime


class CommandRow(NamedTuple):
    """A row of `event_store.commands`."""

    principal: str
    key: str
    fingerprint: bytes
    type: str
    stream: str
    version: int
    first_position: int | None
    last_position: int
    status: int
    answer: str | None


@dataclass(slots=True)
class AppendModel:
    """A log with its command records."""

    events: list[StoredEvent] = field(default_factory=list[StoredEvent])
    heads: dict[str, int] = field(default_factory=dict[str, int])
    commands: dict[tuple[str, str], CommandRow] = field(
        default_factory=dict[tuple[str, str], CommandRow]
    )

    def append(self, call: Call, now: datetime) -> Result:
        """Judge the commands in their order and write what is accepted."""
        if self.events:
            now = max(now, self.events[-1].recorded_at)
        judging = _Judging(self, call)
        result = Result([], [], [], [], now)
        for command in range(1, len(call.keys) + 1):
            judging.judge(command, result)
        self._write_events(call, result, now)
        self._write_commands(call, result, judging)
        return result

    def may_follow(self, head: int, expected: int, writer: int, after: int) -> bool:
        """Say whether a claim stands: on the version it expects, made by whom it was decided on."""
        return head == expected and writer == after

    def _write_events(self, call: Call, result: Result, now: datetime) -> None:
        written: dict[int, int] = {}
        for number, claim in enumerate(call.event_claim):
            command = call.claim_command[claim - 1]
            if result.outcomes[command - 1] != APPENDED:
                continue
            written[claim] = written.get(claim, 0) + 1
            stream = call.streams[call.claim_stream[claim - 1] - 1]
            version = call.claim_expected[claim - 1] + written[claim]
            self.heads[stream] = version
            self.events.append(
                StoredEvent(
                    len(self.events) + 1,
                    stream,
                    version,
                    call.event_type[number],
                    call.event_schema[number],
                    call.event_data[number],
                    call.metadata[command - 1],
                    call.event_occurred[number],
                    now,
                )
            )

    def _write_commands(self, call: Call, result: Result, judging: "_Judging") -> None:
        for index, outcome in enumerate(result.outcomes):
            if outcome == APPENDED:
                stream, version = judging.targets[index + 1]
                last = result.last_positions[index]
                assert last is not None
                place = call.principals[index], call.keys[index]
                assert place not in self.commands, "commands_pkey"
                self.commands[place] = CommandRow(
                    *place,
                    call.fingerprints[index],
                    call.types[index],
                    stream,
                    version,
                    result.first_positions[index],
                    last,
                    call.statuses[index],
                    call.answers[index],
                )


class _Judging:
    """The running state of one call."""

    def __init__(self, log: AppendModel, call: Call) -> None:
        self._log = log
        self._call = call
        self._heads = [log.heads.get(stream, 0) for stream in call.streams]
        self._writers = [0] * len(call.streams)
        self._used: set[tuple[str, str]] = set()
        self._next_position = len(log.events) + 1
        self._events = [0] * (len(call.claim_command) + 1)
        for claim in call.event_claim:
            self._events[claim] += 1
        self._claims: dict[int, list[int]] = {}
        for claim, command in enumerate(call.claim_command, start=1):
            self._claims.setdefault(command, []).append(claim)
        self.targets: dict[int, tuple[str, int]] = {}

    def judge(self, command: int, result: Result) -> None:
        """Add the outcome of one command."""
        place = self._call.principals[command - 1], self._call.keys[command - 1]
        fits = place not in self._used and place not in self._log.commands
        outcome, actual = (CONFLICT if fits else DUPLICATE), None
        if fits:
            actual = self._moved(command)
            fits = actual is None
        first = last = None
        if fits:
            outcome = APPENDED
            self._used.add(place)
            first, last = self._accept(command)
        result.outcomes.append(outcome)
        result.actual_versions.append(actual)
        result.first_positions.append(first)
        result.last_positions.append(last)

    def _moved(self, command: int) -> int | None:
        """Tell the actual version of the first stream that is not as the command expects it."""
        call = self._call
        for claim in self._claims.get(command, ()):
            stream = call.claim_stream[claim - 1] - 1
            head, writer = self._heads[stream], self._writers[stream]
            expected, after = call.claim_expected[claim - 1], call.claim_after[claim - 1]
            if not self._log.may_follow(head, expected, writer, after):
                return head
        return None

    def _accept(self, command: int) -> tuple[int | None, int]:
        call, claims = self._call, self._claims[command]
        first = self._next_position
        main = claims[0] - 1
        self.targets[command] = (
            call.streams[call.claim_stream[main] - 1],
            call.claim_expected[main] + self._events[claims[0]],
        )
        for claim in claims:
            if self._events[claim]:
                stream = call.claim_stream[claim - 1] - 1
                self._heads[stream] = call.claim_expected[claim - 1] + self._events[claim]
                self._writers[stream] = command
                self._next_position += self._events[claim]
        return (first if self._next_position > first else None), self._next_position - 1
