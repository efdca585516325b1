"""A buyer on the way from a cart to a paid order, for the tests of orders."""

import uuid
from collections.abc import Mapping
from typing import Any

from nexus.apps.orders import services
from nexus.apps.orders.models import Order, Payment
from nexus.apps.orders.providers.sandbox import sign_callback
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.models import Product

PROVIDER = "sandbox"
HOME = services.Address(
    recipient="Ada", street="Harbour 1", postal_code="4000-001", city="Porto", country="PT"
)
CHECKOUT = {
    "recipient": "Ada",
    "street": "Harbour 1",
    "postal_code": "4000-001",
    "city": "Porto",
    "country": "PT",
}


def placed(buyer: Any, *products: Product, quantity: int = 1) -> Order:
    """An order of some products, which is not paid yet."""
    for product in products:
        services.set_quantity(product_id=product.pk, quantity=quantity, by=buyer)
    return services.place_order(address=HOME, shipping_method=ShippingMethod.STANDARD, by=buyer)


def paid(buyer: Any, *products: Product, quantity: int = 1) -> Order:
    """An order of some products that was paid."""
    order = placed(buyer, *products, quantity=quantity)
    assert told(services.start_payment(order_id=order.pk, by=buyer)) == "paid"
    order.refresh_from_db()
    return order


def secret() -> str:
    """The secret that the sandbox signs with at present."""
    return (services.secrets_of(PROVIDER) or [services.rotate_secret(provider=PROVIDER)])[0]


def message(
    payment: Payment, outcome: str = "payment.succeeded", **changed: Any
) -> tuple[bytes, dict[str, str]]:
    """What the sandbox sends about a payment; what is `changed` is a lie."""
    told: dict[str, Any] = {
        "reference": payment.reference,
        "amount": payment.amount,
        "currency": payment.currency,
        "event_id": f"evt_{uuid.uuid4().hex}",
        "secrets": [secret()],
        **changed,
    }
    return sign_callback(outcome, **told)


def told(payment: Payment, outcome: str = "payment.succeeded", **changed: Any) -> str:
    """What comes of a message of the sandbox about a payment."""
    body, headers = message(payment, outcome, **changed)
    return receive(body, headers)


def receive(body: bytes, headers: Mapping[str, str]) -> str:
    """What comes of a message."""
    return services.receive_callback(provider=PROVIDER, body=body, headers=headers)


def kinds(order: Order) -> list[str]:
    """What happened to an order, in short."""
    return list(order.events.order_by("number").values_list("kind", flat=True))
