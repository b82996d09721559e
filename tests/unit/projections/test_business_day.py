"""Does a sale near midnight land on the shop's day, and on UTC's?

The real data cannot show this: its shop is closed at night.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from projections.business_day import business_day, days_of

LONDON = "Europe/London"
MARCH_CHANGE = date(2026, 3, 29)
OCTOBER_CHANGE = date(2026, 10, 25)


@pytest.mark.parametrize(
    ("at", "business", "utc"),
    [
        # British summer time is an hour ahead of UTC: 23:30 UTC is half past midnight.
        (datetime(2026, 7, 14, 23, 30, tzinfo=UTC), date(2026, 7, 15), date(2026, 7, 14)),
        (datetime(2026, 7, 14, 22, 59, 59, tzinfo=UTC), date(2026, 7, 14), date(2026, 7, 14)),
        (datetime(2026, 7, 14, 23, 0, tzinfo=UTC), date(2026, 7, 15), date(2026, 7, 14)),
        (datetime(2026, 7, 15, 0, 30, tzinfo=UTC), date(2026, 7, 15), date(2026, 7, 15)),
        # In winter the clocks agree.
        (datetime(2026, 1, 14, 23, 30, tzinfo=UTC), date(2026, 1, 14), date(2026, 1, 14)),
        (datetime(2026, 1, 15, 0, 0, tzinfo=UTC), date(2026, 1, 15), date(2026, 1, 15)),
        # The night before summer time begins (29 March, 01:00 UTC) and the night after.
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 28), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), MARCH_CHANGE, MARCH_CHANGE),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), MARCH_CHANGE, MARCH_CHANGE),
        (datetime(2026, 3, 29, 22, 59, tzinfo=UTC), MARCH_CHANGE, MARCH_CHANGE),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30), MARCH_CHANGE),
        # The night before summer time ends (25 October, 01:00 UTC) and the night after.
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), OCTOBER_CHANGE, date(2026, 10, 24)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), OCTOBER_CHANGE, OCTOBER_CHANGE),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), OCTOBER_CHANGE, OCTOBER_CHANGE),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), OCTOBER_CHANGE, OCTOBER_CHANGE),
        (datetime(2026, 10, 26, 0, 0, tzinfo=UTC), date(2026, 10, 26), date(2026, 10, 26)),
    ],
)
def test_books_an_instant_on_both_clocks(at: datetime, business: date, utc: date) -> None:
    assert days_of(LONDON)(at) == (("business", business), ("utc", utc))
    assert business_day(at, LONDON) == business


@pytest.mark.parametrize(
    ("day", "hours"),
    [(MARCH_CHANGE, 23), (OCTOBER_CHANGE, 25), (date(2026, 7, 15), 24), (date(2026, 1, 15), 24)],
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: date, hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    instants = [start + timedelta(minutes=30 * step) for step in range(96)]
    assert sum(business_day(at, LONDON) == day for at in instants) == 2 * hours
    days = [business_day(at, LONDON) for at in instants]
    assert all(earlier <= later for earlier, later in pairwise(days))


def test_the_zone_in_which_an_instant_is_written_does_not_matter() -> None:
    written = datetime(2026, 7, 15, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    assert days_of(LONDON)(written) == (
        ("business", date(2026, 7, 15)),
        ("utc", date(2026, 7, 14)),
    )
    assert days_of(LONDON)(written.astimezone(ZoneInfo("America/New_York"))) == days_of(LONDON)(
        written
    )


def test_a_shop_in_utc_has_one_day() -> None:
    at = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)
    assert days_of("UTC")(at) == (("business", date(2026, 7, 14)), ("utc", date(2026, 7, 14)))


def test_refuses_an_unknown_time_zone() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        days_of("Europe/Londinium")
