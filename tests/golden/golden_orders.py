"""What do the stored events about orders mean?"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from domain.envelope import ActorKind
from domain.order_edit import EditedContent, EditKind, EditOperation, LineChange
from domain.order_events import (
    OrderCancellationRefused,
    OrderCancellationRequested,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderEdited,
    OrderEditProposed,
    OrderEditRejected,
    OrderEvent,
    OrderExpired,
    OrderFlaggedOverdue,
    OrderHeld,
    OrderHoldReleased,
    OrderLinesAllocated,
    OrderLinesBackordered,
    OrderLinesCancelled,
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderLinesShipped,
    OrderNoteAdded,
    OrderPaymentRecorded,
    OrderPlaced,
    OrderRejected,
    OrderReturnEnded,
    OrderReturnRequested,
    OrderShippingAddressChanged,
)
from domain.order_parts import (
    Address,
    AppliedCoupon,
    AppliedCredit,
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    HoldDecision,
    HoldKind,
    LineQuantity,
    NoteVisibility,
    OrderLine,
    OrderPersonal,
    Origin,
    OriginKind,
    PaymentFactKind,
    RejectionReason,
    ReturnedLine,
    SettledTotals,
    ShippingAddressPersonal,
    ShippingLine,
    Totals,
)

PRICE_ID: Final = "0196a000-0000-7000-8000-00000000000a"
CUSTOMER_ID: Final = "0196a000-0000-7000-8000-0000000000c1"
ORDER_ID: Final = "0196a000-0000-7000-8000-0000000000d1"
EDIT_ID: Final = "0196a000-0000-7000-8000-0000000000e2"
CANCELLATION_ID: Final = "0196a000-0000-7000-8000-0000000000e1"
PLACED_AT: Final = datetime(2026, 5, 4, 10, 30, 0, 123456, tzinfo=UTC)
ADDRESS: Final = Address(
    recipient="Zoë O'Hara 李",
    line1="12 St James's Square",
    line2="Flat \N{FRACTION SLASH} 3",
    city="London",
    region="Greater London",
    postal_code="SW1Y 4JH",
    country="GB",
    phone="+44 20 7946 0000",
)
TOTALS: Final = Totals(
    subtotal_minor=2**53 - 1_000,
    discount_minor=120,
    shipping_minor=395,
    tax_minor=463,
    grand_minor=2**53 - 725,
)

ABOUT: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": PLACED_AT,
}
LATER: Final = datetime(2026, 5, 5, 10, 30, tzinfo=UTC)
PAYMENT_ID: Final = "0196a000-0000-7000-8000-0000000000b1"
SHIPMENT_ID: Final = "0196a000-0000-7000-8000-00000000005a"
RETURN_ID: Final = "0196a000-0000-7000-8000-00000000007e"
TWO: Final = (LineQuantity(line_id="1", sku="MUG-BLUE", quantity=2),)
ONE: Final = (LineQuantity(line_id="1", sku="MUG-BLUE", quantity=1),)
GONE: Final = (
    CancelledLine(line_id="1", sku="MUG-BLUE", quantity=2, value_minor=1_998, total_minor=1_878),
)

PLACED: Final = OrderPlaced(
    order_id=ORDER_ID,
    order_number="W26-0004711-T",
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=PLACED_AT,
    price_list="retail",
    origin=Origin(kind=OriginKind.IMPORT, ref="536365"),
    lines=(
        OrderLine(
            line_id="1",
            sku="MUG-BLUE",
            name="Blue mug",
            quantity=2,
            unit_price_minor=999,
            catalogue_unit_price_minor=1_250,
            agreed_price_reason="historical",
            price_id=PRICE_ID,
            tax_class="standard",
            tax_ppm=200_000,
            tax_included=True,
            discounts_minor=(100, 20),
            gross_minor=1_998,
            net_minor=1_878,
            tax_minor=313,
            total_minor=1_878,
        ),
        OrderLine(
            line_id="2",
            sku="BOOK",
            name="Book",
            quantity=1,
            unit_price_minor=0,
            catalogue_unit_price_minor=0,
            price_id=PRICE_ID,
            tax_class="zero",
            tax_ppm=0,
            tax_included=False,
            gross_minor=0,
            net_minor=0,
            tax_minor=0,
            total_minor=0,
        ),
    ),
    shipping_lines=(
        ShippingLine(
            method="standard",
            amount_minor=395,
            discount_minor=0,
            tax_class="standard",
            tax_ppm=200_000,
            tax_included=True,
            tax_minor=66,
            total_minor=395,
        ),
    ),
    totals=TOTALS,
    calc_version=1,
    policy_version="default-1",
    fingerprint="c0ffee" * 10,
    shipping_method="standard",
    payment_method_ref="pm_1",
    allow_backorder=True,
    allow_split=True,
    personal=OrderPersonal(
        shipping_address=ADDRESS, billing_address=ADDRESS, note="\N{WRAPPED PRESENT} please"
    ),
    coupons=(AppliedCoupon(code="SPRING", redemption_id="r1", discount_minor=120),),
    pay_by=LATER,
    credit=AppliedCredit(
        return_id="0196a000-0000-7000-8000-0000000000f9",
        order_id="0196a000-0000-7000-8000-0000000000d9",
        amount_minor=500,
    ),
)
CANCELLED: Final = OrderCancelled(
    order_id=ORDER_ID,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=PLACED_AT,
    cancellation_id=CANCELLATION_ID,
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    lines=(
        CancelledLine(
            line_id="1", sku="MUG-BLUE", quantity=2, value_minor=1_998, total_minor=1_878
        ),
    ),
    totals=TOTALS,
    released=TWO,
    voided_minor=1_000,
    refunded_minor=878,
)

EDITED: Final = EditedContent(
    lines=PLACED.lines,
    shipping_lines=tuple(replace(each, method="express") for each in PLACED.shipping_lines),
    coupons=PLACED.coupons,
)

GOLDEN_ORDERS: Final[dict[tuple[str, int], OrderEvent]] = {
    ("order-placed", 3): PLACED,
    ("order-shipping-address-changed", 1): OrderShippingAddressChanged(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=PLACED_AT,
        personal=ShippingAddressPersonal(shipping_address=ADDRESS),
    ),
    ("order-cancellation-requested", 1): OrderCancellationRequested(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=PLACED_AT,
        cancellation_id=CANCELLATION_ID,
        reason_code=CancellationReason.CUSTOMER_REQUEST,
        requested_by=ActorKind.CUSTOMER,
        scope=CancellationScope.ALL,
        personal=FreeTextPersonal(text="ordered twice"),
    ),
    ("order-cancelled", 2): CANCELLED,
    ("order-note-added", 1): OrderNoteAdded(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=PLACED_AT,
        note_id="0196a000-0000-7000-8000-0000000000f1",
        visibility=NoteVisibility.INTERNAL,
        personal=FreeTextPersonal(text='said "later"'),
    ),
    ("order-confirmed", 1): OrderConfirmed(
        **ABOUT, allocations=TWO, backorders=ONE, authorised_minor=2**53 - 1
    ),
    ("order-rejected", 1): OrderRejected(
        **ABOUT,
        reason=RejectionReason.OUT_OF_STOCK,
        details="MUG-BLUE: 1 of 2",
        lines=GONE,
        totals=TOTALS,
    ),
    ("order-expired", 1): OrderExpired(**ABOUT, deadline=LATER, lines=GONE, totals=TOTALS),
    ("order-held", 1): OrderHeld(
        **ABOUT,
        hold_id="h1",
        kind=HoldKind.FRAUD,
        personal=FreeTextPersonal(text="risk “87”"),
    ),
    ("order-hold-released", 1): OrderHoldReleased(
        **ABOUT,
        hold_id="h1",
        kind=HoldKind.FRAUD,
        decision=HoldDecision.APPROVE,
        personal=FreeTextPersonal(text="called her"),
    ),
    ("order-lines-cancelled", 1): OrderLinesCancelled(
        **ABOUT,
        cancellation_id=CANCELLATION_ID,
        reason_code=CancellationReason.OUT_OF_STOCK,
        lines=GONE,
        totals_after=TOTALS,
        refund_due_minor=99,
    ),
    ("order-edit-proposed", 1): OrderEditProposed(
        **ABOUT,
        edit_id=EDIT_ID,
        operations=(
            EditOperation(
                kind=EditKind.ADD_LINE,
                line_id="3",
                sku="PEN",
                quantity=1,
                amount_minor=150,
                reason="goodwill",
            ),
            EditOperation(kind=EditKind.SET_SHIPPING, shipping_method="express"),
            EditOperation(kind=EditKind.REMOVE_COUPON, coupon_code="SUMMER"),
        ),
        content=EDITED,
        totals_before=TOTALS,
        totals_after=replace(TOTALS, grand_minor=5),
        delta_minor=-120,
        calc_version=1,
        policy_version="2026-1",
    ),
    ("order-edited", 1): OrderEdited(
        **ABOUT,
        edit_id=EDIT_ID,
        changes=(
            LineChange(
                line_id="3",
                sku="PEN",
                name="Pen",
                lines=1,
                quantity=1,
                value_minor=150,
                discount_minor=-12,
            ),
        ),
        content=EDITED,
        totals_before=TOTALS,
        totals_after=replace(TOTALS, grand_minor=5),
        allocations=ONE,
        backorders=TWO,
    ),
    ("order-edit-rejected", 1): OrderEditRejected(**ABOUT, edit_id=EDIT_ID, reason="out_of_stock"),
    ("order-cancellation-refused", 1): OrderCancellationRefused(
        **ABOUT, cancellation_id=CANCELLATION_ID, reason="already_shipped"
    ),
    ("order-lines-backordered", 1): OrderLinesBackordered(
        **ABOUT, operation_id="short-1", lines=ONE, expected_at=LATER
    ),
    ("order-lines-allocated", 1): OrderLinesAllocated(**ABOUT, operation_id="fill-1", lines=ONE),
    ("order-lines-shipped", 1): OrderLinesShipped(**ABOUT, shipment_id=SHIPMENT_ID, lines=TWO),
    ("order-lines-delivered", 1): OrderLinesDelivered(
        **ABOUT, shipment_id=SHIPMENT_ID, lines=TWO, delivered_at=LATER
    ),
    ("order-return-requested", 1): OrderReturnRequested(**ABOUT, return_id=RETURN_ID, lines=TWO),
    ("order-return-ended", 1): OrderReturnEnded(**ABOUT, return_id=RETURN_ID, lines=ONE),
    ("order-lines-returned", 1): OrderLinesReturned(
        **ABOUT,
        return_id=RETURN_ID,
        lines=(
            ReturnedLine(
                line_id="1",
                sku="MUG-BLUE",
                quantity=1,
                value_minor=999,
                total_minor=939,
                written_off_quantity=1,
            ),
        ),
        refund_due_minor=939,
    ),
    ("order-payment-recorded", 1): OrderPaymentRecorded(
        **ABOUT,
        payment_id=PAYMENT_ID,
        kind=PaymentFactKind.CAPTURED,
        operation_id="capture-1",
        amount_minor=1_878,
    ),
    ("order-completed", 1): OrderCompleted(
        **ABOUT,
        settled=SettledTotals(due_minor=1_878, captured_minor=1_878, refunded_minor=939),
    ),
    ("order-flagged-overdue", 1): OrderFlaggedOverdue(
        **ABOUT, stage="fulfilling", since=LATER, sla_seconds=172_800
    ),
    ("order-placed", 1): replace(PLACED, coupons=(), pay_by=None, credit=None),
    ("order-placed", 2): replace(PLACED, credit=None),
    ("order-cancelled", 1): replace(CANCELLED, released=(), voided_minor=0, refunded_minor=0),
}
"""(stored type, schema version) -> the event that its file means, in today's form."""


def an_order_life() -> list[OrderEvent]:
    """A life that leaves no field of an order at its default; its end is still to come.

    The book is cancelled before it is there. One mug is sent, wanted back in vain, sent back and
    accepted; the other one is about to be cancelled.
    """
    golden = GOLDEN_ORDERS
    proposed = golden["order-edit-proposed", 1]
    requested = golden["order-cancellation-requested", 1]
    refused = golden["order-cancellation-refused", 1]
    confirmed = golden["order-confirmed", 1]
    captured = golden["order-payment-recorded", 1]
    fewer = golden["order-lines-cancelled", 1]
    shipped, delivered = golden["order-lines-shipped", 1], golden["order-lines-delivered", 1]
    wanted_back, kept = golden["order-return-requested", 1], golden["order-return-ended", 1]
    book = LineQuantity(line_id="2", sku="BOOK", quantity=1)
    no_book = CancelledLine(line_id="2", sku="BOOK", quantity=1, value_minor=0, total_minor=0)
    return [
        PLACED,
        golden["order-note-added", 1],
        golden["order-shipping-address-changed", 1],
        golden["order-held", 1],
        golden["order-hold-released", 1],
        replace(proposed, edit_id="made"),
        replace(golden["order-edited", 1], edit_id="made", allocations=(), backorders=()),
        replace(proposed, edit_id="withdrawn"),
        replace(golden["order-edit-rejected", 1], edit_id="withdrawn"),
        replace(captured, kind=PaymentFactKind.AUTHORIZED, operation_id="request-1"),
        replace(requested, cancellation_id="too-late"),
        replace(refused, cancellation_id="too-late"),
        replace(confirmed, backorders=(book,)),
        golden["order-lines-backordered", 1],
        golden["order-lines-allocated", 1],
        replace(fewer, cancellation_id="no-book", lines=(no_book,)),
        replace(shipped, lines=ONE),
        captured,
        replace(delivered, lines=ONE),
        replace(wanted_back, return_id="in-vain", lines=ONE),
        replace(kept, return_id="in-vain"),
        replace(wanted_back, lines=ONE),
        golden["order-lines-returned", 1],
        golden["order-flagged-overdue", 1],
        proposed,
        replace(requested, scope=CancellationScope.REMAINING),
    ]
