"""What did the shop decide about carrying orders out: deadlines, patience, places?

The time-outs of domain.md §2.2 are the defaults; the table `fulfilment` of the policy file has the
same names, durations as whole seconds (`ship_by_seconds`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final, cast

from domain.errors import PolicyMalformed
from domain.policy_file import read_duration, read_table, read_text, read_whole, require_known

FULFILMENT: Final = "fulfilment"
SECONDS_MAX: Final = 90 * 86_400
RISK_MAX: Final = 101
"""A threshold that no risk reaches."""
TRIES_MAX: Final = 100
EXCHANGE_DAYS_MAX: Final = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPolicy:
    """The decisions that the fulfilment process rests on.

    `locations` are tried in this order. `risk_threshold`: a payment of this risk, from 0 to 100,
    holds its order. `tries_max`: how often a provider is asked again for what it refused.
    `exchange_days`: how long the credit of an exchange waits for an order before it is refunded.
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
    exchange_days: int = 30


_SECONDS: Final = "_seconds"


def fulfilment_policy_from_mapping(mapping: Mapping[str, object]) -> FulfilmentPolicy:
    """Read the policy of fulfilment from what a TOML file says of everything.

    Raises:
        PolicyMalformed: something is unknown, or not what it should be.
    """
    table = read_table(mapping, FULFILMENT)
    defaults = FulfilmentPolicy()
    names = {
        f"{field.name}{_SECONDS}" if _is_duration(defaults, field.name) else field.name
        for field in fields(defaults)
    }
    require_known(table, names, FULFILMENT)
    values: dict[str, Any] = {
        key.removesuffix(_SECONDS): _value(table, key, defaults) for key in table
    }
    return FulfilmentPolicy(**values)


def _is_duration(defaults: FulfilmentPolicy, name: str) -> bool:
    return isinstance(getattr(defaults, name), timedelta)


def _value(table: Mapping[str, object], key: str, defaults: FulfilmentPolicy) -> object:
    match key:
        case "locations":
            return _locations(table[key])
        case "carrier" | "service":
            return read_text(table, key)
        case "risk_threshold" | "tries_max" | "exchange_days":
            least, most = _BOUNDS[key]
            number = read_whole(table, key)
            if not least <= number <= most:
                raise PolicyMalformed(f"{FULFILMENT}.{key}: {least} to {most}")
            return number
        case _:
            default: timedelta = getattr(defaults, key.removesuffix(_SECONDS))
            return read_duration(table, key, default, 1, SECONDS_MAX)


_BOUNDS: Final = {
    "risk_threshold": (0, RISK_MAX),
    "tries_max": (0, TRIES_MAX),
    "exchange_days": (1, EXCHANGE_DAYS_MAX),
}
"""A whole number of the policy -> the least and the most that it can be."""


def _locations(value: object) -> tuple[str, ...]:
    names = cast("list[object]", value) if isinstance(value, list) else []
    texts = tuple(name for name in names if isinstance(name, str) and name)
    if not texts or len(texts) < len(names) or len(set(texts)) < len(texts):
        raise PolicyMalformed(f"{FULFILMENT}.locations: a list of places, each once")
    return texts
