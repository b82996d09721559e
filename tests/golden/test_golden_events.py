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
from domain.events import EVENT_NAMES, EVENT_TYPES, Event
from domain.order_parts import (
    FreeTextPersonal,
)
from domain.product import (
    ProductActivated,
    ProductDiscontinued,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
    ProductRenamed,
    ProductTaxClassChanged,
)
from sql.codec import decode_event, encode_data
from tests.golden.golden_coupons import GOLDEN_COUPONS
from tests.golden.golden_fulfilment import GOLDEN_FULFILMENT
from tests.golden.golden_orders import (
    ADDRESS,
    CUSTOMER_ID,
    GOLDEN_ORDERS,
    PRICE_ID,
)
from tests.golden.golden_payments import GOLDEN_PAYMENTS
from tests.golden.golden_returns import GOLDEN_RETURNS
from tests.golden.golden_shipments import GOLDEN_SHIPMENTS
from tests.golden.golden_stock import GOLDEN_STOCK

FOLDER: Final = Path(__file__).parent

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
    ("product-renamed", 1): ProductRenamed(sku="MUG-BLUE", name="Azure mug, 0.3 l, “Küche”"),
    ("product-tax-class-changed", 1): ProductTaxClassChanged(sku="MUG-BLUE", tax_class="reduced"),
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
    **GOLDEN_ORDERS,
    **GOLDEN_STOCK,
    **GOLDEN_COUPONS,
    **GOLDEN_PAYMENTS,
    **GOLDEN_SHIPMENTS,
    **GOLDEN_FULFILMENT,
    **GOLDEN_RETURNS,
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


OF_TODAY: Final = [GOLDEN[name] for name in EVENT_NAMES.values()]


@pytest.mark.parametrize("event", OF_TODAY)
def test_the_same_event_is_stored_as_the_same_text(event: Event) -> None:
    assert encode_data(event) == stored(*EVENT_NAMES[type(event)])


@pytest.mark.parametrize("event", OF_TODAY)
def test_a_golden_event_leaves_no_field_at_its_default(event: Event) -> None:
    """A field that only ever stood at its default could be renamed without a test failing."""
    assert is_dataclass(event)
    assert [field.name for field in fields(event) if getattr(event, field.name) is None] == []
