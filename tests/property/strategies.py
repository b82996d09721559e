"""Which wishes does Hypothesis try? Few ids, so that they meet."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from commands.registry import Command
from domain.envelope import Actor
from domain.order_parts import NoteVisibility
from domain.policy import RoundingLevel
from tests.examples import (
    ADDRESS,
    CUSTOMER,
    CUSTOMER_ID,
    DAY,
    NOW,
    OTHER_CUSTOMER,
    OTHER_CUSTOMER_ID,
    POLICY,
    STAFF,
    a_block,
    a_contact_change,
    a_customer,
    a_discontinuation,
    a_line,
    a_note,
    a_price,
    a_price_withdrawal,
    a_product,
    a_rename,
    a_tax_class_change,
    an_activation,
    an_address_change,
    an_address_removal,
    an_address_to_keep,
    an_order,
    an_unblock,
)
from tests.property.coupon_strategies import code_lists, coupon_wishes
from tests.property.order_strategies import order_wishes, what_comes_next
from tests.property.stock_strategies import stock_wishes

skus = st.sampled_from(["MUG", "MUG", "BOOK", "PEN", "LAMP"])
actors: st.SearchStrategy[Actor] = st.sampled_from([STAFF, STAFF, CUSTOMER, OTHER_CUSTOMER])
customer_ids = st.sampled_from([CUSTOMER_ID, OTHER_CUSTOMER_ID])
operation_ids = st.sampled_from(["a", "b", "c"])
order_ids = st.sampled_from(["a", "b", "c", "d", "e", "f"])
days: st.SearchStrategy[datetime] = st.integers(-4, 4).map(lambda day: NOW + day * DAY)
amounts = st.integers(0, 100_000) | st.sampled_from([-1, 2**53 - 1, 2**53])
addresses = st.sampled_from(
    [ADDRESS, replace(ADDRESS, line1="6 Dorset Street"), replace(ADDRESS, country="DE")]
)

wild_lines = st.lists(
    st.builds(
        a_line,
        sku=skus,
        line_id=operation_ids,
        quantity=st.integers(0, 9),
        expected_unit_price_minor=st.none() | st.just(500),
        agreed_unit_price_minor=st.none() | st.integers(0, 1_000),
        agreed_price_reason=st.none() | st.just("historical"),
    ),
    max_size=3,
).map(tuple)

sensible_lines = st.lists(skus, min_size=1, max_size=3).map(
    lambda wanted: tuple(a_line(line_id=str(index), sku=sku) for index, sku in enumerate(wanted))
)

wild_orders = st.builds(
    an_order,
    actor=actors,
    order_id=order_ids,
    fingerprint=st.sampled_from(["1", "2"]),
    customer_id=customer_ids,
    lines=wild_lines,
    shipping_method=st.sampled_from([None, "standard", "pallet"]),
    agreed_shipping_minor=st.none() | st.integers(0, 1_000),
    shipping_address=st.none() | addresses,
    policy=st.sampled_from([POLICY, replace(POLICY, rounding_level=RoundingLevel.ORDER)]),
    occurred_at=st.none() | days,
    coupon_codes=code_lists,
)

sensible_orders = st.builds(
    an_order,
    actor=st.just(STAFF),
    order_id=order_ids,
    customer_id=customer_ids,
    lines=sensible_lines,
    shipping_method=st.sampled_from([None, "standard"]),
    coupon_codes=code_lists,
)

wishes: st.SearchStrategy[Command] = st.one_of(
    stock_wishes,
    coupon_wishes,
    st.builds(a_product, actor=actors, sku=skus, name=st.sampled_from(["Mug", "Cup"])),
    st.builds(an_activation, sku=skus),
    st.builds(a_discontinuation, sku=skus),
    st.builds(a_rename, actor=actors, sku=skus, name=st.sampled_from(["Mug", "Cup"])),
    st.builds(a_tax_class_change, sku=skus, tax_class=st.sampled_from(["standard", "reduced"])),
    st.builds(
        a_price,
        sku=skus,
        price_id=operation_ids,
        amount_minor=amounts,
        tax_included=st.booleans(),
        valid_from=st.none() | days,
        valid_to=st.none() | days,
    ),
    st.builds(a_price_withdrawal, sku=skus, price_id=operation_ids),
    st.builds(
        a_customer,
        actor=actors,
        customer_id=customer_ids,
        email_claim=st.none() | st.sampled_from(["e1", "e2"]),
    ),
    st.builds(
        a_contact_change,
        actor=actors,
        customer_id=customer_ids,
        name=st.none() | st.just("Ada King"),
        email_claim=st.none() | st.sampled_from(["e1", "e2", "e3"]),
    ),
    st.builds(
        an_address_to_keep,
        actor=actors,
        customer_id=customer_ids,
        address_id=operation_ids,
        address=addresses,
    ),
    st.builds(an_address_removal, actor=actors, customer_id=customer_ids, address_id=operation_ids),
    st.builds(a_block, actor=actors, customer_id=customer_ids),
    st.builds(an_unblock, actor=actors, customer_id=customer_ids),
    st.builds(an_unblock, customer_id=customer_ids),
    wild_orders,
    sensible_orders,
    what_comes_next,
    order_wishes(order_ids, st.sampled_from(["0", "1", "1"])),
    st.builds(an_address_change, actor=actors, order_id=order_ids, address=addresses),
    st.builds(
        a_note,
        actor=actors,
        order_id=order_ids,
        note_id=operation_ids,
        text=st.sampled_from(["ring", "knock"]),
        visibility=st.sampled_from(NoteVisibility),
    ),
)
"""Any command, sensible or not."""

moments_later = st.timedeltas(timedelta(), timedelta(days=400))
