"""Does the running system behave as its own description says, whatever it is sent?

Valid and invalid requests made from the OpenAPI document, answers compared with it (CON-01).
"""

import asyncio
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.running_api import RunningSystem, ready
from tests.unit.api.test_edge import an_application

EXAMPLES_MAX = 15

SCHEMA = schemathesis.openapi.from_dict(an_application().openapi())
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]

Operation = APIOperation[Any, Any, Any, Any]

BEYOND_THE_SCHEMA: Final[list[Any]] = CHECKS.get_by_names(["positive_data_acceptance"])
"""A cursor is of its own list, a price list comes with a currency, an order with its customer."""

BY_ITEM: Final[list[Any]] = CHECKS.get_by_names(["negative_data_rejection"])
"""A batch is answered with 200, and a command in it that is invalid with a problem of its own."""


@pytest.fixture(scope="session")
def url(started_system: RunningSystem) -> str:
    asyncio.run(ready(started_system))
    return started_system.url


def takes_something(operation: Operation) -> bool:
    return bool({"parameters", "requestBody"} & operation.definition.raw.keys())


MODES: Final = [
    pytest.param(operation, mode, id=f"{operation.label}-{mode}")
    for operation in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or takes_something(operation)
]


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_every_operation_is_as_it_is_described(
    operation: Operation, mode: GenerationMode, url: str
) -> None:
    is_batch = operation.path == "/v1/commands/batch"
    excluded = BEYOND_THE_SCHEMA + (BY_ITEM if is_batch else [])

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES_MAX,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        phases=[Phase.generate],
    )
    def send(case: Case[Any]) -> None:
        case.query.pop("min_position", None)  # it waits, and line 21 of the bad inputs tests it
        case.call_and_validate(base_url=url, timeout=10, excluded_checks=excluded)

    send()
