"""Does the running system behave as its own description says, whatever it is sent?

schemathesis makes requests of the OpenAPI document, and holds every answer against it (CON-01): the
corners of each parameter one by one, among them missing headers and methods that there are not;
then valid and invalid requests at random; then one operation after the other along the document's
links. The same requests in every run; `make test-long` sends many more.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation

from tests.api_client import ApiClient, an_order_body, new_id
from tests.long import duration
from tests.running_api import RunningSystem, ready
from tests.unit.api.test_edge import an_application

EXAMPLES_MAX: Final = int(duration(8, 200))
SCENARIOS_MAX: Final = int(duration(60, 400))
STEPS_MAX: Final = 10
WALKS_MAX: Final = 3
ANSWER_SECONDS_MAX: Final = 10.0
POSITION_MAX: Final = 2**53 - 1

OFF: Final = {"enabled": False}
STRICT: Final = SchemathesisConfig.from_dict(
    {
        # No text may hold U+0000; line 4 of the bad inputs tests that.
        "generation": {"allow-x00": False},
        # Along the document's own links, not along guesses.
        "phases": {"stateful": {"inference": {"algorithms": []}}},
        "checks": {
            # A command that must name a version is refused with 428 (RFC 6585).
            "missing_required_header": {"expected-statuses": [400, 428]},
            # 412: of another version. Not 503: a server that is well is available.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 403, 404, 409, 412]},
        },
        "operations": [
            # The shop refuses what no schema can tell: another total, a price that never holds.
            {"include-name": "POST /v1/orders", "checks": {"positive_data_acceptance": OFF}},
            {
                "include-name": "POST /v1/products/{sku}/prices",
                "checks": {"positive_data_acceptance": OFF},
            },
            {"include-name": "POST /v1/coupons", "checks": {"positive_data_acceptance": OFF}},
            # Nor that a business time lies in the future.
            *(
                {
                    "include-name": f"POST /v1/stock/{{stock_item}}/{verb}",
                    "checks": {"positive_data_acceptance": OFF},
                }
                for verb in ("receive", "adjust")
            ),
            # Answered with 200, and each command that is invalid with a problem of its own.
            {
                "include-name": "POST /v1/commands/batch",
                "checks": {"positive_data_acceptance": OFF, "negative_data_rejection": OFF},
            },
        ],
    }
)
SCHEMA: Final = schemathesis.openapi.from_dict(an_application().openapi(), config=STRICT)

Operation = APIOperation[Any, Any, Any, Any]

OPERATIONS: Final[list[Operation]] = [
    result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)
]
SAME_EVERY_TIME: Final = settings(
    max_examples=EXAMPLES_MAX,
    stateful_step_count=STEPS_MAX,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.generate],
)


@dataclass(slots=True)
class Shop:
    """A system with something in it that requests can be about."""

    url: str
    customer_id: str
    sku: str
    order_id: str
    order_number: str
    position: int

    def send(self, case: Case[Any]) -> None:
        """Send a request and hold the answer against the document."""
        self.make_sensible(case)
        answer = case.call(base_url=self.url, timeout=ANSWER_SECONDS_MAX)
        self.see(answer)
        case.validate_response(answer)

    def see(self, answer: Response) -> None:
        """Learn how long the log is."""
        for position in answer.headers.get("event-position", ()):
            self.position = max(self.position, int(position))

    def make_sensible(self, case: Case[Any]) -> None:
        """Wait for nothing that is yet to come, and see to what no schema can say."""
        waits_for = str(case.query.get("min_position", ""))
        if waits_for.isdecimal() and self.position < int(waits_for) <= POSITION_MAX:
            case.query["min_position"] = self.position
        if "Idempotency-Key" not in case.headers:  # a dry run needs none
            case.query.pop("dry_run", None)
        if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
            self._make_valid(case)

    def _make_valid(self, case: Case[Any]) -> None:
        query, headers = case.query, case.headers
        query.pop("cursor", None)  # comes from the page before
        if not {"price_list", "currency"} <= set(query):  # they go together
            query.pop("price_list", None)
            if case.path.startswith("/v1/products"):
                query.pop("currency", None)
        if {"from", "to"} <= set(query):
            query["from"], query["to"] = sorted((query["from"], query["to"]))
        if "Idempotency-Key" in headers:  # names one request
            headers["Idempotency-Key"] = new_id()
        if headers.get("If-Match", "*")[0] not in '"*':  # the corners come without their quotes
            headers["If-Match"] = "*"
        if "number" in case.path_parameters:  # ends with a check character
            case.path_parameters["number"] = self.order_number
        if isinstance(case.body, dict):
            case.body = self._placeable(with_integers(case.body))

    def _placeable(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take a currency that there is; let what an order is about be there, and on sale."""
        if "currency" in body:
            body["currency"] = "GBP"
        if {"payment_id", "order_id"} <= set(body):  # only what is due is paid
            body |= {"order_id": self.order_id, "amount_minor": 1}
        if {"sku", "location"} <= set(body):  # only what exists is kept
            body["sku"] = self.sku
        if {"lines", "price_list"} <= set(body):
            lines = {line["line_id"]: {**line, "sku": self.sku} for line in body["lines"]}
            for line in lines.values():
                line.pop("expected_unit_price_minor", None)
            body.pop("expected_total_minor", None)
            body |= an_order_body(self.customer_id, self.sku, lines=list(lines.values()))
        return body


def anew(path: str, sku: str) -> dict[str, Any]:
    """Name what a command makes as nothing before: a scenario tried again goes the same way."""
    made = {
        "/v1/products": {"sku": f"SKU-{new_id()[-12:].upper()}"},
        "/v1/customers": {"customer_id": new_id(), "email": f"{new_id()}@example.org"},
        "/v1/orders": {"order_id": new_id()},
        "/v1/returns": {"return_id": new_id()},
        "/v1/stock": {"sku": sku, "location": f"L-{new_id()[-12:].upper()}"},
        "/v1/payments": {"payment_id": new_id()},
    }
    return made.get(path, {})


def with_integers(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Write 3.0 as 3: JSON Schema takes them for the same number, the API refuses 3.0."""
    if isinstance(value, dict):
        return {name: with_integers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_integers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: object, value: object) -> bytes:
    """Send the text as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="session")
def shop(started_system: RunningSystem) -> Shop:
    return asyncio.run(opened(started_system))


async def opened(system: RunningSystem) -> Shop:
    await ready(system)
    async with system.client() as http:
        order = await ApiClient(http).an_order()
    return Shop(
        system.url,
        order["customer_id"],
        order["lines"][0]["sku"],
        order["order_id"],
        order["order_number"],
        order["position"],
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_corner_of_an_operation_is_as_it_is_described(
    operation: Operation, shop: Shop
) -> None:
    cases = list(
        SCHEMA.iter_coverage_cases(
            operation,
            generation_modes=list(GenerationMode),
            generation_config=SCHEMA.config.generation_for(operation=operation, phase="coverage"),
        )
    )
    assert cases
    for case in cases:
        shop.send(case)


def takes_something(operation: Operation) -> bool:
    return bool({"parameters", "requestBody"} & operation.definition.raw.keys())


MODES: Final = [
    pytest.param(operation, mode, id=f"{operation.label}-{mode}")
    for operation in OPERATIONS
    for mode in GenerationMode
    if takes_something(operation)
]


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_every_operation_is_as_it_is_described(
    operation: Operation, mode: GenerationMode, shop: Shop
) -> None:
    @SAME_EVERY_TIME
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        shop.send(case)

    send()


WALKS: Final = {
    "products": {"POST /v1/products", "GET /v1/products/{sku}"},
    "customers": {"POST /v1/customers", "GET /v1/customers/{customer_id}"},
    "stock": {"POST /v1/stock", "GET /v1/stock/{stock_item}"},
    "coupons|orders|payments|shipments|returns|processes": {"POST /v1/coupons"},
}
"""What is walked through at a time, and what must be answered on the way: one walk through all
would hardly ever follow a link twice."""


@pytest.mark.parametrize(("paths", "wanted"), WALKS.items())
def test_what_one_operation_answers_the_next_one_can_use(
    shop: Shop, paths: str, wanted: set[str]
) -> None:
    answered: set[str] = set()

    # Excluded, for what the settings name single operations for is included besides.
    others = f"^/(?!v1/({paths})(/|$))"

    class Walk(SCHEMA.exclude(path_regex=others).as_state_machine()):
        def before_call(self, case: Case[Any]) -> None:
            shop.make_sensible(case)
            made = anew(case.path, shop.sku)
            if made and isinstance(case.body, dict) and case.method == "POST":
                case.body |= made
                if "Idempotency-Key" in case.headers:  # names one request, and this is another
                    case.headers["Idempotency-Key"] = new_id()

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            del case
            return {"base_url": shop.url, "timeout": ANSWER_SECONDS_MAX}

        def after_call(self, response: Response, case: Case[Any]) -> None:
            super().after_call(response, case)
            shop.see(response)
            if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                answered.add(case.operation.label)

    for _ in range(WALKS_MAX):
        # Hypothesis gives up where a beginning that it tries again ends elsewhere: time goes on.
        with suppress(FlakyStrategyDefinition):
            Walk.run(settings=settings(SAME_EVERY_TIME, max_examples=SCENARIOS_MAX))
            break
    assert wanted <= answered
