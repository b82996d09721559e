"""When does a follower go by the broker, and when by the store?"""

from workers.feed_choice import HEAD_SECONDS, SILENCE_SECONDS_MAX, FeedChoice


def _trusting(now: float = 100.0) -> FeedChoice:
    choice = FeedChoice(now)
    choice.attached(now, position=10)
    choice.delivered(now, newest=10, rejected=False)
    return choice


def test_begins_with_the_store() -> None:
    assert not FeedChoice(0.0).trusts_broker


def test_goes_over_to_the_broker_when_a_delivery_is_as_far_as_itself() -> None:
    choice = FeedChoice(0.0)
    choice.attached(0.0, position=10)
    assert not choice.trusts_broker
    choice.delivered(1.0, newest=9, rejected=False)
    assert not choice.trusts_broker
    choice.delivered(2.0, newest=10, rejected=False)
    assert choice.trusts_broker


def test_a_broker_that_is_where_the_follower_was_a_moment_ago_is_good_enough() -> None:
    choice = FeedChoice(0.0)
    choice.attached(0.0, position=10)
    for step in range(1, 20):
        choice.stands_at(step * 0.1, position=10 + step)
    choice.delivered(2.0, newest=22, rejected=False)
    assert not choice.trusts_broker, "that was more than half a second ago"
    choice.delivered(2.0, newest=26, rejected=False)
    assert choice.trusts_broker


def test_goes_back_when_nothing_can_be_delivered() -> None:
    choice = _trusting()
    choice.detached()
    assert not choice.trusts_broker


def test_goes_back_when_a_dead_letter_may_have_left_a_hole() -> None:
    choice = _trusting()
    choice.delivered(101.0, newest=11, rejected=True)
    assert not choice.trusts_broker


def test_looks_at_the_head_at_once_and_then_every_second() -> None:
    choice = FeedChoice(5.0)
    assert choice.seconds_to_look(5.0) == 0.0
    choice.looked(5.0, head=0, position=0)
    assert choice.seconds_to_look(5.25) == HEAD_SECONDS - 0.25
    assert choice.seconds_to_look(9.0) == 0.0


def test_reads_the_store_when_it_is_still_where_it_was_behind_a_second_ago() -> None:
    choice = _trusting()
    assert not choice.looked(101.0, head=12, position=10)
    assert choice.looked(102.0, head=12, position=10)
    assert not choice.trusts_broker


def test_is_patient_while_it_makes_progress_or_there_is_nothing_to_bring() -> None:
    choice = _trusting()
    assert not choice.looked(101.0, head=12, position=10)
    assert not choice.looked(102.0, head=14, position=12)
    assert not choice.looked(103.0, head=14, position=14)
    assert not choice.looked(104.0, head=15, position=14)
    assert choice.trusts_broker


def test_a_delivery_that_came_meanwhile_earns_another_second() -> None:
    choice = _trusting()
    assert not choice.looked(101.0, head=12, position=10)
    choice.delivered(101.5, newest=10, rejected=False)
    assert not choice.looked(102.0, head=12, position=10)
    assert choice.looked(103.0, head=12, position=10)


def test_makes_the_consumer_anew_when_it_went_on_alone_for_30_seconds() -> None:
    choice = _trusting(now=0.0)
    choice.read_store(3)
    assert not choice.is_silent(SILENCE_SECONDS_MAX - 1)
    assert choice.is_silent(SILENCE_SECONDS_MAX)


def test_an_idle_system_is_no_reason_to_make_the_consumer_anew() -> None:
    choice = _trusting(now=0.0)
    choice.read_store(0)
    assert not choice.is_silent(10 * SILENCE_SECONDS_MAX)


def test_a_delivery_or_a_new_consumer_ends_the_silence() -> None:
    choice = _trusting(now=0.0)
    choice.read_store(3)
    choice.delivered(29.0, newest=3, rejected=False)
    assert not choice.is_silent(40.0)
    choice.read_store(3)
    choice.attached(58.0, position=10)
    assert not choice.is_silent(60.0)
