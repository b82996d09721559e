"""Which events exist, under which stored names, in which streams?"""

from typing import get_args

from domain.coupon_events import CouponPaused
from domain.customer import CustomerRegistered, EmailClaimed
from domain.events import EVENT_NAMES, EVENT_TYPES, Event, category_of, stream_of
from domain.product import ProductActivated
from tests.examples import CUSTOMER_ID, EMAIL_CLAIM, ORDER_ID, SKU, a_placed_order


def test_every_event_has_a_stored_name_made_of_its_words() -> None:
    assert {event_class for event_class, _ in EVENT_TYPES.values()} == set(get_args(Event))
    for name, (event_class, _) in EVENT_TYPES.items():
        assert name.replace("-", "") == event_class.__name__.lower()


def test_names_and_classes_match() -> None:
    assert {EVENT_NAMES[event_class][0] for event_class, _ in EVENT_TYPES.values()} == set(
        EVENT_TYPES
    )


def test_every_event_belongs_to_one_stream() -> None:
    assert stream_of(ProductActivated(sku=SKU)) == f"product-{SKU}"
    assert stream_of(CustomerRegistered(customer_id=CUSTOMER_ID)) == f"customer-{CUSTOMER_ID}"
    claimed = EmailClaimed(claim=EMAIL_CLAIM, customer_id=CUSTOMER_ID)
    assert stream_of(claimed) == f"email-{EMAIL_CLAIM}"
    assert stream_of(a_placed_order()) == f"order-{ORDER_ID}"
    assert stream_of(CouponPaused(code="SPRING")) == "coupon-SPRING"


def test_the_category_of_a_stream_ends_at_its_first_hyphen() -> None:
    assert category_of(f"product-{SKU}") == "product"
    assert category_of(f"order-{ORDER_ID}") == "order"
