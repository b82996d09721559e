"""Which wishes about shipments does Hypothesis try? Few ids and pieces, so that they meet."""

from hypothesis import strategies as st

from commands.registry import Command
from domain.envelope import Actor
from tests.examples import CARRIER, CUSTOMER, ORDER_ID, STAFF
from tests.shipment_examples import (
    a_delivery,
    a_dispatch,
    a_failed_attempt,
    a_loss,
    a_move,
    a_packing,
    a_picking,
    a_plan,
    a_short,
    a_sighting,
    a_split,
    a_stop,
    a_way_back,
    bowls,
    mugs,
    part,
)

actors: st.SearchStrategy[Actor] = st.sampled_from([STAFF] * 6 + [CARRIER, CUSTOMER])
shipment_ids = st.sampled_from(["s1", "s2", "s3", "s4", "s5"])
operation_ids = st.sampled_from(["1", "2"])
few = st.integers(0, 4)
contents = st.sampled_from(
    [(mugs(1),), (mugs(1),), (mugs(2),), (mugs(4), bowls()), (bowls(),), (mugs(0),), ()]
)
parts = st.sampled_from(
    [(part("1", 1),), (part("1", 1),), (part("1", 2),), (part("1", 1), part("2", 1)), ()]
)

shipment_wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        a_plan,
        actor=actors,
        order_id=st.sampled_from([ORDER_ID, ORDER_ID, ORDER_ID, "o2"]),
        shipment_id=shipment_ids,
        lines=contents,
    ),
    st.builds(a_picking, actor=actors, shipment_id=shipment_ids),
    st.builds(
        a_short,
        actor=actors,
        shipment_id=shipment_ids,
        short_id=operation_ids,
        line_id=operation_ids,
        quantity=few,
    ),
    st.builds(a_packing, actor=actors, shipment_id=shipment_ids),
    st.builds(
        a_dispatch,
        actor=actors,
        shipment_id=shipment_ids,
        tracking_number=st.sampled_from(["SB1", "SB1", "SB2", ""]),
    ),
    st.builds(
        a_sighting,
        actor=actors,
        shipment_id=shipment_ids,
        tracking_id=operation_ids,
        status=st.sampled_from(["in_transit", "arrived"]),
    ),
    st.builds(a_delivery, actor=actors, shipment_id=shipment_ids),
    st.builds(a_failed_attempt, actor=actors, shipment_id=shipment_ids, attempt_id=operation_ids),
    st.builds(a_way_back, actor=actors, shipment_id=shipment_ids),
    st.builds(a_loss, actor=actors, shipment_id=shipment_ids),
    st.builds(
        a_split,
        actor=actors,
        shipment_id=shipment_ids,
        new_shipment_id=shipment_ids,
        lines=parts,
    ),
    st.builds(a_move, actor=actors, shipment_id=shipment_ids),
    st.builds(a_stop, actor=actors, shipment_id=shipment_ids),
)
"""Any wish about a shipment, sensible or not."""
