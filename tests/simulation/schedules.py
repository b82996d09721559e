"""What may go wrong in one run of the simulation? What Hypothesis draws.

A schedule says which faults come when; the seed in it decides the rest (what is asked for, how long
everything takes, which message comes to harm). The same schedule always runs the same way.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hypothesis import strategies as st

from tests.simulation.broker import Misfortune

FAULTS_MAX: Final = 6
COMMANDS_MIN: Final = 4
COMMANDS_MAX: Final = 28
FAULTS_WITHIN_MILLISECONDS: Final = 1_500


class Kind(StrEnum):
    """A fault that comes at a moment."""

    KILL = "kill"
    """A process dies some steps later."""
    STOP = "stop"
    """A process stands still for some seconds, and goes on."""
    CUT = "cut"
    """All connections of a process break."""
    DATABASE_CRASH = "database crash"
    """The database comes back some seconds later, without some of what was not flushed."""
    FAILOVER = "failover"
    """Another server goes on, under another identity, without some of what was not flushed."""
    LOSING_FAILOVER = "losing failover"
    """A standby that was behind goes on: the last commits are lost, appends too."""
    SLIPPED_LOCK = "slipped lock"
    """The database forgets who holds a lock, and his session lives on."""
    BROKER_CRASH = "broker crash"
    """The broker comes back some seconds later."""
    BROKER_WIPED = "broker wiped"
    """The broker comes back with nothing in it."""
    QUEUES_DELETED = "queues deleted"
    TAIL_LOST = "tail lost"
    """The broker confirms messages and loses them, until the faults end."""
    HEAD_DROPPED = "head dropped"
    """The queues lose their oldest messages."""
    CONSUMERS_CANCELLED = "consumers cancelled"
    ALARM = "alarm"
    """The broker takes no messages for some seconds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, when it comes, whom it hits and how hard."""

    kind: Kind
    at_milliseconds: int
    target: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that a run depends on."""

    seed: int
    commands: int
    apis: int = 1
    relays: int = 1
    followers: int = 1
    trouble: float = 0.0
    misfortune: Misfortune = field(default_factory=Misfortune)
    faults: tuple[Fault, ...] = ()


_OFTEN: Final = (Kind.KILL, Kind.KILL, Kind.CUT, Kind.CUT, Kind.STOP, Kind.SLIPPED_LOCK)
"""What comes more often than the rest, because it can hit many places."""

_one_or_two = st.sampled_from((2, 1, 2))
_rates = st.sampled_from((0.0, 0.0, 0.05, 0.3))

faults = st.builds(
    Fault,
    kind=st.sampled_from((*Kind, *_OFTEN)),
    at_milliseconds=st.integers(0, FAULTS_WITHIN_MILLISECONDS),
    target=st.integers(0, 5),
    amount=st.integers(0, 40),
)

misfortunes = st.builds(
    Misfortune, lost=_rates, repeated=_rates, late=_rates, out_of_order=_rates, spoilt=_rates
)

log_swaps = st.builds(
    Schedule,
    seed=st.integers(0, 2**32 - 1),
    commands=st.integers(COMMANDS_MIN, COMMANDS_MAX),
    apis=_one_or_two,
    misfortune=st.just(Misfortune(repeated=0.3, late=0.5)),
    faults=st.tuples(
        st.builds(
            Fault,
            kind=st.just(Kind.LOSING_FAILOVER),
            at_milliseconds=st.integers(0, FAULTS_WITHIN_MILLISECONDS),
            amount=st.integers(1, 20),
        )
    ),
)
"""One failover that loses the tail of the log, some messages of which come after it."""

races = st.builds(
    Schedule,
    seed=st.integers(0, 2**32 - 1),
    commands=st.integers(COMMANDS_MAX // 2, COMMANDS_MAX),
    apis=st.just(2),
)
"""Two command processes that decide on the same streams; nothing else goes wrong."""

slipped_locks = st.builds(
    Schedule,
    seed=st.integers(0, 2**32 - 1),
    commands=st.integers(COMMANDS_MIN, COMMANDS_MAX),
    apis=_one_or_two,
    followers=st.just(2),
    faults=st.tuples(
        st.builds(
            Fault,
            kind=st.just(Kind.SLIPPED_LOCK),
            at_milliseconds=st.integers(0, FAULTS_WITHIN_MILLISECONDS),
        )
    ),
)
"""Two followers that both hold themselves to be the only one."""

schedules = st.builds(
    Schedule,
    seed=st.integers(0, 2**32 - 1),
    commands=st.integers(COMMANDS_MIN, COMMANDS_MAX),
    apis=_one_or_two,
    relays=_one_or_two,
    followers=_one_or_two,
    trouble=st.sampled_from((0.0, 0.01, 0.05, 0.15)),
    misfortune=misfortunes,
    faults=st.lists(faults, max_size=FAULTS_MAX).map(tuple),
)
