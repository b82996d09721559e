"""What did the shop decide about carrying orders out: deadlines, patience, places?

The time-outs of domain.md §2.2 are the defaults.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPolicy:
    """The decisions that the fulfilment process rests on.

    `locations` are tried in this order. `risk_threshold`: a payment of this risk, from 0 to 100,
    holds its order. `tries_max`: how often a provider is asked again for what it refused.
    """

    locations: tuple[str, ...] = ("MAIN",)
    carrier: str = "sandbox"
    service: str = "standard"
    pay_by: timedelta = timedelta(minutes=15)
    reservation_grace: timedelta = timedelta(minutes=5)
    action: timedelta = timedelta(minutes=30)
    risk_threshold: int = 75
    edit: timedelta = timedelta(minutes=30)
    hold_sla: timedelta = timedelta(hours=24)
    hold_max: timedelta = timedelta(hours=72)
    reauthorize_before: timedelta = timedelta(hours=24)
    ship_by: timedelta = timedelta(hours=48)
    delivery: timedelta = timedelta(days=8)
    overdue_again: timedelta = timedelta(hours=24)
    compensation: timedelta = timedelta(hours=24)
    ask_again: timedelta = timedelta(minutes=1)
    ask_again_max: timedelta = timedelta(hours=1)
    retry_after: timedelta = timedelta(seconds=30)
    tries_max: int = 3
