"""Which events exist, under which stored names, in which streams?

A stored name and its schema version are chosen here once and never derived from a Python path.
"""

from collections.abc import Callable
from typing import Any, Final, get_args

from domain import coupon_events as coupon
from domain import customer, product
from domain import fulfilment_events as fulfilment
from domain import order_events as order
from domain import payment_events as payment
from domain import return_events as returned
from domain import shipment_events as shipment
from domain import stock_events as stock
from domain.coupon_events import CouponEvent
from domain.customer import CustomerEvent, EmailEvent
from domain.fulfilment_events import FulfilmentEvent
from domain.order_events import OrderEvent
from domain.payment_events import PaymentEvent
from domain.product import ProductEvent
from domain.return_events import ReturnEvent
from domain.shipment_events import ShipmentEvent
from domain.stock_events import StockEvent

Event = (
    ProductEvent
    | CustomerEvent
    | EmailEvent
    | StockEvent
    | CouponEvent
    | OrderEvent
    | PaymentEvent
    | ShipmentEvent
    | FulfilmentEvent
    | ReturnEvent
)

EVENT_TYPES: Final[dict[str, tuple[type[Event], int]]] = {
    "product-registered": (product.ProductRegistered, 1),
    "product-activated": (product.ProductActivated, 1),
    "product-discontinued": (product.ProductDiscontinued, 1),
    "product-renamed": (product.ProductRenamed, 1),
    "product-tax-class-changed": (product.ProductTaxClassChanged, 1),
    "product-price-set": (product.ProductPriceSet, 1),
    "product-price-withdrawn": (product.ProductPriceWithdrawn, 1),
    "customer-registered": (customer.CustomerRegistered, 1),
    "customer-contact-changed": (customer.CustomerContactChanged, 1),
    "customer-address-added": (customer.CustomerAddressAdded, 1),
    "customer-address-removed": (customer.CustomerAddressRemoved, 1),
    "customer-blocked": (customer.CustomerBlocked, 1),
    "customer-unblocked": (customer.CustomerUnblocked, 1),
    "email-claimed": (customer.EmailClaimed, 1),
    "stock-item-registered": (stock.StockItemRegistered, 1),
    "stock-received": (stock.StockReceived, 1),
    "stock-adjusted": (stock.StockAdjusted, 1),
    "stock-counted": (stock.StockCounted, 1),
    "safety-stock-set": (stock.SafetyStockSet, 1),
    "backorder-policy-set": (stock.BackorderPolicySet, 1),
    "stock-reserved": (stock.StockReserved, 1),
    "stock-backordered": (stock.StockBackordered, 1),
    "stock-reservation-extended": (stock.StockReservationExtended, 1),
    "stock-allocated": (stock.StockAllocated, 1),
    "stock-reservation-released": (stock.StockReservationReleased, 1),
    "stock-reservation-expired": (stock.StockReservationExpired, 1),
    "stock-deducted": (stock.StockDeducted, 1),
    "stock-issued": (stock.StockIssued, 1),
    "backorder-filled": (stock.BackorderFilled, 1),
    "stock-returned": (stock.StockReturned, 1),
    "stock-quarantined": (stock.StockQuarantined, 1),
    "stock-written-off": (stock.StockWrittenOff, 1),
    "stock-level-low": (stock.StockLevelLow, 1),
    "stock-depleted": (stock.StockDepleted, 1),
    "coupon-created": (coupon.CouponCreated, 1),
    "coupon-redemption-reserved": (coupon.CouponRedemptionReserved, 1),
    "coupon-redemption-confirmed": (coupon.CouponRedemptionConfirmed, 1),
    "coupon-redemption-released": (coupon.CouponRedemptionReleased, 1),
    "coupon-paused": (coupon.CouponPaused, 1),
    "coupon-resumed": (coupon.CouponResumed, 1),
    "coupon-expired": (coupon.CouponExpired, 1),
    "order-placed": (order.OrderPlaced, 3),
    "order-shipping-address-changed": (order.OrderShippingAddressChanged, 1),
    "order-cancellation-requested": (order.OrderCancellationRequested, 1),
    "order-cancelled": (order.OrderCancelled, 2),
    "order-note-added": (order.OrderNoteAdded, 1),
    "order-confirmed": (order.OrderConfirmed, 1),
    "order-rejected": (order.OrderRejected, 1),
    "order-expired": (order.OrderExpired, 1),
    "order-held": (order.OrderHeld, 1),
    "order-hold-released": (order.OrderHoldReleased, 1),
    "order-lines-cancelled": (order.OrderLinesCancelled, 1),
    "order-edit-proposed": (order.OrderEditProposed, 1),
    "order-edited": (order.OrderEdited, 1),
    "order-edit-rejected": (order.OrderEditRejected, 1),
    "order-cancellation-refused": (order.OrderCancellationRefused, 1),
    "order-lines-backordered": (order.OrderLinesBackordered, 1),
    "order-lines-allocated": (order.OrderLinesAllocated, 1),
    "order-lines-shipped": (order.OrderLinesShipped, 1),
    "order-lines-delivered": (order.OrderLinesDelivered, 1),
    "order-return-requested": (order.OrderReturnRequested, 1),
    "order-return-ended": (order.OrderReturnEnded, 1),
    "order-lines-returned": (order.OrderLinesReturned, 1),
    "order-payment-recorded": (order.OrderPaymentRecorded, 1),
    "order-completed": (order.OrderCompleted, 1),
    "order-flagged-overdue": (order.OrderFlaggedOverdue, 1),
    "payment-requested": (payment.PaymentRequested, 1),
    "payment-action-required": (payment.PaymentActionRequired, 1),
    "payment-processing": (payment.PaymentProcessing, 1),
    "payment-authorized": (payment.PaymentAuthorized, 1),
    "payment-declined": (payment.PaymentDeclined, 1),
    "payment-capture-requested": (payment.PaymentCaptureRequested, 1),
    "payment-captured": (payment.PaymentCaptured, 1),
    "payment-capture-failed": (payment.PaymentCaptureFailed, 1),
    "payment-void-requested": (payment.PaymentVoidRequested, 1),
    "payment-voided": (payment.PaymentVoided, 1),
    "payment-void-failed": (payment.PaymentVoidFailed, 1),
    "payment-authorization-expired": (payment.PaymentAuthorizationExpired, 1),
    "payment-reauthorization-requested": (payment.PaymentReauthorizationRequested, 1),
    "payment-reauthorized": (payment.PaymentReauthorized, 1),
    "payment-reauthorization-failed": (payment.PaymentReauthorizationFailed, 1),
    "refund-requested": (payment.RefundRequested, 1),
    "refund-succeeded": (payment.RefundSucceeded, 1),
    "refund-failed": (payment.RefundFailed, 1),
    "refund-reversed": (payment.RefundReversed, 1),
    "chargeback-opened": (payment.ChargebackOpened, 1),
    "chargeback-resolved": (payment.ChargebackResolved, 1),
    "payment-outcome-unknown": (payment.PaymentOutcomeUnknown, 1),
    "shipment-planned": (shipment.ShipmentPlanned, 1),
    "shipment-picking-started": (shipment.ShipmentPickingStarted, 1),
    "shipment-line-shorted": (shipment.ShipmentLineShorted, 1),
    "shipment-packed": (shipment.ShipmentPacked, 1),
    "shipment-dispatched": (shipment.ShipmentDispatched, 1),
    "shipment-tracking-updated": (shipment.ShipmentTrackingUpdated, 1),
    "shipment-delivered": (shipment.ShipmentDelivered, 1),
    "shipment-delivery-failed": (shipment.ShipmentDeliveryFailed, 1),
    "shipment-returned-to-sender": (shipment.ShipmentReturnedToSender, 1),
    "shipment-lost": (shipment.ShipmentLost, 1),
    "shipment-split": (shipment.ShipmentSplit, 1),
    "shipment-moved": (shipment.ShipmentMoved, 1),
    "shipment-cancelled": (shipment.ShipmentCancelled, 1),
    "fulfilment-advanced": (fulfilment.FulfilmentAdvanced, 2),
    "fulfilment-stock-kept": (fulfilment.FulfilmentStockKept, 1),
    "stock-reservation-rejected": (fulfilment.StockReservationRejected, 1),
    "fulfilment-shipment-planned": (fulfilment.FulfilmentShipmentPlanned, 1),
    "fulfilment-step-refused": (fulfilment.FulfilmentStepRefused, 1),
    "fulfilment-step-tried": (fulfilment.FulfilmentStepTried, 1),
    "timer-set": (fulfilment.TimerSet, 1),
    "timer-cancelled": (fulfilment.TimerCancelled, 1),
    "timer-fired": (fulfilment.TimerFired, 1),
    "manual-intervention-required": (fulfilment.ManualInterventionRequired, 1),
    "fulfilment-step-retried": (fulfilment.FulfilmentStepRetried, 1),
    "fulfilment-step-skipped": (fulfilment.FulfilmentStepSkipped, 1),
    "return-requested": (returned.ReturnRequested, 1),
    "return-approved": (returned.ReturnApproved, 1),
    "return-declined": (returned.ReturnDeclined, 1),
    "return-received": (returned.ReturnReceived, 1),
    "return-inspected": (returned.ReturnInspected, 2),
    "return-credit-used": (returned.ReturnCreditUsed, 1),
    "return-credit-released": (returned.ReturnCreditReleased, 1),
    "return-closed": (returned.ReturnClosed, 1),
    "return-cancelled": (returned.ReturnCancelled, 1),
    "return-expired": (returned.ReturnExpired, 1),
}
"""Stored name -> (payload class, current schema version)."""

EVENT_NAMES: Final[dict[type[Event], tuple[str, int]]] = {
    event_class: (name, schema_version)
    for name, (event_class, schema_version) in EVENT_TYPES.items()
}
"""Payload class -> (stored name, current schema version)."""


def product_stream(sku: str) -> str:
    """Name the stream of a product."""
    return f"product-{sku}"


def customer_stream(customer_id: str) -> str:
    """Name the stream of a customer."""
    return f"customer-{customer_id}"


def email_stream(claim: str) -> str:
    """Name the stream on which an e-mail address is claimed."""
    return f"email-{claim}"


def stock_stream(sku: str, location: str) -> str:
    """Name the stream of the stock of a product at a location."""
    return f"stock-{sku}@{location}"


def coupon_stream(code: str) -> str:
    """Name the stream of a coupon."""
    return f"coupon-{code}"


def order_stream(order_id: str) -> str:
    """Name the stream of an order."""
    return f"order-{order_id}"


def payment_stream(payment_id: str) -> str:
    """Name the stream of a payment."""
    return f"payment-{payment_id}"


def shipment_stream(shipment_id: str) -> str:
    """Name the stream of a shipment."""
    return f"shipment-{shipment_id}"


def fulfilment_stream(order_id: str) -> str:
    """Name the stream of the process that carries an order out."""
    return f"fulfilment-{order_id}"


def return_stream(return_id: str) -> str:
    """Name the stream of a return."""
    return f"return-{return_id}"


def category_of(stream: str) -> str:
    """Tell the category of a stream: what stands before its first hyphen."""
    return stream.partition("-")[0]


def stream_of(event: Event) -> str:
    """Tell the stream to which an event belongs."""
    return _STREAMS[type(event)](event)


_EVENTS: Final[tuple[tuple[Any, str, Callable[[Any], str]], ...]] = (
    (ProductEvent, "product", lambda event: product_stream(event.sku)),
    (CustomerEvent, "customer", lambda event: customer_stream(event.customer_id)),
    (EmailEvent, "email", lambda event: email_stream(event.claim)),
    (StockEvent, "stock", lambda event: stock_stream(event.sku, event.location)),
    (CouponEvent, "coupon", lambda event: coupon_stream(event.code)),
    (OrderEvent, "order", lambda event: order_stream(event.order_id)),
    (PaymentEvent, "payment", lambda event: payment_stream(event.payment_id)),
    (ShipmentEvent, "shipment", lambda event: shipment_stream(event.shipment_id)),
    (ReturnEvent, "return", lambda event: return_stream(event.return_id)),
    (FulfilmentEvent, "fulfilment", lambda event: fulfilment_stream(event.order_id)),
)
"""The events of an aggregate, the category of its streams, and how its stream is named."""


def _classes(events: Any) -> tuple[type[Event], ...]:  # noqa: ANN401 - a union, or one class
    classes: tuple[type[Event], ...] = get_args(events)
    return classes or (events,)


_STREAMS: Final[dict[type[Event], Callable[[Any], str]]] = {
    event_class: name_stream
    for events, _, name_stream in _EVENTS
    for event_class in _classes(events)
}
CATEGORIES: Final[dict[type[Event], str]] = {
    event_class: category for events, category, _ in _EVENTS for event_class in _classes(events)
}
"""Payload class -> the category of the streams in which it stands."""
