"""Which commands are there, what follows from each, and how can it be refused?

`docs/domain.md` is made by `python -m api.domain_pages` from the code itself: the deciders with
their documented refusals, the events that `ordertrail check` expects of each, and the routes.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Final

import domain.coupon_errors
import domain.errors
import domain.fulfilment_errors
import domain.order_errors
import domain.payment_errors
import domain.return_errors
import domain.shipment_errors
import domain.stock_errors
from api.command_routes import COMMANDS_BY_TYPE
from api.problem_types import PROBLEM_TYPES
from commands.registry import DECIDERS
from domain.errors import OrderTrailError
from sql.checks.made_by import MADE

_REFUSALS: Final = re.compile(r"^ *((?:[A-Z]\w+)(?:, [A-Z]\w+)*): ", re.MULTILINE)
_ERRORS: Final = (
    domain.errors,
    domain.fulfilment_errors,
    domain.stock_errors,
    domain.coupon_errors,
    domain.order_errors,
    domain.payment_errors,
    domain.shipment_errors,
    domain.return_errors,
)
_HEAD: Final = """# Commands, events, errors

Made by `python -m api.domain_pages > docs/domain.md`. Every command may also be refused with the
codes that all commands share (`docs/errors.md`: headers, body, version, idempotency, availability).
A command without a route is sent by the system itself: by the fulfilment of an order, by a timer.

| command | route | events | refused with |
|---|---|---|---|
"""


def domain_markdown() -> str:
    """Write `docs/domain.md`."""
    types = [decider.type for decider in DECIDERS.values()]
    return _HEAD + "".join(f"{_row(command_type)}\n" for command_type in types)


def documented_codes(command_type: str) -> list[str]:
    """Read from a decision's docstring under which codes it can be refused.

    Shape: in the order of the docstring; families of errors are left out.
    """
    name = command_type.replace("-", "_")
    decide = getattr(import_module(f"commands.{name}"), name)
    _, _, raises = (inspect.getdoc(decide) or "").partition("Raises:")
    return [
        error.code
        for names in _REFUSALS.findall(raises)
        for error in map(_error_class, names.split(", "))
        if not error.__subclasses__()
    ]


def _error_class(name: str) -> type[OrderTrailError]:
    error: type[OrderTrailError] = next(
        getattr(module, name) for module in _ERRORS if hasattr(module, name)
    )
    return error


def _row(command_type: str) -> str:
    route = COMMANDS_BY_TYPE.get(command_type)
    path = "" if route is None else f"`POST {route.path}`"
    events = ", ".join(f"`{event}`" for event in sorted(MADE[command_type]))
    codes = ", ".join(f"`{code}`" for code in _codes(command_type))
    return f"| `{command_type}` | {path} | {events} | {codes} |"


def _codes(command_type: str) -> Iterator[str]:
    route = COMMANDS_BY_TYPE.get(command_type)
    listed = () if route is None else route.settings.refusals
    for code in dict.fromkeys((*documented_codes(command_type), *listed)):
        assert code in PROBLEM_TYPES
        yield code


if __name__ == "__main__":
    sys.stdout.write(domain_markdown())
