"""What is a measured figure, and how is it shown?"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the README with the number that it is measured against.

    Shape: `ratio` is value / against, or None where there is nothing to compare with; `n` is the
    size of the sample; `payload` says what one operation carried.
    """

    name: str
    value: float
    unit: str
    against: float | None
    against_what: str
    n: int
    payload: str

    @property
    def ratio(self) -> float | None:
        """How many times the other side."""
        return round(self.value / self.against, 3) if self.against else None


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Take the value below which a share of the sorted values lies."""
    assert sorted_values
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def median(values: Sequence[float]) -> float:
    """Take the middle one of some runs."""
    return sorted(values)[len(values) // 2]


def as_json(figures: Sequence[Figure], facts: dict[str, Any]) -> str:
    """Write one JSON object with a key per figure."""
    content: dict[str, Any] = {
        figure.name: {**asdict(figure), "ratio": figure.ratio} for figure in figures
    }
    for entry in content.values():
        del entry["name"]
    return json.dumps({**content, "machine": facts}, indent=2)


def say(text: str) -> None:
    """Tell the person who waits what is going on; standard output is for results."""
    print(text, file=sys.stderr, flush=True)
