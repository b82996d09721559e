"""What do the streams of customers, e-mail addresses and orders amount to?"""

from dataclasses import astuple, replace

import pytest
from immutables import Map

from domain.about_order import OrderFacts
from domain.customer import (
    Customer,
    CustomerRegistered,
    CustomerStatus,
    EmailClaim,
    EmailClaimed,
    contact_digest,
)
from domain.digest import digest_of
from domain.envelope import ActorKind
from domain.events import Event
from domain.fold import State, as_customer, as_email_claim, as_order, as_product, evolve
from domain.order import Cancellation, Lifecycle, Note, Order
from domain.order_events import (
    OrderCancellationRefused,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderFlaggedOverdue,
    OrderHeld,
    OrderNoteAdded,
    OrderRejected,
    OrderShippingAddressChanged,
)
from domain.order_parts import (
    CancellationReason,
    CancellationScope,
    FreeTextPersonal,
    HoldKind,
    NoteVisibility,
    OriginKind,
    RejectionReason,
    ShippingAddressPersonal,
)
from domain.order_progress import LineProgress
from domain.product import ProductActivated, ProductRegistered
from tests.examples import (
    ADDRESS,
    CUSTOMER_ID,
    EMAIL_CLAIM,
    MINUTE,
    NOW,
    ORDER_ID,
    ORDER_NUMBER,
    SKU,
    a_placed_order,
)

PLACED = a_placed_order()
ELSEWHERE = replace(ADDRESS, line1="6 Dorset Street")
ABOUT = OrderFacts(
    order_id=ORDER_ID,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=NOW,
)
MOVED = OrderShippingAddressChanged(
    **ABOUT,
    personal=ShippingAddressPersonal(shipping_address=ELSEWHERE),
)
REQUESTED = OrderCancellationRequested(
    **ABOUT,
    cancellation_id="c1",
    reason_code=CancellationReason.FRAUD,
    requested_by=ActorKind.STAFF,
    scope=CancellationScope.ALL,
)
CANCELLED = OrderCancelled(
    **ABOUT,
    cancellation_id="c1",
    reason_code=CancellationReason.FRAUD,
    lines=(),
    totals=PLACED.totals,
)
NOTED = OrderNoteAdded(
    **ABOUT,
    note_id="n1",
    visibility=NoteVisibility.INTERNAL,
    personal=FreeTextPersonal(text="rude"),
)
REFUSED = OrderCancellationRefused(**ABOUT, cancellation_id="c1", reason="packed")
CONFIRMED = OrderConfirmed(**ABOUT, allocations=(), backorders=(), authorised_minor=0)
REJECTED = OrderRejected(
    **ABOUT, reason=RejectionReason.FRAUD, details=None, lines=(), totals=PLACED.totals
)
HELD = OrderHeld(**ABOUT, hold_id="h", kind=HoldKind.FRAUD, personal=FreeTextPersonal(text="odd"))
FLAGGED = OrderFlaggedOverdue(**ABOUT, stage="paying", since=NOW, sla_seconds=1)
REGISTERED = CustomerRegistered(customer_id=CUSTOMER_ID)
PRODUCT = ProductRegistered(
    sku=SKU, name="Blue mug", tax_class="standard", requires_shipping=True, returnable=True
)
CLAIMED = EmailClaimed(claim=EMAIL_CLAIM, customer_id=CUSTOMER_ID)

AN_ORDER = Order(
    order_id=ORDER_ID,
    order_number=ORDER_NUMBER,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=NOW,
    fingerprint="fingerprint-1",
    version=1,
    price_list="retail",
    origin_kind=OriginKind.WEB,
    lifecycle=Lifecycle.PENDING,
    lines=PLACED.lines,
    progress=(LineProgress(line_id="1", sku=SKU, ordered=2),),
    shipping_lines=(),
    totals=PLACED.totals,
    coupons=(),
    shipping_country="GB",
    shipping_address_digest=digest_of(ORDER_ID, *astuple(ADDRESS)),
    payment_method_ref=None,
    pay_by=NOW + 15 * MINUTE,
    allow_backorder=False,
    allow_split=False,
    holds=Map(),
    notes=Map(),
    operations=Map(),
)
WISH = Cancellation("c1", CancellationReason.FRAUD, CancellationScope.ALL, Lifecycle.PENDING)


def fold(*events: Event) -> State | None:
    state: State | None = None
    for event in events:
        state = evolve(state, event)
    return state


def test_a_placed_order_is_pending_with_what_was_sold() -> None:
    assert fold(PLACED) == AN_ORDER
    assert AN_ORDER.is_pending
    assert AN_ORDER.tax_country == "GB"


def test_an_order_without_anything_personal_has_no_address() -> None:
    order = fold(a_placed_order(personal=None, country="EIRE"))
    nowhere = replace(AN_ORDER, shipping_country=None, shipping_address_digest=None)
    assert order == replace(nowhere, country="EIRE")
    assert isinstance(order, Order)
    assert not order.ships_to(ADDRESS)
    assert order.tax_country == "EIRE"


def test_an_order_follows_its_events() -> None:
    elsewhere = digest_of(ORDER_ID, *astuple(ELSEWHERE))
    moved = replace(AN_ORDER, version=2, shipping_address_digest=elsewhere)
    assert fold(PLACED, MOVED) == moved
    assert (moved.ships_to(ELSEWHERE), moved.ships_to(ADDRESS)) == (True, False)
    note = Note(digest_of(ORDER_ID, "rude"), NoteVisibility.INTERNAL)
    noted = replace(AN_ORDER, version=2, notes=Map(n1=note))
    assert fold(PLACED, NOTED) == noted
    cancelling = replace(AN_ORDER, version=2, lifecycle=Lifecycle.CANCELLING, cancellation=WISH)
    assert fold(PLACED, REQUESTED) == cancelling
    cancelled = replace(noted, version=4, lifecycle=Lifecycle.CANCELLED, cancellation=WISH)
    assert fold(PLACED, REQUESTED, CANCELLED, NOTED) == cancelled


def test_an_order_goes_on_from_where_it_was_when_its_cancellation_is_refused() -> None:
    assert fold(PLACED, REQUESTED, REFUSED) == replace(
        AN_ORDER, version=3, refused_cancellations=("c1",)
    )
    confirmed = fold(PLACED, CONFIRMED)
    assert isinstance(confirmed, Order)
    assert fold(PLACED, CONFIRMED, REQUESTED, REFUSED) == replace(
        confirmed, version=4, refused_cancellations=("c1",)
    )


def test_a_customer_and_an_email_address_keep_what_was_said() -> None:
    digest = contact_digest(REGISTERED)
    assert fold(REGISTERED) == Customer(
        customer_id=CUSTOMER_ID,
        status=CustomerStatus.ACTIVE,
        registration=digest,
        contact=digest,
        addresses=Map(),
    )
    assert fold(CLAIMED) == EmailClaim(claim=EMAIL_CLAIM, customer_id=CUSTOMER_ID)


def test_a_state_is_read_as_what_it_is_and_as_nothing_else() -> None:
    states = [fold(PLACED), fold(REGISTERED), fold(CLAIMED), fold(PRODUCT)]
    readers = [as_order, as_customer, as_email_claim, as_product]
    for own, reader in enumerate(readers):
        assert reader(None) is None
        assert reader(states[own]) is states[own]
        for other in states[:own] + states[own + 1 :]:
            with pytest.raises(AssertionError):
                reader(other)


@pytest.mark.parametrize(
    "past",
    [
        (PLACED, PLACED),
        (MOVED,),
        (PLACED, REQUESTED, MOVED),
        (PLACED, REQUESTED, REQUESTED),
        (PLACED, CANCELLED),
        (PLACED, REFUSED),
        (PLACED, REQUESTED, replace(REFUSED, cancellation_id="c2")),
        (PLACED, REQUESTED, CANCELLED, CANCELLED),
        (PLACED, REQUESTED, CANCELLED, CONFIRMED),
        (PLACED, REJECTED, REQUESTED),
        (PLACED, CONFIRMED, CONFIRMED),
        (PLACED, CONFIRMED, REJECTED),
        (PLACED, REJECTED, MOVED),
        (PLACED, HELD, HELD),
        (PLACED, FLAGGED, FLAGGED),
        (HELD,),
        (PLACED, NOTED, NOTED),
        (REGISTERED, REGISTERED),
        (CLAIMED, CLAIMED),
        (ProductActivated(sku=SKU),),
        (PLACED, ProductActivated(sku=SKU)),
        (REGISTERED, CLAIMED),
        (CLAIMED, REGISTERED),
        (REGISTERED, NOTED),
    ],
)
def test_a_past_that_cannot_be_is_a_bug(past: tuple[Event, ...]) -> None:
    with pytest.raises(AssertionError):
        fold(*past)
