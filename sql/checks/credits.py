"""Does every credit of a return pay one order, or go back as money, to the penny (I8)?

Pure: it is shown every event that can be read.
"""

from typing import Final

from domain.envelope import RecordedEvent
from domain.order_events import OrderPlaced
from domain.return_events import ReturnCreditReleased, ReturnCreditUsed, ReturnInspected
from sql.checks.findings import Findings


class Credits:
    """The credits that are open, and the orders that were placed for one in this moment."""

    def __init__(self, findings: Findings) -> None:
        self._findings: Final = findings
        self._open: Final[dict[str, int]] = {}
        self._placed: Final[dict[str, tuple[str, int]]] = {}

    def see(self, event: RecordedEvent) -> None:
        """Take note of the next event."""
        match event.data:
            case OrderPlaced(order_id=order_id, credit=credit) if credit is not None:
                if credit.amount_minor > (open_minor := self._open.get(credit.return_id, 0)):
                    self._wrong(event, f"{credit.amount_minor} of a credit of {open_minor}")
                self._placed[credit.return_id] = order_id, credit.amount_minor
            case ReturnInspected(credit_minor=credit_minor) as inspected if credit_minor:
                self._open[inspected.return_id] = credit_minor
            case ReturnCreditUsed() as used:
                self._end(event, used.return_id, used.amount_minor + used.rest_minor)
                told = self._placed.pop(used.return_id, None)
                if told != (used.used_by, used.amount_minor):
                    self._wrong(event, f"order {used.used_by} says otherwise: {told}")
            case ReturnCreditReleased() as released:
                self._end(event, released.return_id, released.amount_minor)
            case _:
                pass

    def _end(self, event: RecordedEvent, return_id: str, amount_minor: int) -> None:
        self._findings.checked += 1
        open_minor = self._open.pop(return_id, 0)
        if open_minor != amount_minor:
            self._wrong(event, f"{amount_minor} of a credit of {open_minor}")

    def _wrong(self, event: RecordedEvent, detail: str) -> None:
        place = f"position {event.position}, stream {event.stream}"
        self._findings.add(_CODE, place, detail)


_CODE: Final = "credit_does_not_add_up"
