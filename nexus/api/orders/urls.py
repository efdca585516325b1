"""The addresses of carts, orders, payments, shipping quotes and webhooks."""

from django.urls import path

from nexus.api.orders.rest import cart, orders, payments, shipping_quotes, webhooks

__all__ = ["version_1"]

version_1 = [
    path("cart/", cart.CartDetail.as_view(), name="cart"),
    path("cart/lines/", cart.CartLineList.as_view(), name="cart-lines"),
    path("cart/lines/<int:product_id>/", cart.CartLineDetail.as_view(), name="cart-line"),
    path(
        "shipping-quotes/",
        shipping_quotes.ShippingQuoteList.as_view(),
        name="shipping-quotes",
    ),
    path("checkout/", orders.Checkout.as_view(), name="checkout"),
    path("orders/", orders.OrderList.as_view(), name="orders"),
    path("orders/managed/", orders.ManagedOrderList.as_view(), name="managed-orders"),
    path("orders/<int:order_id>/", orders.OrderDetail.as_view(), name="order"),
    path("orders/<int:order_id>/cancel/", orders.OrderCancellation.as_view(), name="order-cancel"),
    path("orders/<int:order_id>/deliver/", orders.OrderDelivery.as_view(), name="order-deliver"),
    path("orders/<int:order_id>/events/", orders.OrderEventList.as_view(), name="order-events"),
    path("orders/<int:order_id>/payments/", payments.OrderPaymentList.as_view(), name="payments"),
    path("orders/<int:order_id>/refunds/", payments.RefundList.as_view(), name="refunds"),
    path("orders/<int:order_id>/ship/", orders.OrderShipment.as_view(), name="order-ship"),
    path("payments/<int:payment_id>/", payments.PaymentDetail.as_view(), name="payment"),
    path(
        "payments/callbacks/<slug:provider>/",
        payments.PaymentCallback.as_view(),
        name="payment-callback",
    ),
    path("webhooks/", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<int:webhook_id>/", webhooks.WebhookDetail.as_view(), name="webhook"),
    path(
        "webhooks/<int:webhook_id>/deliveries/",
        webhooks.WebhookDeliveryList.as_view(),
        name="webhook-deliveries",
    ),
    path("webhooks/<int:webhook_id>/ping/", webhooks.WebhookPing.as_view(), name="webhook-ping"),
    path(
        "webhooks/<int:webhook_id>/secret/",
        webhooks.WebhookSecret.as_view(),
        name="webhook-secret",
    ),
    path(
        "webhooks/deliveries/<int:delivery_id>/",
        webhooks.WebhookDeliveryDetail.as_view(),
        name="webhook-delivery",
    ),
    path(
        "webhooks/deliveries/<int:delivery_id>/again/",
        webhooks.WebhookRedelivery.as_view(),
        name="webhook-again",
    ),
]
