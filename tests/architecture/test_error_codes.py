"""Does some test meet every error code, and does the API answer with every one that it can?

A code that no answer of the API to a caller can have stands in one of the tables below, which say
why; a new code is in none of them, and fails here until a test of the API has met it.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from api.command_routes import COMMANDS_BY_TYPE
from api.domain_pages import documented_codes
from api.problem_types import PROBLEM_TYPES
from commands.registry import DECIDERS
from domain.errors import OrderTrailError

ROOT: Final = Path(__file__).parents[2]
API_TESTS: Final = ("tests/integration/test_api_*.py", "tests/e2e/*.py")
DECIDER_TESTS: Final = "tests/unit/commands/test_*.py"
PRODUCT: Final = ("domain", "commands", "projections", "sql", "api", "workers", "cli")

FAMILIES: Final = frozenset({"refused", "state_conflict", "conflict", "poison"})
"""Branches of the tree of errors: the program raises their leaves."""

OF_THE_PROCESS: Final = {
    "allocation_exceeded": "the process deducts what it allocated",
    "order_not_settled": "the process completes orders",
    "redemption_not_found": "the process confirms and releases what it reserved",
    "reservation_conflict": "the process reserves, releases and fills",
    "reservation_expired": "the process extends and allocates reservations, timers expire them",
    "reservation_not_found": "the process names the reservations that it made",
}
"""Only commands without a route are refused with these; their deciders' tests meet them."""

BUG_GUARDS: Final = {
    "append_refused": "what the database cannot store is refused as malformed before",
    "discount_exceeds_line": "discounts are cut at what they are taken off",
    "internal_error": "an exception that nobody foresaw",
    "total_mismatch": "totals are the sums of their parts",
}
"""They say that the code is wrong; tests of the parts meet them, no request can."""

OF_OTHER_PROGRAMS: Final = {
    "policy_malformed": "a program does not start with such a policy",
    "projection_failed": "a worker parks the event, or a rebuild stops at it",
}
"""What operators are told; no answer of the API has them."""

NEVER_ANSWERED: Final = FAMILIES | {*OF_THE_PROCESS, *BUG_GUARDS, *OF_OTHER_PROGRAMS}


def parsed(*patterns: str) -> Iterator[ast.AST]:
    """Answer every node of the files, but of this one."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if path != Path(__file__):
                yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def has_status(row: ast.Tuple | ast.Call) -> bool:
    """Tell whether a status of HTTP stands among the elements of a row, or of what is passed."""
    elements = row.elts if isinstance(row, ast.Tuple) else row.args
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, int) and 400 <= each.value < 600
        for each in elements
    )


def asserted_codes() -> set[str]:
    """Find the codes that tests of the API expect: in an assertion, or beside a status."""
    found: set[str] = set()
    for node in parsed(*API_TESTS):
        if isinstance(node, ast.Assert) or (
            isinstance(node, ast.Tuple | ast.Call) and has_status(node)
        ):
            found.update(texts(ast.walk(node)))
    return found & PROBLEM_TYPES.keys()


@cache
def names(pattern: str) -> frozenset[str]:
    """Find every name and every text in the files."""
    nodes = tuple(parsed(pattern))
    return frozenset({*texts(nodes), *(node.id for node in nodes if isinstance(node, ast.Name))})


def errors(family: type[OrderTrailError] = OrderTrailError) -> Iterator[type[OrderTrailError]]:
    """Answer the tree of errors, every branch before what is on it."""
    yield family
    for error in family.__subclasses__():
        yield from errors(error)


def test_a_test_of_the_api_meets_every_code_that_a_caller_can_meet() -> None:
    assert asserted_codes() ^ PROBLEM_TYPES.keys() == NEVER_ANSWERED


@pytest.mark.parametrize("code", sorted(OF_THE_PROCESS))
def test_what_only_the_process_meets_is_met_by_the_test_of_a_decision(code: str) -> None:
    refused = {
        decider.type for decider in DECIDERS.values() if code in documented_codes(decider.type)
    }
    assert refused
    assert not refused & COMMANDS_BY_TYPE.keys()
    (error,) = (error for error in errors() if error.code == code)
    assert error.__name__ in names(DECIDER_TESTS)


@pytest.mark.parametrize("code", sorted(BUG_GUARDS | OF_OTHER_PROGRAMS))
def test_what_no_caller_meets_is_met_by_the_test_of_a_part(code: str) -> None:
    known_as = {code, *(error.__name__ for error in errors() if error.code == code)}
    assert known_as & names("tests/*/**/test_*.py")


def test_families_are_not_raised_themselves() -> None:
    branches = {error.__name__ for error in errors() if error.code in FAMILIES}
    raised = {
        node.exc.func.id
        for folder in PRODUCT
        for node in parsed(f"{folder}/**/*.py")
        if isinstance(node, ast.Raise)
        if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
    }
    assert not branches & raised
