"""Does the API describe itself completely and truly?"""

from dataclasses import replace
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from schemathesis.specs.openapi.definitions import OPENAPI_31

from api.app import all_routes
from api.batch import BatchAnswer, BatchItem
from api.command_route import CommandRoute
from api.command_routes import COMMAND_ROUTES, COMMANDS_BY_TYPE
from api.documentation import (
    DRY_RUN_PARAMETER,
    CommandAnswer,
    DryRunAnswer,
    command_documentation,
)
from api.headers import parse_idempotency_key
from api.routes import SlimRoute
from commands.registry import DECIDERS
from domain.events import stream_of
from sql.codec import decode_event, encode_data
from tests.unit.api.test_edge import an_application

SCHEMA: dict[str, Any] = an_application().openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}


def test_it_is_valid_openapi_31() -> None:
    assert SCHEMA["openapi"].startswith("3.1")
    jsonschema_rs.validator_for(OPENAPI_31).validate(SCHEMA)


def test_every_route_of_the_api_is_described() -> None:
    routes = [route for route in all_routes(with_docs=True) if isinstance(route, APIRoute)]
    assert {f"{route.method} {route.path}" for route in routes if isinstance(route, SlimRoute)} == (
        OPERATIONS.keys()
    )
    assert len(routes) == len(OPERATIONS)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_is_summed_up_and_shown_by_examples(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    for status, response in operation["responses"].items():
        assert response["description"]
        for content in response.get("content", {}).values():
            assert "example" in content, (name, status)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert "examples" in content or "example" in content


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_examples_are_as_the_schema_says(name: str) -> None:
    for response in OPERATIONS[name]["responses"].values():
        for content in response.get("content", {}).values():
            schema = {**content["schema"], "components": SCHEMA["components"]}
            jsonschema_rs.validator_for(schema).validate(content["example"])


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_tells_its_problems(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    assert {"500", "503"} <= responses.keys()
    for status, response in responses.items():
        if status >= "400" and not (name == "GET /readyz" and status == "503"):
            assert response["content"].keys() == {"application/problem+json"}


@pytest.mark.parametrize("route", COMMAND_ROUTES, ids=lambda route: route.type)
def test_the_example_of_a_command_is_taken(route: CommandRoute) -> None:
    route.body_model.model_validate(route.settings.example)
    operation = OPERATIONS[f"POST {route.path}"]
    parameters = {
        parameter["name"]: parameter
        for parameter in operation["parameters"]
        if parameter["in"] == "header"
    }
    assert parse_idempotency_key(parameters.pop("Idempotency-Key")["example"])
    if "201" in operation["responses"]:
        assert parameters == {}
    else:
        assert ("428" in operation["responses"]) == parameters.pop("If-Match")["required"]


TRIED = [route for route in COMMAND_ROUTES if route.settings.dry_run_example is not None]


def test_what_can_be_tried_says_so_and_nothing_else_does() -> None:
    say = {
        name
        for name, operation in OPERATIONS.items()
        if any(parameter["name"] == "dry_run" for parameter in operation.get("parameters", ()))
    }
    assert (
        say == {f"POST {route.path}" for route in TRIED} >= {"POST /v1/orders", "POST /v1/returns"}
    )


@pytest.mark.parametrize("route", TRIED, ids=lambda route: route.type)
def test_the_example_of_a_dry_run_shows_events_as_they_are_stored(route: CommandRoute) -> None:
    example = route.settings.dry_run_example
    assert example is not None
    validator = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/DryRunAnswer", "components": SCHEMA["components"]}
    )
    validator.validate(example)
    for decided in example["decided"]:
        data = msgspec.json.encode(decided["data"])
        event = decode_event(decided["type"], decided["schema_version"], data)
        assert encode_data(event) == data
        assert stream_of(event) == decided["stream"]


def test_a_command_on_what_there_is_can_be_tried_too() -> None:
    """Both are answered with 200 then."""
    (settings,) = [r.settings for r in COMMAND_ROUTES if r.type == "change-shipping-address"]
    tried = replace(settings, dry_run_example=TRIED[0].settings.dry_run_example)
    documented = command_documentation(tried)
    assert documented["response_model"] == CommandAnswer | DryRunAnswer
    assert DRY_RUN_PARAMETER in documented["openapi_extra"]["parameters"]


OF_THE_SYSTEM = {
    "advance-fulfilment",
    "allocate-reservation",
    "complete-order",
    "apply-edit",
    "confirm-order",
    "confirm-redemption",
    "deduct-stock",
    "expire-authorization",
    "expire-coupon",
    "expire-order",
    "expire-reservation",
    "expire-return",
    "extend-reservation",
    "fill-backorder",
    "finish-cancellation",
    "fire-timer",
    "flag-stuck",
    "plan-shipment",
    "record-action-required",
    "record-allocation",
    "record-authorized",
    "record-backorder",
    "record-capture-failed",
    "record-captured",
    "record-chargeback",
    "record-declined",
    "record-lines-delivered",
    "record-outcome-unknown",
    "record-payment-fact",
    "record-processing",
    "record-reauthorization-failed",
    "record-reauthorized",
    "record-refund-failed",
    "record-refund-reversed",
    "record-refunded",
    "record-returned",
    "record-shipped",
    "record-void-failed",
    "record-voided",
    "refuse-cancellation",
    "reject-order",
    "release-redemption",
    "release-reservation",
    "request-reauthorization",
    "require-intervention",
    "reserve-redemption",
    "reserve-stock",
    "resolve-chargeback",
    "restock-return",
}
"""Commands that fulfilment, its timers and providers send, and nobody over HTTP."""


def test_every_command_that_people_send_can_be_sent_alone_and_in_a_batch() -> None:
    assert set(COMMANDS_BY_TYPE) | OF_THE_SYSTEM == {each.type for each in DECIDERS.values()}
    assert OF_THE_SYSTEM.isdisjoint(COMMANDS_BY_TYPE)
    batch = OPERATIONS["POST /v1/commands/batch"]
    examples = batch["requestBody"]["content"]["application/json"]["examples"]
    TypeAdapter(list[BatchItem]).validate_python(examples["example"]["value"])
    BatchAnswer.model_validate(batch["responses"]["200"]["content"]["application/json"]["example"])


def test_our_routes_are_still_our_own_after_the_application_is_made() -> None:
    routes = an_application().router.routes
    kinds = [type(route) for route in routes[: len(COMMAND_ROUTES)]]
    assert kinds == [CommandRoute] * len(COMMAND_ROUTES)
    assert not any(
        isinstance(route, APIRoute) and type(route).handle is not SlimRoute.handle
        for route in routes
    )
