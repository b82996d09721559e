"""Does the simulation find a bug, or does it only run? Each of these is planted, and found.

Without the bug the same schedules find nothing: tests/simulation/test_simulation.py.
"""

from collections.abc import Sequence
from typing import Any, Final, NoReturn, SupportsIndex, overload

import pytest
from hypothesis.strategies import SearchStrategy

from commands.handler import CommandHandler
from domain.envelope import RecordedEvent
from domain.errors import OrderTrailError
from tests.simulation.append_model import AppendModel
from tests.simulation.database import Database
from tests.simulation.hunting import schedules_until_found
from tests.simulation.schedules import Schedule, log_swaps, races, schedules, slipped_locks
from tests.simulation.world import Parts
from workers import follow_rule
from workers.feed_choice import HEAD_SECONDS, FeedChoice
from workers.follow_rule import Verdict
from workers.slice import Label

SCHEDULES_MAX: Final = 2_000

pytestmark = pytest.mark.timeout(600)


class ChainsByVersionAlone(AppendModel):
    """An `append_v1` that does not ask who wrote the version on which a command rests."""

    def may_follow(self, head: int, expected: int, writer: int, after: int) -> bool:
        del writer, after
        return head == expected


class MovesForward(Database):
    """A compare-and-set with `<`: any checkpoint may move forward."""

    def may_move(self, stored: int, old: int, new: int) -> bool:
        del old
        return stored < new


class AppliesAll(Database):
    """A projector session that applies whatever it is given."""

    def above(self, events: Sequence[RecordedEvent], old: int) -> Sequence[RecordedEvent]:
        del old
        return events


class AnswersTooSoon(CommandHandler):
    """A handler that refuses on uncommitted state without waiting for its commit."""

    async def _refused(self, refusal: OrderTrailError, envelope: object, bases: object) -> NoReturn:
        del envelope, bases
        raise refusal


class Whole(list[Any]):
    """The events of a slice, of which no part can be taken."""

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> Any: ...  # noqa: ANN401
    @overload
    def __getitem__(self, place: slice, /) -> list[Any]: ...
    def __getitem__(self, place: SupportsIndex | slice, /) -> Any:
        return list(self) if isinstance(place, slice) else super().__getitem__(place)


def assert_found(
    name: str,
    parts: Parts,
    capsys: pytest.CaptureFixture[str],
    drawn: SearchStrategy[Schedule] = schedules,
) -> None:
    found = schedules_until_found(parts, SCHEDULES_MAX, drawn)
    assert found is not None, f"{name}: not found by {SCHEDULES_MAX} schedules"
    number, violated = found
    with capsys.disabled():
        print(f"\nplanted: {name}, found by schedule {number}: {violated[:100]}")  # noqa: T201


def test_chaining_judged_by_version_alone_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert_found("chained by version alone", Parts(log=ChainsByVersionAlone), capsys, races)


def test_an_overlapping_slice_applied_whole_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_slice = follow_rule.open_slice

    def open_whole(label: Label, body: bytes, key: bytes) -> list[Any]:
        return Whole(open_slice(label, body, key))

    monkeypatch.setattr(follow_rule, "open_slice", open_whole)
    assert_found("overlapping slice applied whole", Parts(database=AppliesAll), capsys)


def test_a_compare_and_set_with_less_than_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert_found("compare-and-set with <", Parts(database=MovesForward), capsys, slipped_locks)


def test_an_answer_before_its_overlay_committed_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert_found("answered before the commit", Parts(handler=AnswersTooSoon), capsys)


def test_a_tail_loss_that_is_never_healed_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def looked(choice: FeedChoice, now: float, head: int, position: int) -> bool:
        del head, position
        choice._look_at = now + HEAD_SECONDS
        return False

    monkeypatch.setattr(FeedChoice, "looked", looked)
    assert_found("tail loss never healed", Parts(), capsys)


def test_a_slice_of_another_log_that_is_applied_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = follow_rule.judge

    def judge_any_log(label: Label, checkpoint: int, log: str) -> Verdict:
        del log
        return judge(label, checkpoint, label.log)

    monkeypatch.setattr(follow_rule, "judge", judge_any_log)
    assert_found("slice of another log applied", Parts(), capsys, log_swaps)


def test_decisions_kept_when_the_log_was_replaced_are_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited for its commit, and what is cached, may rest on events that are gone."""
    monkeypatch.setattr(Database, "identity", property(lambda _: "the same as ever"))
    assert_found("decisions on a lost log kept", Parts(), capsys, log_swaps)
