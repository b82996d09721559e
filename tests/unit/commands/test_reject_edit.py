"""RejectEdit: succeeds, refused, repeated."""

from domain.errors import OrderNotFound
from domain.order_errors import EditAlreadyDecided, EditNotFound
from domain.order_events import OrderEditRejected
from tests.edit_examples import (
    EDIT_ID,
    a_full_price_order,
    an_application,
    an_edit,
    an_edit_rejection,
)
from tests.examples import CUSTOMER, OTHER_CUSTOMER, a_shop
from tests.order_examples import FACTS
from tests.specification import given

SOLD = (*a_shop(), a_full_price_order())
REJECTED = OrderEditRejected(**FACTS, edit_id=EDIT_ID, reason="out_of_stock")


def test_succeeds_for_the_shop_and_for_the_customer() -> None:
    given(*SOLD, an_edit()).when(an_edit_rejection()).then(REJECTED)
    given(*SOLD, an_edit()).when(an_edit_rejection(actor=CUSTOMER)).then(REJECTED)


def test_repeated_has_nothing_to_do() -> None:
    again = an_edit_rejection(reason="again")
    given(*SOLD, an_edit(), an_edit_rejection()).when(again).then_nothing()


def test_refuses_what_was_not_proposed_or_is_done() -> None:
    given(*SOLD).when(an_edit_rejection()).then_refused(EditNotFound)
    applied = (*SOLD, an_edit(), an_application())
    given(*applied).when(an_edit_rejection()).then_refused(EditAlreadyDecided)


def test_refuses_the_order_of_somebody_else() -> None:
    other = an_edit_rejection(actor=OTHER_CUSTOMER)
    given(*SOLD, an_edit()).when(other).then_refused(OrderNotFound)
