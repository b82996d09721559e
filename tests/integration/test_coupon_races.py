"""Of those who race for the last places on a coupon, do exactly so many get one?"""

import asyncio
from collections import Counter

from commands.envelope import Answer
from domain.coupon_errors import CouponCustomerLimit, CouponExhausted
from domain.fold import as_coupon
from sql.store import Store
from tests.coupon_examples import a_coupon, a_redemption
from tests.examples_log import a_store, an_envelope, assert_dense, outcome_of

CLIENTS = 120
PLACES = 50


async def race(stores: tuple[Store, ...], customers: int) -> Counter[type]:
    """Ask for a place from every client at once, the processes taking turns."""
    outcomes = await asyncio.gather(
        *(
            outcome_of(
                stores[number % len(stores)].handler.handle(
                    a_redemption(
                        redemption_id=f"r{number}",
                        order_id=f"o{number}",
                        customer_id=f"c{number % customers}",
                    ),
                    an_envelope(),
                )
            )
            for number in range(CLIENTS)
        )
    )
    return Counter(map(type, outcomes))


async def test_no_more_get_a_place_than_there_are(database_url: str) -> None:
    async with a_store(database_url) as here, a_store(database_url) as there:
        await here.handler.handle(a_coupon(max_redemptions=PLACES), an_envelope())
        outcomes = await race((here, there), customers=CLIENTS)
        assert outcomes == {Answer: PLACES, CouponExhausted: CLIENTS - PLACES}
        _, state = max(each.loader.newest("coupon-SPRING") for each in (here, there))
    coupon = as_coupon(state)
    assert coupon is not None
    assert (coupon.taken, len(coupon.taken_by_customer)) == (PLACES, PLACES)
    assert await assert_dense(database_url) == PLACES + 1


async def test_no_customer_gets_more_places_than_one_may_have(database_url: str) -> None:
    async with a_store(database_url) as store:
        await store.handler.handle(a_coupon(max_per_customer=3), an_envelope())
        assert await race((store,), customers=10) == {
            Answer: 30,
            CouponCustomerLimit: CLIENTS - 30,
        }
