"""What do the stored events about returns mean?"""

from dataclasses import replace
from typing import Any, Final

from domain.order_parts import FreeTextPersonal
from domain.return_events import (
    InspectedLine,
    ReceivedLine,
    RefundDue,
    ReturnApproved,
    ReturnCancelled,
    ReturnClosed,
    ReturnCondition,
    ReturnCreditReleased,
    ReturnCreditUsed,
    ReturnDeclined,
    ReturnDisposition,
    ReturnEvent,
    ReturnExpired,
    ReturnInspected,
    ReturnLine,
    ReturnReason,
    ReturnReceived,
    ReturnRequested,
    ReturnResolution,
)
from tests.golden.golden_orders import ABOUT, LATER, RETURN_ID, TWO

RETURN: Final[dict[str, Any]] = {**ABOUT, "return_id": RETURN_ID}

INSPECTED: Final = ReturnInspected(
    **RETURN,
    lines=(
        InspectedLine(
            line_id="1",
            sku="MUG-BLUE",
            accepted=1,
            rejected=1,
            disposition=ReturnDisposition.WRITE_OFF,
            value_minor=999,
            total_minor=939,
            tax_minor=156,
        ),
    ),
    refund_due=RefundDue(
        items_minor=939, tax_minor=0, shipping_minor=395, fee_minor=150, total_minor=1_184
    ),
    credit_minor=1_184,
)

GOLDEN_RETURNS: Final[dict[tuple[str, int], ReturnEvent]] = {
    ("return-requested", 1): ReturnRequested(
        **RETURN,
        lines=(
            ReturnLine(line_id="1", sku="MUG-BLUE", quantity=2, reason_code=ReturnReason.DAMAGED),
        ),
        resolution=ReturnResolution.REFUND,
        personal=FreeTextPersonal(text="the “handle” is off"),
    ),
    ("return-approved", 1): ReturnApproved(
        **RETURN,
        send_by=LATER,
        label="RL-4711",
        restocking_fee_minor=150,
        refunds_shipping=True,
    ),
    ("return-declined", 1): ReturnDeclined(
        **RETURN, personal=FreeTextPersonal(text="used for years")
    ),
    ("return-received", 1): ReturnReceived(
        **RETURN,
        receipt_id="receipt-1",
        lines=(
            ReceivedLine(line_id="1", sku="MUG-BLUE", quantity=2, condition=ReturnCondition.OPENED),
        ),
    ),
    ("return-inspected", 2): INSPECTED,
    ("return-inspected", 1): replace(INSPECTED, credit_minor=0),
    ("return-credit-used", 1): ReturnCreditUsed(
        **RETURN,
        used_by="0196a000-0000-7000-8000-0000000000d9",
        amount_minor=1_000,
        rest_minor=184,
    ),
    ("return-credit-released", 1): ReturnCreditReleased(**RETURN, amount_minor=1_184),
    ("return-closed", 1): ReturnClosed(**RETURN),
    ("return-cancelled", 1): ReturnCancelled(**RETURN, lines=TWO),
    ("return-expired", 1): ReturnExpired(**RETURN, lines=TWO),
}
"""(stored type, schema version) -> the event that its file means."""
