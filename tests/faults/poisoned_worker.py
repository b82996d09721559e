"""The program `ordertrail` with a fold that cannot bear some notes.

One whose text is `raise` makes `order_detail` raise, `segfault` ends the process as a fault in a
native library would.
"""

import faulthandler
import signal
from dataclasses import replace

from cli.main import main
from domain.envelope import RecordedEvent
from domain.order_events import OrderNoteAdded
from projections import registry
from projections.order_detail import ORDER_DETAIL
from projections.projection import Key, Row

RAISES = "raise"
CRASHES = "segfault"


def poisoned(row: Row | None, event: RecordedEvent, key: Key) -> Row | None:
    """Fold as `order_detail` does, unless the event is poison."""
    if isinstance(event.data, OrderNoteAdded):
        if event.data.personal.text == RAISES:
            raise ValueError("this note is poison")
        if event.data.personal.text == CRASHES:
            signal.raise_signal(signal.SIGSEGV)
    return ORDER_DETAIL.evolve(row, event, key)


if __name__ == "__main__":
    faulthandler.disable()
    registry.ORDER_DETAIL = replace(ORDER_DETAIL, evolve=poisoned)
    main()
