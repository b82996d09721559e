"""What does an importer send about what happened elsewhere?"""

from typing import Annotated

from pydantic import Field

from api.fields import Body, Instant, Location, Uuid
from api.order_bodies import LineQuantityBody
from api.shipment_bodies import LINES_DOCUMENTED

HappenedAt = Annotated[Instant, Field(description="business time of everything that is recorded")]


class RecordPastFulfilmentBody(Body):
    """Where the goods were taken from, and when they were paid, sent and delivered."""

    location: Location
    occurred_at: HappenedAt


class RecordPastReturnBody(Body):
    """What came back. The same `return_id` with the same body is the same return."""

    return_id: Annotated[Uuid, Field(description="any UUID, version 7 recommended")]
    lines: Annotated[list[LineQuantityBody], Field(json_schema_extra=LINES_DOCUMENTED)]
    location: Annotated[Location, Field(description="to whose shelf the pieces went")]
    occurred_at: HappenedAt
