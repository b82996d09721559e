"""Which orders, products and people do the tests talk about?

The only builders: each takes the fields that a test cares about and fills in the rest.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from commands.activate_product import ActivateProduct
from commands.add_address import AddAddress
from commands.add_note import AddNote
from commands.block_customer import BlockCustomer
from commands.cancel_order import CancelOrder
from commands.change_contact import ChangeContact
from commands.change_shipping_address import ChangeShippingAddress
from commands.change_tax_class import ChangeTaxClass
from commands.discontinue_product import DiscontinueProduct
from commands.place_order import PlaceOrder, PlaceOrderLine
from commands.register_customer import RegisterCustomer
from commands.register_product import RegisterProduct
from commands.registry import Command
from commands.remove_address import RemoveAddress
from commands.rename_product import RenameProduct
from commands.set_price import SetPrice
from commands.unblock_customer import UnblockCustomer
from commands.withdraw_price import WithdrawPrice
from domain.envelope import Actor, ActorKind
from domain.order_events import OrderPlaced
from domain.order_parts import (
    Address,
    CancellationReason,
    NoteVisibility,
    OrderLine,
    OrderPersonal,
    Origin,
    OriginKind,
    ShippingLine,
    Totals,
)
from domain.policy import Policy, ShippingMethod

NOW: Final = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
LAST_YEAR: Final = datetime(2025, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

SKU: Final = "MUG-BLUE"
PRICE_ID: Final = "0196a000-0000-7000-8000-00000000000a"
CUSTOMER_ID: Final = "0196a000-0000-7000-8000-0000000000c1"
OTHER_CUSTOMER_ID: Final = "0196a000-0000-7000-8000-0000000000c2"
ORDER_ID: Final = "0196a000-0000-7000-8000-0000000000d1"
ORDER_NUMBER: Final = "W26-0004711-T"
EMAIL_CLAIM: Final = "5f" * 32
OTHER_EMAIL_CLAIM: Final = "6e" * 32
ADDRESS_ID: Final = "0196a000-0000-7000-8000-0000000000ad"

STAFF: Final = Actor(ActorKind.STAFF, "jo")
SYSTEM: Final = Actor(ActorKind.SYSTEM, "importer")
CUSTOMER: Final = Actor(ActorKind.CUSTOMER, CUSTOMER_ID)
OTHER_CUSTOMER: Final = Actor(ActorKind.CUSTOMER, OTHER_CUSTOMER_ID)
CARRIER: Final = Actor(ActorKind.CARRIER, "parcels-r-us")

ADDRESS: Final = Address(
    recipient="Ada Lovelace", line1="12 St James's Square", city="London", country="GB"
)

POLICY: Final = Policy(
    version="test-1",
    tax_ppm={
        ("zero", "*"): 0,
        ("standard", "GB"): 200_000,
        ("standard", "DE"): 190_000,
        ("reduced", "GB"): 50_000,
    },
    shipping_methods={
        "standard": ShippingMethod(
            code="standard", prices_minor={"GBP": 395}, tax_class="standard", tax_included=True
        ),
        "pallet": ShippingMethod(
            code="pallet",
            prices_minor={"GBP": 4_999, "EUR": 6_001},
            tax_class="standard",
            tax_included=False,
            countries=frozenset({"GB", "IE"}),
        ),
    },
)

WEB: Final = Origin(kind=OriginKind.WEB)
IMPORT: Final = Origin(kind=OriginKind.IMPORT, ref="536365")

_A_PRODUCT: Final = RegisterProduct(
    actor=STAFF,
    asked_at=NOW,
    sku=SKU,
    name="Blue mug",
    tax_class="standard",
    requires_shipping=True,
    returnable=True,
    weight_grams=340,
    return_window_days=30,
)
_A_PRICE: Final = SetPrice(
    actor=STAFF,
    asked_at=NOW,
    sku=SKU,
    price_id=PRICE_ID,
    price_list="retail",
    currency="GBP",
    amount_minor=1_250,
    tax_included=True,
    valid_from=LAST_YEAR,
)
_A_CUSTOMER: Final = RegisterCustomer(
    actor=STAFF,
    asked_at=NOW,
    customer_id=CUSTOMER_ID,
    email="ada@example.org",
    name="Ada Lovelace",
    locale="en-GB",
    email_claim=EMAIL_CLAIM,
)
_A_CONTACT_CHANGE: Final = ChangeContact(
    actor=CUSTOMER,
    asked_at=NOW,
    customer_id=CUSTOMER_ID,
    email="countess@example.org",
    name="Ada King",
    locale="en-GB",
    email_claim=OTHER_EMAIL_CLAIM,
)
_AN_ADDRESS_TO_KEEP: Final = AddAddress(
    actor=CUSTOMER,
    asked_at=NOW,
    customer_id=CUSTOMER_ID,
    address_id=ADDRESS_ID,
    address=ADDRESS,
)
_A_LINE: Final = PlaceOrderLine(line_id="1", sku=SKU, quantity=2)
_AN_ORDER: Final = PlaceOrder(
    order_id=ORDER_ID,
    order_number=ORDER_NUMBER,
    fingerprint="fingerprint-1",
    actor=CUSTOMER,
    asked_at=NOW,
    policy=POLICY,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    price_list="retail",
    channel="web",
    country="GB",
    origin=WEB,
    lines=(_A_LINE,),
    shipping_address=ADDRESS,
)
_A_PLACED_ORDER: Final = OrderPlaced(
    order_id=ORDER_ID,
    order_number=ORDER_NUMBER,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=NOW,
    price_list="retail",
    origin=WEB,
    lines=(
        OrderLine(
            line_id="1",
            sku=SKU,
            name="Blue mug",
            quantity=2,
            unit_price_minor=1_250,
            catalogue_unit_price_minor=1_250,
            price_id=PRICE_ID,
            tax_class="standard",
            tax_ppm=200_000,
            tax_included=True,
            gross_minor=2_500,
            net_minor=2_500,
            tax_minor=417,
            total_minor=2_500,
        ),
    ),
    shipping_lines=(),
    totals=Totals(
        subtotal_minor=2_500, discount_minor=0, shipping_minor=0, tax_minor=417, grand_minor=2_500
    ),
    calc_version=1,
    policy_version="test-1",
    fingerprint="fingerprint-1",
    personal=OrderPersonal(shipping_address=ADDRESS),
    pay_by=NOW + 15 * MINUTE,
)
_A_SHIPPING_LINE: Final = ShippingLine(
    method="standard",
    amount_minor=395,
    discount_minor=0,
    tax_class="standard",
    tax_ppm=200_000,
    tax_included=True,
    tax_minor=66,
    total_minor=395,
)
_AN_ADDRESS_CHANGE: Final = ChangeShippingAddress(
    actor=CUSTOMER,
    asked_at=NOW,
    order_id=ORDER_ID,
    address=replace(ADDRESS, line1="6 Dorset Street", postal_code="W1U 6QL"),
)
_A_CANCELLATION: Final = CancelOrder(
    actor=CUSTOMER,
    asked_at=NOW,
    order_id=ORDER_ID,
    cancellation_id="0196a000-0000-7000-8000-0000000000e1",
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    note="ordered twice",
)
_A_NOTE: Final = AddNote(
    actor=CUSTOMER,
    asked_at=NOW,
    order_id=ORDER_ID,
    note_id="0196a000-0000-7000-8000-0000000000f1",
    text="Please ring twice",
    visibility=NoteVisibility.CUSTOMER,
)


def a_product(**fields: object) -> RegisterProduct:
    """A wish to register the blue mug."""
    return replace(_A_PRODUCT, **fields)


def an_activation(**fields: object) -> ActivateProduct:
    """A wish to sell the blue mug."""
    return replace(ActivateProduct(actor=STAFF, asked_at=NOW, sku=SKU), **fields)


def a_discontinuation(**fields: object) -> DiscontinueProduct:
    """A wish to sell the blue mug no more."""
    wish = DiscontinueProduct(actor=STAFF, asked_at=NOW, sku=SKU, reason="chipped")
    return replace(wish, **fields)


def a_rename(**fields: object) -> RenameProduct:
    """A wish to call the blue mug by another name."""
    return replace(RenameProduct(actor=STAFF, asked_at=NOW, sku=SKU, name="Azure mug"), **fields)


def a_tax_class_change(**fields: object) -> ChangeTaxClass:
    """A wish to tax the blue mug otherwise."""
    wish = ChangeTaxClass(actor=STAFF, asked_at=NOW, sku=SKU, tax_class="reduced")
    return replace(wish, **fields)


def a_price(**fields: object) -> SetPrice:
    """A wish to sell the blue mug at 12.50 pounds, tax included, since last year."""
    return replace(_A_PRICE, **fields)


def a_price_withdrawal(**fields: object) -> WithdrawPrice:
    """A wish to forget the price of the blue mug."""
    wish = WithdrawPrice(actor=STAFF, asked_at=NOW, sku=SKU, price_id=PRICE_ID, reason="typo")
    return replace(wish, **fields)


def a_customer(**fields: object) -> RegisterCustomer:
    """A wish to register Ada."""
    return replace(_A_CUSTOMER, **fields)


def a_contact_change(**fields: object) -> ChangeContact:
    """A wish of Ada's to be reached at another e-mail address."""
    return replace(_A_CONTACT_CHANGE, **fields)


def an_address_to_keep(**fields: object) -> AddAddress:
    """A wish of Ada's to keep her address."""
    return replace(_AN_ADDRESS_TO_KEEP, **fields)


def an_address_removal(**fields: object) -> RemoveAddress:
    """A wish of Ada's to keep her address no longer."""
    wish = RemoveAddress(
        actor=CUSTOMER, asked_at=NOW, customer_id=CUSTOMER_ID, address_id=ADDRESS_ID
    )
    return replace(wish, **fields)


def a_block(**fields: object) -> BlockCustomer:
    """A wish to take no more orders from Ada."""
    wish = BlockCustomer(actor=STAFF, asked_at=NOW, customer_id=CUSTOMER_ID, reason="chargebacks")
    return replace(wish, **fields)


def an_unblock(**fields: object) -> UnblockCustomer:
    """A wish to take orders from Ada again."""
    wish = UnblockCustomer(actor=STAFF, asked_at=NOW, customer_id=CUSTOMER_ID, reason="paid")
    return replace(wish, **fields)


def a_line(**fields: object) -> PlaceOrderLine:
    """Two blue mugs, wanted."""
    return replace(_A_LINE, **fields)


def an_order(**fields: object) -> PlaceOrder:
    """A wish of Ada's for two blue mugs."""
    return replace(_AN_ORDER, **fields)


def an_address_change(**fields: object) -> ChangeShippingAddress:
    """A wish to send the mugs to Ada's other address."""
    return replace(_AN_ADDRESS_CHANGE, **fields)


def a_cancellation(**fields: object) -> CancelOrder:
    """A wish to cancel Ada's order."""
    return replace(_A_CANCELLATION, **fields)


def a_note(**fields: object) -> AddNote:
    """A wish to add a note to Ada's order."""
    return replace(_A_NOTE, **fields)


def a_placed_order(**fields: object) -> OrderPlaced:
    """What follows from `an_order()` in `a_shop()`."""
    return replace(_A_PLACED_ORDER, **fields)


def a_sold_line(**fields: object) -> OrderLine:
    """The line of `a_placed_order()`."""
    return replace(_A_PLACED_ORDER.lines[0], **fields)


def a_shipping_line(**fields: object) -> ShippingLine:
    """What the method `standard` costs in Great Britain."""
    return replace(_A_SHIPPING_LINE, **fields)


def a_shop() -> tuple[Command, ...]:
    """What has to be done before `an_order()` can be placed."""
    return (a_product(), an_activation(), a_price(), a_customer())
