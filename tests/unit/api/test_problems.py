"""Has every error a status, and does its answer say what a program needs and no more?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

import domain.coupon_errors
import domain.errors
import domain.fulfilment_errors
import domain.order_errors
import domain.payment_errors
import domain.return_errors
import domain.shipment_errors
import domain.stock_errors
from api.documentation import ProblemBody
from api.problem_answers import UNAVAILABLE_DETAIL, Problem, internal_error, problem_of
from api.problem_pages import errors_markdown, problem_page
from api.problem_types import PROBLEM_TYPES
from api.problems import ERRORS_SHOWN_MAX, RequestRefused
from domain.errors import (
    IdempotencyInProgress,
    OrderStateConflict,
    OrderTrailError,
    PriceChanged,
    ProductNotFound,
    TotalMismatch,
    Unavailable,
    VersionMismatch,
)
from sql.database_lost import DatabaseLost

REQUEST_ID = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a12"


MODULES = {
    module.__name__
    for module in (
        domain.errors,
        domain.fulfilment_errors,
        domain.stock_errors,
        domain.coupon_errors,
        domain.order_errors,
        domain.payment_errors,
        domain.shipment_errors,
        domain.return_errors,
    )
}


def descendants(kind: type[OrderTrailError]) -> Iterator[type[OrderTrailError]]:
    for child in kind.__subclasses__():
        if child.__module__ in MODULES:
            yield child
            yield from descendants(child)


@pytest.mark.parametrize("kind", list(descendants(OrderTrailError)))
def test_every_error_has_a_status(kind: type[OrderTrailError]) -> None:
    assert kind.code in PROBLEM_TYPES
    assert 400 <= PROBLEM_TYPES[kind.code].status <= 599


@pytest.mark.parametrize("code", sorted(PROBLEM_TYPES))
def test_every_code_has_a_page(code: str) -> None:
    assert f"<code>{code}</code>" in problem_page(code)


def test_the_list_of_errors_is_the_table() -> None:
    written = Path("docs/errors.md").read_text(encoding="utf-8")
    assert written == errors_markdown(), "run: python -m api.problem_pages > docs/errors.md"


def answered(error: OrderTrailError) -> Problem:
    problem = problem_of(error, REQUEST_ID)
    ProblemBody.model_validate(problem.body)
    return problem


def test_a_problem_says_what_it_is() -> None:
    problem = answered(PriceChanged("dearer", items=[{"line_id": "1", "expected": 1}]))
    assert problem == Problem(
        409,
        {
            "type": "/problems/price_changed",
            "title": "Price changed",
            "status": 409,
            "code": "price_changed",
            "detail": "dearer",
            "instance": f"urn:uuid:{REQUEST_ID}",
            "errors": [{"line_id": "1", "expected": 1}],
        },
    )


def test_a_state_conflict_says_which_state_and_what_is_allowed() -> None:
    error = OrderStateConflict("no", current_state="cancelled", allowed_commands=["add-note"])
    body = answered(error).body
    assert (body["current_state"], body["allowed_commands"]) == ("cancelled", ["add-note"])


def test_a_version_mismatch_says_the_current_version() -> None:
    problem = answered(VersionMismatch("no", current_version=5))
    assert (problem.body["current_version"], problem.headers) == (5, {"ETag": '"5"'})


def test_who_should_come_back_is_told_when() -> None:
    assert answered(IdempotencyInProgress("wait")).headers == {"Retry-After": "1"}
    later = answered(Unavailable("wait", retry_after_seconds=7))
    assert (later.status, later.headers) == (503, {"Retry-After": "7"})


def test_a_route_may_answer_a_code_with_another_status() -> None:
    problem = problem_of(ProductNotFound("none"), REQUEST_ID, {"product_not_found": 422})
    assert (problem.status, problem.body["status"]) == (422, 422)


@pytest.mark.parametrize(
    "error",
    [
        TotalMismatch("secret: 1 is not 2"),
        DatabaseLost('connection to server at "10.0.0.1" failed: secret'),
    ],
)
def test_nothing_of_our_inside_is_told(error: OrderTrailError) -> None:
    problem = answered(error)
    assert b"secret" not in problem.encoded()
    assert problem.status in {500, 503}


def test_a_lost_database_is_told_in_our_words() -> None:
    assert answered(DatabaseLost("x")).body["detail"] == UNAVAILABLE_DETAIL


def test_a_fault_of_ours_is_a_500_that_names_the_request() -> None:
    problem = internal_error(REQUEST_ID)
    assert (problem.status, problem.body["instance"]) == (500, f"urn:uuid:{REQUEST_ID}")


def test_only_the_first_faults_are_told() -> None:
    many = [{"line_id": str(number)} for number in range(100)]
    assert len(answered(PriceChanged("all", items=many)).body["errors"]) == ERRORS_SHOWN_MAX


def test_a_code_that_has_no_status_cannot_be_refused_with() -> None:
    with pytest.raises(AssertionError):
        RequestRefused("no_such_code", "x")
