"""What does an order's way through the system look like?

Time goes down, a column for each kind of stream. What was appended as one stands on one band; a
line leads to it from the event that it was the answer to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from domain.envelope import RecordedEvent

LANES: Final = ("order", "fulfilment", "stock", "coupon", "payment", "shipment", "return")
ROW: Final = 22
TOP: Final = 62
LEFT: Final = 150
LANE: Final = 210
DOT: Final = 5
COLOURS: Final = {
    "order": "#1f5fa8",
    "fulfilment": "#6b6b6b",
    "stock": "#2e7d32",
    "coupon": "#8d6e00",
    "payment": "#b3541e",
    "shipment": "#6a3d9a",
    "return": "#a3195b",
}
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.t{fill:#777}.h{font-weight:bold}"
    ".b{fill:#f3f5f8}.l{stroke:#d6dae0}.c{stroke:#9aa4b2;fill:none}"
)


@dataclass(frozen=True, slots=True)
class _Place:
    x: int
    y: int


def draw(events: Sequence[RecordedEvent], title: str) -> str:
    """Draw events as an SVG. Shape: `events` ascend by position; at least one."""
    lanes = [lane for lane in LANES if any(_lane_of(event) == lane for event in events)]
    places = {
        event.position: _Place(LEFT + LANE * lanes.index(_lane_of(event)), TOP + ROW * number)
        for number, event in enumerate(events)
    }
    width, height = LEFT + LANE * len(lanes), TOP + ROW * len(events) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        f' width="{width}" height="{height}" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" class="h">{escape(title)}</text>',
        *_bands(events, places, width),
        *_lines(lanes, height),
        *_causes(events, places),
    ]
    began_at = events[0].recorded_at
    for event in events:
        parts += _row(event, places[event.position], began_at)
    return "\n".join([*parts, "</svg>", ""])


def _lane_of(event: RecordedEvent) -> str:
    return event.stream.partition("-")[0]


def _bands(events: Sequence[RecordedEvent], places: dict[int, _Place], width: int) -> Iterable[str]:
    """Put what one command brought on a band, every other band coloured."""
    is_coloured, last = False, ""
    for event in events:
        is_coloured ^= event.metadata.command_id != last
        last = event.metadata.command_id
        if is_coloured:
            y = places[event.position].y - ROW // 2
            yield f'<rect x="0" y="{y}" width="{width}" height="{ROW}" class="b"/>'


def _lines(lanes: Sequence[str], height: int) -> Iterable[str]:
    for number, lane in enumerate(lanes):
        x = LEFT + LANE * number
        yield f'<line x1="{x}" y1="{TOP - 14}" x2="{x}" y2="{height}" class="l"/>'
        yield f'<text x="{x - DOT}" y="{TOP - 20}" class="h" fill="{COLOURS[lane]}">{lane}</text>'


def _causes(events: Sequence[RecordedEvent], places: dict[int, _Place]) -> Iterable[str]:
    """Lead from each cause to the first event that answered it."""
    answered: set[tuple[str | None, str]] = set()
    for event in events:
        cause = event.metadata.causation_id
        known = places.get(int(cause)) if cause is not None and cause.isdecimal() else None
        once = (cause, event.metadata.command_id)
        if known is None or once in answered:
            continue
        answered.add(once)
        place = places[event.position]
        middle = (known.y + place.y) // 2
        yield (
            f'<path d="M{known.x} {known.y} C{known.x} {middle} {place.x} {middle}'
            f' {place.x} {place.y}" class="c"/>'
        )


def _row(event: RecordedEvent, place: _Place, began_at: datetime) -> Iterable[str]:
    lane = _lane_of(event)
    after = (event.recorded_at - began_at).total_seconds()
    text = place.y + 4
    yield f'<text x="8" y="{text}" class="t">{event.position:,}</text>'
    yield f'<text x="{LEFT - 14}" y="{text}" class="t" text-anchor="end">+{after:,.2f} s</text>'
    yield f'<circle cx="{place.x}" cy="{place.y}" r="{DOT}" fill="{COLOURS[lane]}"/>'
    yield f'<text x="{place.x + 10}" y="{text}">{escape(event.type)}</text>'
