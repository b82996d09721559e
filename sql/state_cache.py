"""Which committed states does this process know already?

A bounded map from stream to (version, state), least recently used out first. States only move
forward: an older version never replaces a newer one.
"""

from collections import OrderedDict
from typing import Final

from domain.fold import State

STREAMS_MAX: Final = 20_000


class StateCache:
    """Committed states of streams; not for other threads."""

    def __init__(self, streams_max: int = STREAMS_MAX) -> None:
        """Keep at most `streams_max` streams."""
        self._streams_max = streams_max
        self._states: OrderedDict[str, tuple[int, State]] = OrderedDict()

    def get(self, stream: str) -> tuple[int, State | None]:
        """Tell the newest known version and state; (0, None) when nothing is known."""
        found = self._states.get(stream)
        if found is None:
            return (0, None)
        self._states.move_to_end(stream)
        return found

    def put(self, stream: str, version: int, state: State) -> None:
        """Keep a state unless a newer one is known."""
        found = self._states.get(stream)
        if found is None or found[0] < version:
            self._states[stream] = (version, state)
            self._states.move_to_end(stream)
            if len(self._states) > self._streams_max:
                self._states.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()
