"""Errors of carts, orders and payments."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError, NotAllowedError, NotFoundError

__all__ = [
    "CartCurrencyError",
    "CartEmptyError",
    "CartFullError",
    "CartLineNotFoundError",
    "DeliveryNotFoundError",
    "DeliveryWaitingError",
    "OrderNotAllowedError",
    "OrderNotFoundError",
    "OrderStateError",
    "PaymentNotFoundError",
    "PaymentsFullError",
    "ProviderNotFoundError",
    "QuantityError",
    "QuoteChangedError",
    "QuoteExpiredError",
    "QuoteForeignError",
    "QuoteForgedError",
    "RefundRefusedError",
    "ShippingUnavailableError",
    "TotalChangedError",
    "WebhookNotAllowedError",
    "WebhookNotFoundError",
    "WebhookOffError",
    "WebhooksFullError",
]


class CartLineNotFoundError(NotFoundError):
    """This product is not in your cart."""

    code = "cart_line_not_found"


class CartFullError(ConflictError):
    """A cart holds at most 50 products. Check out first, or remove some."""

    code = "cart_full"


class QuantityError(ConflictError):
    """An order holds at most 99 units of a product."""

    code = "quantity_refused"


class CartCurrencyError(ConflictError):
    """Products in different currencies cannot be ordered together. Order them separately."""

    code = "cart_currency"


class CartEmptyError(ConflictError):
    """Your cart is empty or nothing in it can be ordered."""

    code = "cart_empty"


class TotalChangedError(ConflictError):
    """The total differs from the one you expected. Review your cart."""

    code = "total_changed"


class ShippingUnavailableError(ConflictError):
    """There is no shipping price in this currency."""

    code = "shipping_unavailable"


class QuoteForgedError(NotAllowedError):
    """Invalid shipping quote. Send it exactly as it was returned."""

    code = "quote_forged"


class QuoteForeignError(NotAllowedError):
    """This shipping quote belongs to another account. Request your own."""

    code = "quote_foreign"


class QuoteExpiredError(ConflictError):
    """This shipping quote has expired. Request a new one."""

    code = "quote_expired"


class QuoteChangedError(ConflictError):
    """The cart or the address has changed since this quote. Request a new one."""

    code = "quote_changed"


class OrderNotFoundError(NotFoundError):
    """No such order, or you have no access to it."""

    code = "order_not_found"


class OrderNotAllowedError(NotAllowedError):
    """Only the seller of an order and support can do this."""

    code = "order_not_allowed"


class OrderStateError(ConflictError):
    """The order's current state does not allow this. Fetch the order and check its state."""

    code = "order_state"


class RefundRefusedError(ConflictError):
    """The refund exceeds the amount paid and not yet refunded."""

    code = "refund_refused"


class PaymentNotFoundError(NotFoundError):
    """No such payment, or you have no access to it."""

    code = "payment_not_found"


class PaymentsFullError(ConflictError):
    """This order has reached its limit of payment attempts. Place a new order."""

    code = "payments_full"


class ProviderNotFoundError(NexusError):
    """No such payment provider."""

    code = "provider_not_found"
    status = HTTPStatus.NOT_FOUND


class WebhookNotAllowedError(NotAllowedError):
    """Webhooks are for merchants only."""

    code = "webhook_not_allowed"


class WebhookNotFoundError(NotFoundError):
    """No such webhook."""

    code = "webhook_not_found"


class WebhooksFullError(ConflictError):
    """A merchant can have at most ten webhooks. Delete one first."""

    code = "webhooks_full"


class WebhookOffError(ConflictError):
    """The webhook is disabled. Enable it first."""

    code = "webhook_off"


class DeliveryNotFoundError(NotFoundError):
    """No such webhook delivery."""

    code = "delivery_not_found"


class DeliveryWaitingError(ConflictError):
    """The delivery is still in progress. Wait until it has ended."""

    code = "delivery_waiting"
