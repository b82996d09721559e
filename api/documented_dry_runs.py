"""What do answers to dry runs look like, for the documentation?"""

from typing import Any, Final

_PLACED_AT: Final = "2026-11-20T10:15:00Z"

LINE_EXAMPLE: Final[dict[str, Any]] = {
    "line_id": "1",
    "sku": "85123A",
    "name": "White hanging heart T-light holder",
    "quantity": 6,
    "unit_price_minor": 295,
    "catalogue_unit_price_minor": 295,
    "agreed_price_reason": None,
    "price_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05",
    "tax_class": "standard",
    "tax_ppm": 200_000,
    "tax_included": True,
    "discounts_minor": [],
    "gross_minor": 1770,
    "net_minor": 1770,
    "tax_minor": 295,
    "total_minor": 1770,
}
_DELIVERY: Final[dict[str, Any]] = {
    "method": "standard",
    "amount_minor": 395,
    "discount_minor": 0,
    "tax_class": "standard",
    "tax_ppm": 200_000,
    "tax_included": True,
    "tax_minor": 66,
    "total_minor": 395,
}
_TOTALS: Final[dict[str, Any]] = {
    "subtotal_minor": 1770,
    "discount_minor": 0,
    "shipping_minor": 395,
    "tax_minor": 361,
    "grand_minor": 2165,
}


def order_dry_run(order_id: str, customer_id: str) -> dict[str, Any]:
    """Show what would follow from an order of six pieces with delivery."""
    return {
        "dry_run": True,
        "decided": [
            {
                "stream": f"order-{order_id}",
                "type": "order-placed",
                "schema_version": 3,
                "data": {
                    **_about(order_id, customer_id, order_number=""),
                    "price_list": "retail",
                    "origin": {"kind": "web", "ref": None},
                    "lines": [LINE_EXAMPLE],
                    "shipping_lines": [_DELIVERY],
                    "totals": _TOTALS,
                    "calc_version": 1,
                    "policy_version": "2026-1",
                    "fingerprint": "5f" * 32,
                    "shipping_method": "standard",
                    "payment_method_ref": None,
                    "allow_backorder": False,
                    "allow_split": False,
                    "personal": None,
                    "coupons": [],
                    "pay_by": "2026-11-20T10:30:00Z",
                    "credit": None,
                },
            }
        ],
    }


def edit_dry_run(edit_id: str, order_id: str, customer_id: str) -> dict[str, Any]:
    """Show what an order would come to with a change of one line."""
    operation = {
        "kind": "set_quantity",
        "line_id": "1",
        "sku": None,
        "quantity": 6,
        **dict.fromkeys(("amount_minor", "reason", "shipping_method", "coupon_code")),
    }
    return {
        "dry_run": True,
        "decided": [
            {
                "stream": f"order-{order_id}",
                "type": "order-edit-proposed",
                "schema_version": 1,
                "data": {
                    **_about(order_id, customer_id),
                    "edit_id": edit_id,
                    "operations": [operation],
                    "content": {
                        "lines": [LINE_EXAMPLE],
                        "shipping_lines": [_DELIVERY],
                        "coupons": [],
                    },
                    "totals_before": _TOTALS,
                    "totals_after": _TOTALS,
                    "delta_minor": 0,
                    "calc_version": 1,
                    "policy_version": "2026-1",
                },
            }
        ],
    }


def return_dry_run(return_id: str, order_id: str, customer_id: str) -> dict[str, Any]:
    """Show what would follow from the wish to send two pieces back."""
    pieces = {"line_id": "1", "sku": "85123A", "quantity": 2}
    about = {**_about(order_id, customer_id), "return_id": return_id}
    return {
        "dry_run": True,
        "decided": [
            {
                "stream": f"return-{return_id}",
                "type": "return-requested",
                "schema_version": 1,
                "data": {
                    **about,
                    "lines": [{**pieces, "reason_code": "unwanted"}],
                    "resolution": "refund",
                    "personal": None,
                },
            },
            {
                "stream": f"order-{order_id}",
                "type": "order-return-requested",
                "schema_version": 1,
                "data": {**about, "lines": [pieces]},
            },
        ],
    }


def _about(order_id: str, customer_id: str, **more: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        **more,
        "customer_id": customer_id,
        "currency": "GBP",
        "channel": "web",
        "country": "GB",
        "placed_at": _PLACED_AT,
    }
