"""What can be asked about stock over HTTP?

A stock is named by `<sku>@<location>`. The server decides again when others were faster, so no
version needs to be sent.
"""

from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import StockItemId, place_of
from api.stock_bodies import (
    AdjustStockBody,
    CountStockBody,
    ReceiveStockBody,
    RegisterStockItemBody,
    SetBackorderPolicyBody,
    SetSafetyStockBody,
)
from commands.adjust_stock import AdjustStock
from commands.count_stock import CountStock
from commands.receive_stock import ReceiveStock
from commands.register_stock_item import RegisterStockItem
from commands.set_backorder_policy import SetBackorderPolicy
from commands.set_safety_stock import SetSafetyStock

TAG: Final = "Stock"
STOCK_ITEM: Final = "85123A@MAIN"
MOVEMENT_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a09"
_LOCATION: Final = "/v1/stock/{id}"
_REFUSALS: Final = ("stock_item_not_found", "quantity_invalid")
_MOVEMENT_REFUSALS: Final = (*_REFUSALS, "operation_conflict")


async def register_stock_item(ask: Ask, body: RegisterStockItemBody) -> RegisterStockItem:
    """Keep a product at a location. The same again is no error."""
    return RegisterStockItem(
        actor=ask.actor, asked_at=ask.asked_at, sku=body.sku, location=body.location
    )


async def receive_stock(ask: Ask, stock_item: StockItemId, body: ReceiveStockBody) -> ReceiveStock:
    """Add pieces that came in. Orders that wait for them get them, first come first."""
    sku, location = place_of(stock_item)
    return ReceiveStock(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        location=location,
        movement_id=body.movement_id,
        quantity=body.quantity,
        reference=body.reference,
        occurred_at=body.occurred_at,
    )


async def adjust_stock(ask: Ask, stock_item: StockItemId, body: AdjustStockBody) -> AdjustStock:
    """Correct the number of pieces, up or down, and say why."""
    sku, location = place_of(stock_item)
    return AdjustStock(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        location=location,
        movement_id=body.movement_id,
        delta=body.delta,
        reason=body.reason,
        occurred_at=body.occurred_at,
    )


async def count_stock(ask: Ask, stock_item: StockItemId, body: CountStockBody) -> CountStock:
    """Set the number of pieces to what was counted, whatever the books say."""
    sku, location = place_of(stock_item)
    return CountStock(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        location=location,
        movement_id=body.movement_id,
        counted=body.counted,
    )


async def set_safety_stock(
    ask: Ask, stock_item: StockItemId, body: SetSafetyStockBody
) -> SetSafetyStock:
    """Keep pieces back from sale. When no more than these are left, the stock counts as low."""
    sku, location = place_of(stock_item)
    return SetSafetyStock(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        location=location,
        quantity=body.quantity,
    )


async def set_backorder_policy(
    ask: Ask, stock_item: StockItemId, body: SetBackorderPolicyBody
) -> SetBackorderPolicy:
    """Allow so many pieces to be promised before they are there."""
    sku, location = place_of(stock_item)
    return SetBackorderPolicy(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        location=location,
        limit=body.limit,
        expected_at=body.expected_at,
    )


def _answer(version: int, position: int) -> dict[str, str | int]:
    return {"id": STOCK_ITEM, "version": version, "position": position}


def _settings(
    summary: str, example: dict[str, object], refusals: tuple[str, ...]
) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example=example,
        answer_example=_answer(2, 18),
        location=_LOCATION,
        refusals=refusals,
        if_match=IfMatch.ACCEPTED,
    )


STOCK_COMMANDS: Final = (
    CommandRoute(
        "/v1/stock",
        register_stock_item,
        CommandSettings(
            summary="Keep a product at a location",
            tag=TAG,
            example={"sku": "85123A", "location": "MAIN"},
            answer_example=_answer(1, 17),
            location=_LOCATION,
            refusals=("product_not_found",),
            if_match=IfMatch.SENSELESS,
            statuses={"product_not_found": 422},
        ),
    ),
    CommandRoute(
        "/v1/stock/{stock_item}/receive",
        receive_stock,
        _settings(
            "Receive goods",
            {"movement_id": MOVEMENT_ID, "quantity": 240, "reference": "PO-4711"},
            (*_MOVEMENT_REFUSALS, "occurred_at_in_future"),
        ),
    ),
    CommandRoute(
        "/v1/stock/{stock_item}/adjust",
        adjust_stock,
        _settings(
            "Adjust stock",
            {"movement_id": MOVEMENT_ID, "delta": -2, "reason": "broken"},
            (*_MOVEMENT_REFUSALS, "occurred_at_in_future", "stock_negative"),
        ),
    ),
    CommandRoute(
        "/v1/stock/{stock_item}/count",
        count_stock,
        _settings("Count stock", {"movement_id": MOVEMENT_ID, "counted": 238}, _MOVEMENT_REFUSALS),
    ),
    CommandRoute(
        "/v1/stock/{stock_item}/safety-stock",
        set_safety_stock,
        _settings("Set the safety stock", {"quantity": 12}, _REFUSALS),
    ),
    CommandRoute(
        "/v1/stock/{stock_item}/backorder-policy",
        set_backorder_policy,
        _settings(
            "Set the backorder policy",
            {"limit": 100, "expected_at": "2026-12-01T00:00:00Z"},
            _REFUSALS,
        ),
    ),
)
