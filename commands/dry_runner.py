"""What would follow from a command now?

Decides as `handler.py` does, on what is committed, and appends nothing: neither events nor the
command's record. So it promises nothing either: what others do meanwhile counts when the command is
sent.
"""

from typing import Any

from commands.decider import Decider, StreamsMissing
from commands.envelope import CommandEnvelope
from commands.handler import DECISIONS_MAX, require_expected_version
from commands.ports import EventLoader
from commands.registry import DECIDERS, Command
from domain.events import Event


class DryRunner:
    """Decides commands without effect."""

    def __init__(self, loader: EventLoader) -> None:
        """Work on the log of the loader."""
        self._loader = loader

    async def dry_run(self, command: Command, envelope: CommandEnvelope) -> tuple[Event, ...]:
        """Answer the events that would be appended, none if nothing is left to do.

        Raises:
            Refusal: the decision says no.
            VersionMismatch: `expected_version` is not the stream's version.
            Unavailable: the log does not answer in time.
        """
        decider: Decider[Any] = DECIDERS[type(command)]
        writes = decider.writes(command)
        streams = (*writes, *decider.reads(command))
        for _ in range(DECISIONS_MAX):
            loaded = await self._loader.load(envelope.principal, envelope.idempotency_key, streams)
            require_expected_version(envelope, *loaded.states[writes[0]])
            try:
                return decider.decide(
                    command, {stream: state for stream, (_, state) in loaded.states.items()}
                )
            except StreamsMissing as missing:
                streams = (*streams, *missing.streams)
        raise AssertionError(f"{decider.type} asks for more and more streams")
