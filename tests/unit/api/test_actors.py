"""Who does a request count as?"""

import pytest

from api.actors import ACTOR_ID_CHARACTERS_MAX, ActorSource, actor_of, principal_of
from api.problems import RequestRefused
from domain.envelope import Actor, ActorKind

TRUSTING = ActorSource(trusted_header="X-OrderTrail-Actor")
HEADER = b"x-ordertrail-actor"


def test_without_the_header_it_is_the_actor_of_the_settings() -> None:
    default = Actor(ActorKind.SYSTEM, "importer")
    assert actor_of({}, ActorSource(default, "X-Actor")) == default


def test_the_header_names_the_actor() -> None:
    assert actor_of({HEADER: b"customer:a:b"}, TRUSTING) == Actor(ActorKind.CUSTOMER, "a:b")


def test_the_header_is_nothing_unless_it_is_trusted() -> None:
    assert actor_of({HEADER: b"staff:eve"}, ActorSource()) == ActorSource().default


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"staff",
        b"staff:",
        b"admin:eve",
        b"staff:a, staff:b",
        b"staff:a b",
        b"staff:\xe4",
        b"staff:" + b"x" * (ACTOR_ID_CHARACTERS_MAX + 1),
    ],
)
def test_a_header_that_names_nobody_is_refused(value: bytes) -> None:
    with pytest.raises(RequestRefused):
        actor_of({HEADER: value}, TRUSTING)


def test_keys_are_kept_apart_by_kind_and_id() -> None:
    assert principal_of(Actor(ActorKind.CUSTOMER, "jo")) == "customer:jo"
