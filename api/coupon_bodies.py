"""What does a caller send about a coupon, and what does the answer look like?

The models of answers document, as in `api/read_bodies.py`.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from api.fields import INT64_MAX, AmountMinor, Body, Currency, Instant, Sku
from api.read_bodies import AsOfPosition
from commands.coupon_rules import COUPON_SKUS_MAX, REDEMPTIONS_MAX
from domain.coupon import CouponStatus
from domain.coupon_events import CouponKind

CouponCode = Sku
"""Written like a sku."""

_LIMIT: Final[dict[str, Any]] = {"minimum": 1, "maximum": REDEMPTIONS_MAX}
Limit = Annotated[int, Field(ge=-INT64_MAX - 1, le=INT64_MAX, json_schema_extra=_LIMIT)]


class CreateCouponBody(Body):
    """What a coupon takes off, of which orders, and how often."""

    code: CouponCode
    kind: Annotated[CouponKind, Field(strict=False)]
    value: Annotated[
        AmountMinor,
        Field(
            description="percent: parts per million; fixed: minor units; free_shipping: nothing, 0"
        ),
    ] = 0
    currency: Annotated[
        Currency | None,
        Field(description="orders in this currency only; needed where an amount of money is named"),
    ] = None
    min_subtotal_minor: Annotated[
        AmountMinor | None,
        Field(description="what the goods must be worth, before discounts, tax on top and freight"),
    ] = None
    skus: Annotated[
        tuple[Sku, ...] | None,
        Field(
            strict=False,
            min_length=1,
            max_length=COUPON_SKUS_MAX,
            description="the products of which it takes something off; null: all",
        ),
    ] = None
    max_redemptions: Annotated[
        Limit | None, Field(description="how many orders may have it; null: any number")
    ] = None
    max_per_customer: Annotated[
        Limit | None, Field(description="how many orders of one customer may; null: any number")
    ] = None
    starts_at: Annotated[Instant, Field(description="for orders placed from then on")]
    ends_at: Annotated[Instant, Field(description="for orders placed before then")]
    stackable: Annotated[
        bool, Field(description="whether an order may have it together with others of this kind")
    ] = False


class PauseCouponBody(Body):
    """Nothing: `{}`."""


class ResumeCouponBody(Body):
    """Nothing: `{}`."""


_OF_THE_SHOP: Final = Field(description="null: only the shop sees it")
ForTheShop = Annotated[int | None, _OF_THE_SHOP]


class CouponRead(BaseModel):
    """A coupon; amounts in minor units of its currency."""

    code: str
    kind: CouponKind
    value: int
    currency: str | None
    min_subtotal_minor: int | None
    skus: list[str] | None
    max_redemptions: ForTheShop
    max_per_customer: int | None
    starts_at: datetime
    ends_at: datetime
    stackable: bool
    status: Annotated[CouponStatus, Field(description="at the moment of the answer")]
    reserved: ForTheShop
    confirmed: ForTheShop
    version: int
    as_of_position: AsOfPosition
