"""What does a caller send about a return?"""

from typing import Annotated, Any, Final

from pydantic import Field

from api.fields import (
    INT64_MAX,
    AmountMinor,
    Body,
    Instant,
    LineId,
    NoteText,
    Quantity,
    Reference,
    Uuid,
)
from api.shipment_bodies import LINES_DOCUMENTED
from domain.return_events import (
    ReturnCondition,
    ReturnDisposition,
    ReturnReason,
    ReturnResolution,
)

_LINES: Final = Field(json_schema_extra=LINES_DOCUMENTED)


class UnwantedLineBody(Body):
    """So many pieces of a line that shall come back, and why."""

    line_id: LineId
    quantity: Quantity
    reason_code: Annotated[ReturnReason, Field(strict=False)]


class RequestReturnBody(Body):
    """What shall come back. The same `return_id` with the same body is the same return."""

    return_id: Annotated[Uuid, Field(description="any UUID, version 7 recommended")]
    order_id: Uuid
    lines: Annotated[list[UnwantedLineBody], _LINES]
    resolution: Annotated[ReturnResolution, Field(strict=False)] = ReturnResolution.REFUND
    note: NoteText | None = None
    occurred_at: Annotated[
        Instant | None, Field(description="business time, for staff and importers")
    ] = None


class ApproveReturnBody(Body):
    """On which terms the pieces are taken back."""

    send_by: Annotated[Instant | None, Field(description="null: whenever it is")] = None
    label: Reference | None = None
    restocking_fee_minor: AmountMinor = 0
    refunds_shipping: Annotated[
        bool, Field(description="if all of the order comes back, delivery is given back too")
    ] = False


class DeclineReturnBody(Body):
    """Why the pieces are not taken back."""

    reason: NoteText


class ReceivedLineBody(Body):
    """So many pieces of a line that came back, and how."""

    line_id: LineId
    quantity: Quantity
    condition: Annotated[ReturnCondition, Field(strict=False)]


class ReceiveReturnBody(Body):
    """What came back; a line may be named once for each condition."""

    receipt_id: Annotated[Uuid, Field(description="the same id again has no second effect")]
    lines: Annotated[list[ReceivedLineBody], _LINES]


_PIECES: Final[dict[str, Any]] = {"minimum": 0, "maximum": 1_000_000}
Pieces = Annotated[int, Field(ge=-INT64_MAX - 1, le=INT64_MAX, json_schema_extra=_PIECES)]


class InspectedLineBody(Body):
    """How many pieces of a line are accepted and what becomes of those."""

    line_id: LineId
    accepted: Pieces
    rejected: Pieces = 0
    disposition: Annotated[ReturnDisposition, Field(strict=False)]


class InspectReturnBody(Body):
    """What was decided about everything that came back."""

    lines: Annotated[list[InspectedLineBody], _LINES]


class ReleaseCreditBody(Body):
    """Nothing needs to be said: send `{}`."""


class CloseReturnBody(Body):
    """Nothing needs to be said: send `{}`."""


class CancelReturnBody(Body):
    """Nothing needs to be said: send `{}`."""
