"""Rows for tests: people, a shop, its orders, and stays."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone

from nexus.apps.orders import services
from nexus.apps.orders.models import Order, Payment
from nexus.apps.orders.providers.sandbox import sign_callback
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.models import Category, Image, Product
from nexus.apps.stays.models import Booking, Listing, SeasonPrice

JSON = "application/json"


def person(name: str, role: str = "") -> Any:
    user = get_user_model().objects.create_user(f"{name}@example.org")
    if role:
        user.roles.add(user.roles.model.objects.get(slug=role))
    return user


def signed_in(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def shelves() -> None:
    kinds = {"colour": "text", "litres": "number", "steel": "flag"}
    Category.objects.create(slug="home", name="Home", attribute_kinds=kinds)
    Category.objects.create(slug="kettles", name="Kettles", parent_path="home")
    Category.objects.create(slug="garden", name="Garden")


def offer(number: int = 1, **fields: Any) -> Product:
    """One published product with two images, or a draft."""
    values: dict[str, Any] = {
        "sku": f"K-{number}",
        "name": f"Kettle {number}",
        "description": "Boils water.",
        "category": Category.objects.get(slug="kettles"),
        "price": Decimal("19.90"),
        "stock": 3,
        "is_published": True,
        **fields,
    }
    made = Product.objects.create(**values)
    for position in (1, 0):
        Image.objects.create(product=made, url=f"https://a.test/{number}", position=position)
    return made


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
    """The secret that the sandbox currently signs with."""
    return (services.secrets_of(PROVIDER) or [services.rotate_secret(provider=PROVIDER)])[0]


def message(
    payment: Payment, outcome: str = "payment.succeeded", **changed: Any
) -> tuple[bytes, dict[str, str]]:
    """The sandbox's message about a payment, falsified by `changed`."""
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
    """The result of a message of the sandbox about a payment."""
    body, headers = message(payment, outcome, **changed)
    return receive(body, headers)


def receive(body: bytes, headers: Mapping[str, str]) -> str:
    """The result of a message."""
    return services.receive_callback(provider=PROVIDER, body=body, headers=headers)


def kinds(order: Order) -> list[str]:
    """The events of an order, in short."""
    return list(order.events.order_by("number").values_list("kind", flat=True))


def day(number: int) -> date:
    """The day a number of days from today."""
    return timezone.localdate() + timedelta(days=number)


def place(host: Any = None, **fields: Any) -> Listing:
    """One published listing of two beds, or a draft."""
    values: dict[str, Any] = {
        "host": host,
        "title": "Two beds by the harbour",
        "city": "Porto",
        "country": "PT",
        "latitude": Decimal("41.14961"),
        "longitude": Decimal("-8.61099"),
        "capacity": 2,
        "price_per_night": Decimal("80.00"),
        "is_published": True,
        **fields,
    }
    return Listing.objects.create(**values)


def stay(listing: Listing, guest: Any = None, *, first: int, nights: int, **fields: Any) -> Booking:
    """One booking, also of past days, which `book` refuses."""
    prices = [listing.price_per_night] * nights
    values: dict[str, Any] = {
        "listing": listing,
        "guest": guest,
        "nights": DateRange(day(first), day(first + nights), "[)"),
        "guests": 1,
        "night_prices": prices,
        "total": sum(prices),
        "currency": listing.currency,
        "cancellation_policy": listing.cancellation_policy,
        **fields,
    }
    return Booking.objects.create(**values)


def season(listing: Listing, *, first: int, nights: int, price: int = 100) -> SeasonPrice:
    """A season with its own price."""
    return SeasonPrice.objects.create(
        listing=listing,
        nights=DateRange(day(first), day(first + nights), "[)"),
        price_per_night=Decimal(price),
    )
