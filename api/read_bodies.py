"""What do answers of the query side look like?

These models document the answers; the rows of the read tables are sent as they come.
"""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

AsOfPosition = Annotated[
    int, Field(description="place in the log up to which the answer holds, read with the rows")
]
ParkedSince = Annotated[
    int | None,
    Field(
        description="null: nothing is parked. Else events from this position on that belong into "
        "the answer wait, the first of them because it could not be applied; an operator has to "
        "see to it"
    ),
]
NextCursor = Annotated[
    str | None, Field(description="send it as `cursor` for the next page; null: this is the last")
]


class AddressRead(BaseModel):
    """A postal address."""

    recipient: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str
    phone: str | None


class PriceRead(BaseModel):
    """A unit price in minor units; `valid_to` is exclusive, null: still open."""

    price_id: str
    price_list: str
    currency: str
    amount_minor: int
    tax_included: bool
    valid_from: datetime
    valid_to: datetime | None
    withdrawn: bool
    position: int


class ProductEntry(BaseModel):
    """A product with every price that it ever had."""

    sku: str
    name: str
    status: str
    tax_class: str
    requires_shipping: bool
    returnable: bool
    weight_grams: int | None
    return_window_days: int | None
    discontinued_reason: str | None
    prices: list[PriceRead]
    version: int
    recorded_at: datetime
    current_price: Annotated[
        PriceRead | None,
        Field(description="the price that holds `at` that moment in `price_list` and `currency`"),
    ] = None


class ProductRead(ProductEntry):
    """A product, and how fresh the answer is."""

    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class ProductPage(BaseModel):
    """Products by sku."""

    products: list[ProductEntry]
    next_cursor: NextCursor
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class KeptAddress(BaseModel):
    """An address that a customer keeps."""

    address_id: str
    address: AddressRead


class CustomerRead(BaseModel):
    """A customer, read from the log itself."""

    customer_id: str
    email: str | None
    name: str | None
    locale: str | None
    status: str
    blocked_reason: Annotated[str | None, Field(description="only the shop sees it")]
    addresses: list[KeptAddress]
    registered_at: datetime
    version: int
    as_of_position: AsOfPosition


class SalesFigures(BaseModel):
    """Sums in minor units; `gross_minor` is unit price x quantity before discount and tax."""

    currency: str
    orders_placed: int
    orders_cancelled: int
    lines: int
    units: int
    gross_minor: int
    discount_minor: int
    tax_minor: int
    shipping_minor: int
    grand_minor: int
    cancelled_units: int
    cancelled_minor: int
    cancelled_grand_minor: int
    orders_confirmed: int
    orders_rejected: int
    orders_expired: int
    returned_units: Annotated[int, Field(description="of the day on which returns were accepted")]
    returned_minor: int
    refund_due_minor: int


class SalesDayRead(SalesFigures):
    """The sales of a day in one channel and country."""

    day: date
    channel: str
    country: str


class SalesMonthRead(SalesFigures):
    """The sales of a month in one channel and country; `month` is its first day."""

    month: date
    channel: str
    country: str


class ReportRead(BaseModel):
    """What all reports say about themselves."""

    clock: Annotated[str, Field(description="`business`: days of the time zone; `utc`")]
    business_time_zone: str
    as_of_position: AsOfPosition
    parked_since_position: ParkedSince


class SalesDaily(ReportRead):
    """Sales by day, and their totals per currency over all pages."""

    rows: list[SalesDayRead]
    totals: list[SalesFigures]
    next_cursor: NextCursor


class SalesMonthly(ReportRead):
    """Sales by month, and their totals per currency over all pages."""

    rows: list[SalesMonthRead]
    totals: list[SalesFigures]
    next_cursor: NextCursor


class ProductSalesRow(BaseModel):
    """The sales of a product over the days asked for."""

    sku: str
    currency: str
    name: str
    orders: int
    lines: int
    units: int
    gross_minor: int
    discount_minor: int
    cancelled_units: int
    cancelled_minor: int
    returned_units: int
    returned_minor: int


class ProductSales(ReportRead):
    """The products that sold best, by gross."""

    rows: list[ProductSalesRow]


class ProjectionRead(BaseModel):
    """A generation of a read table, and how far behind the log it is."""

    name: str
    generation: int
    state: str
    position: int
    head_position: int
    lag_events: int
    lag_seconds: Annotated[float, Field(description="age of the oldest event not applied")]
    parked_keys: Annotated[int, Field(description="rows and streams whose events wait")]
    parked_since_position: Annotated[
        int | None, Field(description="the first event that could not be applied; null: none")
    ]
    discarded_events: Annotated[
        int, Field(description="events that somebody decided to skip, for good")
    ]
    updated_at: datetime


class ProjectionList(BaseModel):
    """All read tables."""

    projections: list[ProjectionRead]


class Live(BaseModel):
    """The process answers."""

    status: str


class Check(BaseModel):
    """One thing that the API needs."""

    name: str
    ready: bool
    detail: str


class Ready(BaseModel):
    """Whether the API can do its work."""

    status: str
    checks: list[Check]
