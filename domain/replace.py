"""How does a state become the next one, cheaply?

A fold makes a new state per event, so copying is a large part of what an event costs. A frozen
dataclass is slow to make: `dataclasses.replace` reads every field by name and its `__init__` sets
each through `object.__setattr__`. Slots can be copied one by one without either, in half the time.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

State = TypeVar("State")
_Slot = tuple[str, Callable[[object], Any], Callable[[object, Any], None]]


def replace(state: State, /, **changes: object) -> State:
    """Answer a copy of a state, some of whose fields differ, like `dataclasses.replace`.

    Raises:
        AttributeError: the state is no dataclass with slots.
        TypeError: the state has no field of such a name.
    """
    kind = type(state)
    copied = object.__new__(kind)
    for name, get, put in _slots(kind):
        put(copied, changes.pop(name) if name in changes else get(state))
    if changes:
        raise TypeError(f"{kind.__name__} has no {', '.join(changes)}")
    return copied


@cache
def _slots(kind: type) -> tuple[_Slot, ...]:
    """Answer how each field of a class is read and written."""
    assert not hasattr(kind, "__post_init__"), "a copy is made without it"
    members = [(field.name, getattr(kind, field.name)) for field in fields(kind)]
    return tuple((name, member.__get__, member.__set__) for name, member in members)
