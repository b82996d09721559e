"""What can be asked about an order over HTTP? What stops it stands in `order_stops.py`."""

from http import HTTPStatus
from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.documented_dry_runs import order_dry_run
from api.fields import Uuid
from api.order_bodies import (
    AddNoteBody,
    ChangeShippingAddressBody,
    PlaceOrderBody,
)
from api.services import ORDER_BODY_BYTES_MAX
from commands.add_note import AddNote
from commands.change_shipping_address import ChangeShippingAddress
from commands.place_order import PlaceOrder, PlaceOrderLine
from domain.order_parts import Origin

TAG: Final = "Orders"
ORDER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01"
CUSTOMER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02"
LOCATION: Final = "/v1/orders/{id}"
COUPON_REFUSALS: Final = (
    "coupon_already_applied",
    "coupon_not_found",
    "coupon_not_stackable",
    "coupon_currency_mismatch",
    "coupon_not_active",
    "coupon_exhausted",
    "coupon_customer_limit",
    "coupon_min_not_met",
    "coupon_not_applicable",
)
_ADDRESS: Final = {
    "recipient": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


async def place_order(ask: Ask, body: PlaceOrderBody) -> PlaceOrder:
    """Place an order. Prices are looked up in the catalogue at this moment.

    `order_id` is yours: the same id with the same body answers the same order again, with another
    body it is refused. The order is visible in queries that ask for `min_position`. A dry run
    answers the prices, discounts, taxes and totals that the order would have.
    """
    order_number = await ask.services.order_numbers.take(
        body.channel, body.occurred_at or ask.asked_at
    )
    return PlaceOrder(
        order_id=body.order_id,
        order_number=order_number,
        fingerprint=ask.fingerprint.hex(),
        actor=ask.actor,
        asked_at=ask.asked_at,
        policy=ask.services.policy,
        customer_id=body.customer_id,
        currency=body.currency,
        price_list=body.price_list,
        channel=body.channel,
        country=body.country,
        origin=Origin(kind=body.origin.kind, ref=body.origin.ref),
        lines=tuple(
            PlaceOrderLine(
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                expected_unit_price_minor=line.expected_unit_price_minor,
                agreed_unit_price_minor=line.agreed_unit_price_minor,
                agreed_price_reason=line.agreed_price_reason,
            )
            for line in body.lines
        ),
        agreed_shipping_minor=body.agreed_shipping_minor,
        coupon_codes=body.coupon_codes,
        shipping_address=body.shipping_address and body.shipping_address.address(),
        billing_address=body.billing_address and body.billing_address.address(),
        shipping_method=body.shipping_method,
        payment_method_ref=body.payment_method_ref,
        allow_backorder=body.allow_backorder,
        allow_split=body.allow_split,
        note=body.note,
        expected_total_minor=body.expected_total_minor,
        occurred_at=body.occurred_at,
    )


async def change_shipping_address(
    ask: Ask, order_id: Uuid, body: ChangeShippingAddressBody
) -> ChangeShippingAddress:
    """Send a pending order to another address in the same country."""
    return ChangeShippingAddress(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        address=body.address.address(),
    )


async def add_note(ask: Ask, order_id: Uuid, body: AddNoteBody) -> AddNote:
    """Write a note on an order, in whatever state it is."""
    return AddNote(
        actor=ask.actor,
        asked_at=ask.asked_at,
        order_id=order_id,
        note_id=body.note_id,
        text=body.text,
        visibility=body.visibility,
    )


def answer_example(version: int, position: int) -> dict[str, str | int]:
    """Show the answer to a command about the order of the examples."""
    return {"id": ORDER_ID, "version": version, "position": position}


ORDER_COMMANDS: Final = (
    CommandRoute(
        "/v1/orders",
        place_order,
        CommandSettings(
            summary="Place an order",
            tag=TAG,
            example={
                "order_id": ORDER_ID,
                "customer_id": CUSTOMER_ID,
                "currency": "GBP",
                "price_list": "retail",
                "channel": "web",
                "country": "GB",
                "shipping_address": _ADDRESS,
                "shipping_method": "standard",
                "lines": [
                    {"line_id": "1", "sku": "85123A", "quantity": 6},
                    {
                        "line_id": "2",
                        "sku": "22423",
                        "quantity": 1,
                        "expected_unit_price_minor": 1275,
                    },
                ],
            },
            answer_example={**answer_example(1, 4711), "order_number": "W26-0004711-T"},
            location=LOCATION,
            refusals=(
                "order_already_exists",
                "price_changed",
                "empty_order",
                "too_many_lines",
                "quantity_invalid",
                "duplicate_line_id",
                "product_not_found",
                "product_not_sellable",
                "price_not_available",
                "amount_invalid",
                "amount_out_of_range",
                "currency_unsupported",
                "currency_mismatch",
                "return_not_found",
                "return_state_conflict",
                "return_credit_spent",
                "reason_required",
                "customer_blocked",
                "order_customer_unknown",
                "address_required",
                "shipping_method_not_applicable",
                *COUPON_REFUSALS,
                "occurred_at_in_future",
                "tax_rate_unknown",
            ),
            if_match=IfMatch.SENSELESS,
            body_bytes_max=ORDER_BODY_BYTES_MAX,
            # A line of the body names the product here, not the path.
            statuses={"product_not_found": HTTPStatus.UNPROCESSABLE_ENTITY},
            dry_run_example=order_dry_run(ORDER_ID, CUSTOMER_ID),
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/change-shipping-address",
        change_shipping_address,
        CommandSettings(
            summary="Send an order to another address",
            tag=TAG,
            example={"address": _ADDRESS},
            answer_example=answer_example(2, 4712),
            location=LOCATION,
            refusals=("order_not_found", "order_state_conflict", "edit_required"),
        ),
    ),
    CommandRoute(
        "/v1/orders/{order_id}/notes",
        add_note,
        CommandSettings(
            summary="Write a note on an order",
            tag=TAG,
            example={
                "note_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a04",
                "text": "Customer asks for delivery after 18:00.",
                "visibility": "internal",
            },
            answer_example=answer_example(4, 4714),
            location=LOCATION,
            refusals=("order_not_found", "operation_conflict"),
            if_match=IfMatch.ACCEPTED,
        ),
    ),
)
