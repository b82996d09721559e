"""What can be asked about a coupon?

There is no read table of coupons: the answer is folded from the coupon's own events, so it is
always up to date. It has no ETag, because the status also changes with time. Whoever knows the code
may know what it is good for; how often it was used, and may be, the shop alone sees.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Query as Parameters

from api.coupon_bodies import CouponCode, CouponRead
from api.coupon_commands import CODE, TAG
from api.query_route import Asked, Query, QueryRoute, QuerySettings, found
from api.routes import Answer
from domain.coupon import Coupon
from domain.errors import CouponNotFound
from domain.events import coupon_stream
from domain.fold import as_coupon
from domain.permissions import speaks_for_shop
from sql.codec import to_builtins
from sql.queries.folded import folded_state

_OF_THE_SHOP: Final = ("max_redemptions", "reserved", "confirmed")


async def get_coupon(ask: Asked, code: CouponCode, query: Annotated[Query, Parameters()]) -> Answer:
    """Read a coupon."""
    del query
    folded = await folded_state(ask.services.reads.reader, coupon_stream(code))
    coupon = as_coupon(folded.state)
    if coupon is None:
        raise CouponNotFound(f"there is no coupon {code!r}")
    known = known_of(coupon, datetime.now(UTC))
    if not speaks_for_shop(ask.actor):
        known |= dict.fromkeys(_OF_THE_SHOP)
    return found({**known, "version": folded.version, "as_of_position": folded.head_position})


def known_of(coupon: Coupon, moment: datetime) -> dict[str, Any]:
    """Tell what is known of a coupon."""
    return {
        **to_builtins(coupon.terms),
        "status": coupon.status_at(moment),
        "reserved": coupon.reserved,
        "confirmed": coupon.confirmed,
    }


COUPON_QUERIES: Final = (
    QueryRoute(
        "/v1/coupons/{code}",
        get_coupon,
        QuerySettings(
            summary="Read a coupon",
            tag=TAG,
            answer=CouponRead,
            example={
                "code": CODE,
                "kind": "percent",
                "value": 150_000,
                "currency": "GBP",
                "min_subtotal_minor": 2_000,
                "skus": None,
                "max_redemptions": 1_000,
                "max_per_customer": 1,
                "starts_at": "2026-03-20T00:00:00Z",
                "ends_at": "2026-06-21T00:00:00Z",
                "stackable": False,
                "status": "active",
                "reserved": 12,
                "confirmed": 345,
                "version": 703,
                "as_of_position": 4711,
            },
            refusals=("coupon_not_found",),
            statuses={"coupon_not_found": HTTPStatus.NOT_FOUND},
        ),
    ),
)
