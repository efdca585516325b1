"""Demo orders: placed, paid, shipped and refunded through the services."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING

from nexus.apps.orders import services
from nexus.apps.orders.models import Order
from nexus.apps.orders.providers import USUAL, Outcome
from nexus.apps.orders.providers.sandbox import sign_callback
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.orders.states import OrderState

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["add_carts", "add_orders"]

STREETS = ("Harbour Road", "Market Lane", "Mill Street", "Park Row", "Station Way")
CITIES = (
    ("Porto", "PT", "4000-001"),
    ("Lyon", "FR", "69001"),
    ("Accra", "GH", "GA-184"),
    ("Nairobi", "KE", "00100"),
    ("Tallinn", "EE", "10111"),
)
# Most orders are delivered; any 16 consecutive orders cover every state.
TURNS = (*OrderState, *[OrderState.DELIVERED] * (16 - len(OrderState)))
UNPAID = {OrderState.PENDING_PAYMENT, OrderState.PAYMENT_FAILED, OrderState.CANCELLED}
ARRIVED = {OrderState.DELIVERED, OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED}


def add_orders(  # noqa: PLR0913 -- each argument is a part of the demo
    random: Random,
    *,
    count: int,
    customers: Sequence["User"],
    products: Sequence[int],
    support: "User",
    tick: Callable[[], None],
) -> None:
    """Place orders and bring each to the next state in turn."""
    for number in range(count):
        buyer = customers[number % len(customers)]
        for product in random.sample(products, random.randint(1, 3)):
            services.set_quantity(product_id=product, quantity=random.randint(1, 2), by=buyer)
        order = services.place_order(
            address=_address(random, buyer),
            shipping_method=random.choice(list(ShippingMethod)),
            by=buyer,
        )
        _lead(order, TURNS[number % len(TURNS)], buyer, support)
        tick()


def add_carts(random: Random, *, customers: Sequence["User"], products: Sequence[int]) -> None:
    """Put products in the cart of every third customer, starting with the first."""
    for buyer in customers[::3]:
        for product in random.sample(products, 2):
            services.set_quantity(product_id=product, quantity=1, by=buyer)


def _address(random: Random, buyer: "User") -> services.Address:
    city, country, postal_code = random.choice(CITIES)
    return services.Address(
        recipient=buyer.name,
        street=f"{random.choice(STREETS)} {random.randint(1, 99)}",
        city=city,
        country=country,
        postal_code=postal_code,
    )


def _lead(order: Order, state: OrderState, buyer: "User", support: "User") -> None:
    if state is OrderState.CANCELLED:
        services.cancel_order(order_id=order.pk, by=buyer, reason="ordered twice")
    if state is OrderState.PAYMENT_FAILED:
        _pay(order, buyer, Outcome.FAILED)
    if state in UNPAID:
        return
    _pay(order, buyer, Outcome.SUCCEEDED)
    if state is not OrderState.PAID:
        services.ship_order(order_id=order.pk, by=support, tracking=f"DEMO-{order.number[:4]}")
    if state in ARRIVED:
        services.deliver_order(order_id=order.pk, by=support)
    if state in {OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED}:
        amount = order.shipping if state is OrderState.PARTIALLY_REFUNDED else None
        refund = services.refund_order(
            order_id=order.pk, by=support, amount=amount, reason="arrived late"
        )
        services.settle_refund(refund.pk)


def _pay(order: Order, buyer: "User", outcome: Outcome) -> None:
    """Start a payment and send the sandbox's callback with this outcome."""
    payment = services.start_payment(order_id=order.pk, by=buyer)
    secrets = services.secrets_of(USUAL) or [services.rotate_secret(provider=USUAL)]
    body, headers = sign_callback(
        outcome.value,
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        event_id=f"evt_{payment.reference}",
        secrets=secrets[:1],
    )
    services.receive_callback(provider=USUAL, body=body, headers=headers)
