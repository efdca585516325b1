"""What can go wrong with carts, orders and payments."""

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
    """A cart holds 50 products at most: order these first, or leave some."""

    code = "cart_full"


class QuantityError(ConflictError):
    """One order holds 99 pieces of a product at most."""

    code = "quantity_refused"


class CartCurrencyError(ConflictError):
    """Products in several currencies cannot be paid together: order them one by one."""

    code = "cart_currency"


class CartEmptyError(ConflictError):
    """There is nothing in your cart to order."""

    code = "cart_empty"


class TotalChangedError(ConflictError):
    """The order would cost something else than you expect: look at the cart again."""

    code = "total_changed"


class ShippingUnavailableError(ConflictError):
    """There is no price of shipping in the currency of these products."""

    code = "shipping_unavailable"


class QuoteForgedError(NotAllowedError):
    """This is no quote of ours: send one as it was given."""

    code = "quote_forged"


class QuoteForeignError(NotAllowedError):
    """This quote was made for somebody else: ask for one of your own."""

    code = "quote_foreign"


class QuoteExpiredError(ConflictError):
    """This quote has expired: ask for a new one."""

    code = "quote_expired"


class QuoteChangedError(ConflictError):
    """The cart or where it goes has changed since this quote: ask for a new one."""

    code = "quote_changed"


class OrderNotFoundError(NotFoundError):
    """There is no such order of yours, nor one that you look after."""

    code = "order_not_found"


class OrderNotAllowedError(NotAllowedError):
    """Who sold an order looks after it, and support: this is neither."""

    code = "order_not_allowed"


class OrderStateError(ConflictError):
    """An order in this state does not allow that: read it again."""

    code = "order_state"


class RefundRefusedError(ConflictError):
    """No more can be paid back than was paid and has not gone back yet."""

    code = "refund_refused"


class PaymentNotFoundError(NotFoundError):
    """There is no such payment of an order that you may see."""

    code = "payment_not_found"


class PaymentsFullError(ConflictError):
    """This order has seen as many attempts to pay as it may: place a new one."""

    code = "payments_full"


class ProviderNotFoundError(NexusError):
    """There is no such payment provider here."""

    code = "provider_not_found"
    status = HTTPStatus.NOT_FOUND


class WebhookNotAllowedError(NotAllowedError):
    """Webhooks are for merchants: they are told of the orders that are all theirs."""

    code = "webhook_not_allowed"


class WebhookNotFoundError(NotFoundError):
    """There is no such webhook of yours."""

    code = "webhook_not_found"


class WebhooksFullError(ConflictError):
    """A merchant has ten webhooks at most: delete one first."""

    code = "webhooks_full"


class WebhookOffError(ConflictError):
    """This webhook is switched off: switch it on first."""

    code = "webhook_off"


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery of a webhook of yours."""

    code = "delivery_not_found"


class DeliveryWaitingError(ConflictError):
    """This is still under way: wait until the delivery has ended."""

    code = "delivery_waiting"
