"""Do the consumers look at everything that they react to?"""

from dataclasses import replace

from commands.policies import POLICIES
from commands.provider_calls import call_of
from domain.envelope import RecordedEvent
from domain.events import EVENT_NAMES
from domain.fulfilment_events import TimerFired
from tests.golden.test_golden_events import OF_TODAY
from tests.histories import a_history
from workers.process import FULFILMENT, LOOKED_AT, OUTSIDE


def test_every_event_that_calls_for_a_provider_is_looked_at() -> None:
    some: RecordedEvent = a_history(1)[0]
    calling: set[str] = set()
    for data in OF_TODAY:
        name, schema_version = EVENT_NAMES[type(data)]
        if isinstance(data, TimerFired):
            data = replace(data, timer="ask:capture:payment-1:capture-1")  # noqa: PLW2901
        event = replace(some, type=name, schema_version=schema_version, data=data)
        if call_of(event) is not None:
            calling.add(name)
    assert calling | {"shipment-packed"} == LOOKED_AT[OUTSIDE]


def test_every_event_that_a_policy_is_for_is_looked_at() -> None:
    assert LOOKED_AT[FULFILMENT] == {EVENT_NAMES[each][0] for each in POLICIES}
