"""What does a caller send about a shipment?"""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from api.catalogue_bodies import WEIGHT_GRAMS_MAX
from api.fields import (
    REFERENCE_CHARACTERS_MAX,
    Body,
    Code,
    Instant,
    LineId,
    Location,
    Name,
    Quantity,
    Reference,
    Uuid,
)

LINES_DOCUMENTED: Final[dict[str, Any]] = {"minItems": 1, "maxItems": 2_000}
PARCELS_DOCUMENTED: Final[dict[str, Any]] = {"minItems": 1, "maxItems": 100}
"""The domain refuses none with a code of its own; the size of the body bounds the rest."""

_ONCE: Final = Field(description="the same id again has no second effect")
_OF_THE_CARRIER: Final = Field(
    description="the carrier's own id; the same id again has no second effect"
)
TrackingNumber = Annotated[
    str,
    StringConstraints(max_length=REFERENCE_CHARACTERS_MAX),
    Field(json_schema_extra={"minLength": 1}),
]


class LineOfShipmentBody(Body):
    """So many pieces of a line."""

    line_id: LineId
    quantity: Quantity


class ParcelBody(Body):
    """A box and what it weighs."""

    parcel_id: LineId
    weight_grams: Annotated[int, Field(ge=0, le=WEIGHT_GRAMS_MAX)] | None = None


class StartPickingBody(Body):
    """Nothing needs to be said: send `{}`."""


class ReportShortBody(Body):
    """How many pieces of a line are missing."""

    short_id: Annotated[Uuid, _ONCE]
    line_id: LineId
    quantity: Quantity


class PackBody(Body):
    """The boxes into which the shipment goes."""

    parcels: Annotated[list[ParcelBody], Field(json_schema_extra=PARCELS_DOCUMENTED)]


class DispatchBody(Body):
    """Who carries it away, under which number."""

    tracking_number: TrackingNumber
    carrier: Reference
    dispatched_at: Annotated[Instant | None, Field(description="without it: now")] = None


class SplitShipmentBody(Body):
    """The pieces that leave on their own. The same `new_shipment_id` again has no second effect."""

    new_shipment_id: Annotated[Uuid, Field(description="any UUID, version 7 recommended")]
    lines: Annotated[list[LineOfShipmentBody], Field(json_schema_extra=LINES_DOCUMENTED)]


class MoveShipmentBody(Body):
    """Where a shipment leaves from."""

    location: Location


class CancelShipmentBody(Body):
    """Why a shipment does not leave."""

    reason: Annotated[Code, Field(description="a code, no sentence")]


class RecordTrackingBody(Body):
    """Where the carrier saw a parcel."""

    tracking_id: Annotated[Reference, _OF_THE_CARRIER]
    status: Annotated[Code, Field(description="what the carrier calls it")]
    seen_at: Instant
    place: Name | None = None


class RecordDeliveredBody(Body):
    """When the customer got it."""

    delivered_at: Annotated[Instant | None, Field(description="without it: now")] = None


class RecordDeliveryFailedBody(Body):
    """Why a parcel could not be handed over."""

    attempt_id: Annotated[Reference, _OF_THE_CARRIER]
    reason: Annotated[Code, Field(description="a code, no sentence")]


class RecordReturnedToSenderBody(Body):
    """Nothing needs to be said: send `{}`."""


class RecordLostBody(Body):
    """Nothing needs to be said: send `{}`."""
