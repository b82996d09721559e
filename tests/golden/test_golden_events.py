"""Can every event that was ever stored still be read, and is its text still the same?

A file is written once per event type and schema version and never edited: what is written is what
is hashed and archived. A changed form is a new schema version with a new file and an upcaster.
"""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from domain.customer import (
    CustomerAddressAdded,
    CustomerAddressPersonal,
    CustomerAddressRemoved,
    CustomerBlocked,
    CustomerContactChanged,
    CustomerPersonal,
    CustomerRegistered,
    CustomerUnblocked,
    EmailClaimed,
)
from domain.envelope import ActorKind
from domain.events import EVENT_NAMES, EVENT_TYPES, Event
from domain.order import (
    Address,
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    NoteVisibility,
    OrderCancellationRequested,
    OrderCancelled,
    OrderLine,
    OrderNoteAdded,
    OrderPersonal,
    OrderPlaced,
    OrderShippingAddressChanged,
    Origin,
    OriginKind,
    ShippingAddressPersonal,
    ShippingLine,
    Totals,
)
from domain.product import (
    ProductActivated,
    ProductDiscontinued,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
)
from sql.codec import decode_event, encode_data
from tests.golden.golden_stock import GOLDEN_STOCK

FOLDER: Final = Path(__file__).parent

PRICE_ID: Final = "0196a000-0000-7000-8000-00000000000a"
CUSTOMER_ID: Final = "0196a000-0000-7000-8000-0000000000c1"
ORDER_ID: Final = "0196a000-0000-7000-8000-0000000000d1"
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

GOLDEN: Final[dict[tuple[str, int], Event]] = {
    ("product-registered", 1): ProductRegistered(
        sku="MUG-BLUE",
        name="Blue mug, 0.3 l, “Küche”",
        tax_class="standard",
        requires_shipping=True,
        returnable=True,
        weight_grams=340,
        return_window_days=30,
    ),
    ("product-activated", 1): ProductActivated(sku="MUG-BLUE"),
    ("product-discontinued", 1): ProductDiscontinued(sku="MUG-BLUE", reason="chipped\nall of them"),
    ("product-price-set", 1): ProductPriceSet(
        sku="MUG-BLUE",
        price_id=PRICE_ID,
        price_list="retail",
        currency="GBP",
        amount_minor=1_250,
        tax_included=True,
        valid_from=datetime(2025, 1, 1, tzinfo=UTC),
        valid_to=datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        closes_price_id="0196a000-0000-7000-8000-00000000000b",
    ),
    ("product-price-withdrawn", 1): ProductPriceWithdrawn(
        sku="MUG-BLUE", price_id=PRICE_ID, price_list="retail", currency="GBP", reason="typo"
    ),
    ("customer-registered", 1): CustomerRegistered(
        customer_id=CUSTOMER_ID,
        locale="en-GB",
        email_claim="5f" * 32,
        personal=CustomerPersonal(email="zoë@example.org", name="Zoë O'Hara 李"),
    ),
    ("customer-contact-changed", 1): CustomerContactChanged(
        customer_id=CUSTOMER_ID,
        locale="de-AT",
        email_claim="6e" * 32,
        personal=CustomerPersonal(email="zoë@example.com", name="Zoë King"),
    ),
    ("customer-address-added", 1): CustomerAddressAdded(
        customer_id=CUSTOMER_ID,
        address_id="0196a000-0000-7000-8000-0000000000ad",
        personal=CustomerAddressPersonal(address=ADDRESS),
    ),
    ("customer-address-removed", 1): CustomerAddressRemoved(
        customer_id=CUSTOMER_ID, address_id="0196a000-0000-7000-8000-0000000000ad"
    ),
    ("customer-blocked", 1): CustomerBlocked(
        customer_id=CUSTOMER_ID, personal=FreeTextPersonal(text="three “chargebacks”")
    ),
    ("customer-unblocked", 1): CustomerUnblocked(
        customer_id=CUSTOMER_ID, personal=FreeTextPersonal(text="paid")
    ),
    ("email-claimed", 1): EmailClaimed(claim="5f" * 32, customer_id=CUSTOMER_ID),
    ("order-placed", 1): OrderPlaced(
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
    ),
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
    ("order-cancelled", 1): OrderCancelled(
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
    ),
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
    **GOLDEN_STOCK,
}
"""(stored type, schema version) -> the event that its file means."""


def stored(event_type: str, schema_version: int) -> bytes:
    path = FOLDER / f"{event_type}.v{schema_version}.json"
    return path.read_bytes().removesuffix(b"\n")


def test_every_event_type_and_every_file_has_its_place_here() -> None:
    files = {path.stem for path in FOLDER.glob("*.json")}
    assert files == {f"{event_type}.v{version}" for event_type, version in GOLDEN}
    current = {(name, version) for name, (_, version) in EVENT_TYPES.items()}
    assert current <= GOLDEN.keys()


@pytest.mark.parametrize(("event_type", "schema_version"), GOLDEN)
def test_a_stored_event_is_read_as_what_it_meant(event_type: str, schema_version: int) -> None:
    text = stored(event_type, schema_version)
    assert decode_event(event_type, schema_version, text) == GOLDEN[event_type, schema_version]


@pytest.mark.parametrize("event", GOLDEN.values())
def test_the_same_event_is_stored_as_the_same_text(event: Event) -> None:
    assert encode_data(event) == stored(*EVENT_NAMES[type(event)])


@pytest.mark.parametrize("event", GOLDEN.values())
def test_a_golden_event_leaves_no_field_at_its_default(event: Event) -> None:
    """A field that only ever stood at its default could be renamed without a test failing."""
    assert is_dataclass(event)
    assert [field.name for field in fields(event) if getattr(event, field.name) is None] == []
