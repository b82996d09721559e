"""How does something come back in a test of the fulfilment process?"""

from collections.abc import Mapping
from dataclasses import replace

from domain.fulfilment_events import Stage
from domain.return_events import ReturnResolution
from tests.examples import DAY, ORDER_ID
from tests.fulfilment_journey import Journey, a_confirmed
from tests.return_examples import (
    RETURN_ID,
    a_return_receipt,
    a_return_request,
    an_approval,
    an_inspection,
    came_back,
    judged,
    unwanted,
)


def a_delivered() -> Journey:
    """Both mugs are with Ada, and paid."""
    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.process.stage is Stage.COMPLETED
    journey.now += DAY
    return journey


def send_back(
    journey: Journey,
    pieces: int = 2,
    return_id: str = RETURN_ID,
    order_id: str = ORDER_ID,
    resolution: ReturnResolution = ReturnResolution.REFUND,
    fee_minor: int = 0,
    **judgement: object,
) -> None:
    """Have pieces sent back, received and inspected."""
    who: Mapping[str, object] = {"return_id": return_id, "asked_at": journey.now}
    judgement = {"accepted": pieces, "rejected": 0, **judgement}
    journey.do(
        a_return_request(
            order_id=order_id, lines=(unwanted(quantity=pieces),), resolution=resolution, **who
        ),
        an_approval(send_by=journey.now + DAY, restocking_fee_minor=fee_minor, **who),
        a_return_receipt(lines=(came_back(quantity=pieces),), **who),
        an_inspection(lines=(replace(judged(), **judgement),), **who),
    )
