"""On which day did it happen: by the shop's clock, and by UTC?

A business day ends at midnight of the shop's time zone, so its UTC bounds move with the changes of
the clocks and one of its days has 23 hours and one 25. Every report keeps both clocks side by
side; the rows of one clock add up to the same totals as those of the other.

Source: domain.md §1.12.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

BUSINESS: Final = "business"
UTC_CLOCK: Final = "utc"

DaysOf = Callable[[datetime], tuple[tuple[str, date], tuple[str, date]]]
"""Instant -> its day on the business clock, its day on the UTC clock."""


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def business_day(at: datetime, business_zone: str) -> date:
    """Tell the day of an instant on the shop's clock.

    Raises:
        ZoneInfoNotFoundError: no such time zone.
    """
    return at.astimezone(_zone(business_zone)).date()


def days_of(business_zone: str) -> DaysOf:
    """Make the question "which days is this instant booked on" for a shop's time zone.

    Raises:
        ZoneInfoNotFoundError: no such time zone.
    """
    zone = _zone(business_zone)

    def days(at: datetime) -> tuple[tuple[str, date], tuple[str, date]]:
        business = at.astimezone(zone).date()
        return (BUSINESS, business), (UTC_CLOCK, at.astimezone(UTC).date())

    return days
