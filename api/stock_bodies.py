"""What does a caller send about stock?"""

from typing import Annotated, Any, Final

from pydantic import Field, WithJsonSchema

from api.fields import INT64_MAX, Body, Instant, Location, Reason, Reference, Sku, Uuid
from commands.stock_rules import STOCK_QUANTITY_MAX


def _pieces(least: int) -> Any:  # noqa: ANN401 - pydantic's field information
    documented: dict[str, Any] = {"minimum": least, "maximum": STOCK_QUANTITY_MAX}
    return Field(ge=-INT64_MAX - 1, le=INT64_MAX, json_schema_extra=documented)


_DELTA: Final = {
    "type": "integer",
    "minimum": -STOCK_QUANTITY_MAX,
    "maximum": STOCK_QUANTITY_MAX,
}
Pieces = Annotated[int, _pieces(1)]
PiecesOrNone = Annotated[int, _pieces(0)]
Delta = Annotated[
    int, _pieces(-STOCK_QUANTITY_MAX), WithJsonSchema({**_DELTA, "not": {"const": 0}})
]
_A_MOVEMENT: Final = Field(description="the same id again has no second effect")
MovementId = Annotated[Uuid, _A_MOVEMENT]
OccurredAt = Annotated[Instant | None, Field(description="business time, for staff and importers")]


class RegisterStockItemBody(Body):
    """A product and the location where it is to be kept."""

    sku: Sku
    location: Location


class ReceiveStockBody(Body):
    """Goods that came in."""

    movement_id: MovementId
    quantity: Pieces
    reference: Reference | None = None
    occurred_at: OccurredAt = None


class AdjustStockBody(Body):
    """By how many pieces the books are wrong, and why."""

    movement_id: MovementId
    delta: Delta
    reason: Reason
    occurred_at: OccurredAt = None


class CountStockBody(Body):
    """How many pieces were counted."""

    movement_id: MovementId
    counted: PiecesOrNone


class SetSafetyStockBody(Body):
    """How many pieces are not for sale."""

    quantity: PiecesOrNone


class SetBackorderPolicyBody(Body):
    """How many pieces may be promised before they are there; 0: none."""

    limit: PiecesOrNone
    expected_at: Annotated[Instant | None, Field(description="when more is expected")] = None
