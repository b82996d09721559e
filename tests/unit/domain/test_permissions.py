"""Who may ask for what?"""

import pytest

from domain.envelope import Actor, ActorKind
from domain.errors import Forbidden, OrderNotFound
from domain.fold import as_order, evolve
from domain.permissions import may_act_for, require_order, require_shop, speaks_for_shop
from tests.examples import CUSTOMER_ID, ORDER_ID, OTHER_CUSTOMER_ID, a_placed_order

SHOP = {ActorKind.STAFF, ActorKind.SYSTEM}


@pytest.mark.parametrize("kind", list(ActorKind))
def test_only_staff_and_programs_speak_for_the_shop(kind: ActorKind) -> None:
    actor = Actor(kind, CUSTOMER_ID)
    assert speaks_for_shop(actor) is (kind in SHOP)
    if kind in SHOP:
        require_shop(actor)
    else:
        with pytest.raises(Forbidden):
            require_shop(actor)


@pytest.mark.parametrize("kind", list(ActorKind))
def test_a_customer_acts_for_himself_and_the_shop_for_all(kind: ActorKind) -> None:
    own = kind in SHOP or kind is ActorKind.CUSTOMER
    assert may_act_for(Actor(kind, CUSTOMER_ID), CUSTOMER_ID) is own
    assert may_act_for(Actor(kind, OTHER_CUSTOMER_ID), CUSTOMER_ID) is (kind in SHOP)


def test_an_order_of_another_looks_like_none() -> None:
    order = as_order(evolve(None, a_placed_order()))
    owner = Actor(ActorKind.CUSTOMER, CUSTOMER_ID)
    assert require_order(order, owner, ORDER_ID) is order
    with pytest.raises(OrderNotFound) as unknown:
        require_order(None, owner, ORDER_ID)
    with pytest.raises(OrderNotFound) as foreign:
        require_order(order, Actor(ActorKind.CUSTOMER, OTHER_CUSTOMER_ID), ORDER_ID)
    assert str(unknown.value) == str(foreign.value)
