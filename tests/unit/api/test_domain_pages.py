"""Is docs/domain.md what the code says, and do routes list what their decisions refuse with?"""

from pathlib import Path

import pytest

from api.command_routes import COMMAND_ROUTES, CommandRoute
from api.domain_pages import documented_codes, domain_markdown
from commands.registry import DECIDERS

SHARED = {"forbidden"}
"""Listed once for all routes."""


def test_the_page_is_what_the_code_says() -> None:
    written = Path("docs/domain.md").read_text(encoding="utf-8")
    assert written == domain_markdown(), "run: python -m api.domain_pages > docs/domain.md"


@pytest.mark.parametrize("route", COMMAND_ROUTES, ids=lambda route: route.type)
def test_a_route_lists_what_its_decision_is_refused_with(route: CommandRoute) -> None:
    assert set(documented_codes(route.type)) - SHARED <= set(route.settings.refusals)


def test_every_decision_says_how_it_is_refused() -> None:
    for decider in DECIDERS.values():
        assert documented_codes(decider.type), decider.type
