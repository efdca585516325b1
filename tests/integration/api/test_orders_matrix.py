"""Who may do what with whose cart, order, payment and refund: every operation, both ways."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from nexus.api.graphql.orders import OrdersMutation, OrdersQuery
from nexus.api.urls import version_1
from nexus.apps.orders import services
from nexus.apps.orders.models import CartLine, Order, OrderEvent, Payment, Refund
from nexus.apps.products.models import Product
from tests.integration.api.selling import JSON, offer, person, shelves, signed_in
from tests.integration.apps.orders.buying import CHECKOUT, paid, placed

pytestmark = pytest.mark.django_db

Ask = Callable[[Client, dict[str, Any]], int]


def sending(method: str, path: str, body: Any = None) -> Ask:
    def ask(client: Client, known: dict[str, Any]) -> int:
        send = getattr(client, method)
        address = "/api/v1/" + path.format(**known)
        options = {} if method == "get" else {"content_type": JSON}
        sent = body(known) if callable(body) else body
        headers = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
        return int(send(address, sent, headers=headers, **options).status_code)

    ask.covers = (method, path)  # type: ignore[attr-defined]
    return ask


def asking(query: str) -> Ask:
    def ask(client: Client, known: dict[str, Any]) -> int:
        text = query.format(**known, key=uuid.uuid4()).replace("<", "{").replace(">", "}")
        answer = client.post("/graphql/", {"query": text}, content_type=JSON).json()
        return int(answer["errors"][0]["extensions"]["status"]) if "errors" in answer else 200

    ask.covers = query  # type: ignore[attr-defined]
    return ask


ADDRESS = 'recipient: "Ada", street: "Harbour 1", city: "Porto", country: "PT"'
CONNECTION = "< edges < cursor > >"
# What whoever is signed in does with a cart of their own; each has one piece in it.
OF_EVERYBODY: dict[str, Ask] = {
    "read cart": sending("get", "cart/"),
    "clear cart": sending("delete", "cart/"),
    "add": sending("post", "cart/lines/", lambda k: {"product": k["product"], "quantity": 1}),
    "set": sending("put", "cart/lines/{product}/", {"quantity": 2}),
    "remove": sending("delete", "cart/lines/{product}/"),
    "checkout": sending("post", "checkout/", CHECKOUT),
    "own orders": sending("get", "orders/"),
    "cart": asking("< cart < total > >"),
    "clearCart": asking("mutation < clearCart < total > >"),
    "addToCart": asking("mutation < addToCart(product: {product}) < total > >"),
    "setCartQuantity": asking(
        "mutation < setCartQuantity(product: {product}, quantity: 2) < total > >"
    ),
    "removeFromCart": asking("mutation < removeFromCart(product: {product}) < total > >"),
    "placeOrder": asking(f'mutation < placeOrder(idempotencyKey: "{{key}}", {ADDRESS}) < id > >'),
    "ownOrders": asking(f"< ownOrders {CONNECTION} >"),
}
# What an order's buyer and those who look after it may do.
OF_BOTH: dict[str, Ask] = {
    "read order": sending("get", "orders/{order}/"),
    "read events": sending("get", "orders/{order}/events/"),
    "read payments": sending("get", "orders/{order}/payments/"),
    "read refunds": sending("get", "orders/{order}/refunds/"),
    "read payment": sending("get", "payments/{payment}/"),
    "cancel": sending("post", "orders/{order}/cancel/", {}),
    "order": asking("< order(id: {order}) < id lines < sku > > >"),
    "orderEvents": asking(f"< orderEvents(order: {{order}}) {CONNECTION} >"),
    "orderPayments": asking(f"< orderPayments(order: {{order}}) {CONNECTION} >"),
    "orderRefunds": asking(f"< orderRefunds(order: {{order}}) {CONNECTION} >"),
    "payment": asking("< payment(id: {payment}) < id > >"),
    "cancelOrder": asking("mutation < cancelOrder(id: {order}) < id > >"),
}
# What only those who look after it may.
OF_SELLERS: dict[str, Ask] = {
    "ship": sending("post", "orders/{order}/ship/", {}),
    "deliver": sending("post", "orders/{shipped}/deliver/"),
    "refund": sending("post", "orders/{order}/refunds/", {"amount": "1"}),
    "shipOrder": asking("mutation < shipOrder(id: {order}) < id > >"),
    "deliverOrder": asking("mutation < deliverOrder(id: {shipped}) < id > >"),
    "refundOrder": asking(
        'mutation < refundOrder(order: {order}, amount: "1", idempotencyKey: "{key}") < id > >'
    ),
}
# What only its buyer may.
OF_BUYERS: dict[str, Ask] = {
    "pay": sending("post", "orders/{unpaid}/payments/"),
    "startPayment": asking(
        'mutation < startPayment(order: {unpaid}, idempotencyKey: "{key}") < id > >'
    ),
}
OF_STAFF: dict[str, Ask] = {
    "managed orders": sending("get", "orders/managed/"),
    "managedOrders": asking(f"< managedOrders {CONNECTION} >"),
}
ROOMS = (OF_EVERYBODY, OF_BOTH, OF_SELLERS, OF_BUYERS, OF_STAFF)
# Nobody logs in there: the signature is looked at instead.
ELSEWHERE = {("post", "payments/callbacks/<slug:provider>/")}

CALLERS = (
    "buyer",
    "merchant",
    "support",
    "admin",
    "other buyer",
    "other merchant",
    "host",
    "learner",
    "nobody",
)
SELLERS = ("merchant", "support", "admin")


def state() -> list[Any]:
    kinds = (CartLine, Order, OrderEvent, Payment, Refund)
    rows = [row for kind in kinds for row in kind.objects.order_by("pk").values()]
    return [rows, list(Product.objects.order_by("pk").values_list("stock", flat=True))]


def ask_as(caller: str, ask: Ask, *, several: bool = False) -> tuple[int, bool]:
    """Give the status of the answer, and whether anything is other than before."""
    shelves()
    buyer, merchant = person("buyer"), person("merchant", "merchant")
    products = [offer(1, owner=merchant, stock=50)]
    if several:
        products.append(offer(2, owner=person("second", "merchant"), stock=50))
    people = {"buyer": buyer, "merchant": merchant, "nobody": None}
    role = caller.removeprefix("other ").replace("buyer", "")
    user = people[caller] if caller in people else person(caller.replace(" ", "-"), role)
    order, shipped = (paid(buyer, *products) for _ in range(2))
    services.ship_order(order_id=shipped.pk, by=person("sender", "support"))
    known = {
        "product": products[0].pk,
        "order": order.pk,
        "shipped": shipped.pk,
        "unpaid": placed(buyer, *products).pk,
        "payment": order.payments.get().pk,
    }
    if user is not None:
        services.add_to_cart(product_id=products[0].pk, quantity=1, by=user)
    before = state()
    status = ask(signed_in(user), known)
    return status, state() != before


def expect(name: str, asked: tuple[int, bool], *, allowed: bool, refusal: int) -> None:
    status, changed = asked
    if allowed:
        assert status in {200, 201}
        assert changed != name.startswith(("read", "own", "managed", "cart", "order", "payment"))
    else:
        assert (status, changed) == (refusal, False)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OF_EVERYBODY)
def test_everybody_has_a_cart_of_their_own_once_they_are_signed_in(name: str, caller: str) -> None:
    asked = ask_as(caller, OF_EVERYBODY[name])
    expect(name, asked, allowed=caller != "nobody", refusal=401)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OF_BOTH)
def test_an_order_is_for_its_buyer_and_who_looks_after_it(name: str, caller: str) -> None:
    allowed = caller == "buyer" or caller in SELLERS
    refusal = 401 if caller == "nobody" else 404
    expect(name, ask_as(caller, OF_BOTH[name]), allowed=allowed, refusal=refusal)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OF_SELLERS)
def test_an_order_is_managed_by_its_merchant_and_support(name: str, caller: str) -> None:
    refusal = {"nobody": 401, "buyer": 403}.get(caller, 404)
    asked = ask_as(caller, OF_SELLERS[name])
    expect(name, asked, allowed=caller in SELLERS, refusal=refusal)


@pytest.mark.parametrize("caller", ["buyer", "merchant", "support"])
@pytest.mark.parametrize("name", [*OF_SELLERS, *OF_BOTH])
def test_an_order_of_several_merchants_is_no_merchants(name: str, caller: str) -> None:
    ask = {**OF_SELLERS, **OF_BOTH}[name]
    sees = caller == "support" or (caller == "buyer" and name in OF_BOTH)
    refusal = 403 if caller == "buyer" else 404
    expect(name, ask_as(caller, ask, several=True), allowed=sees, refusal=refusal)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OF_BUYERS)
def test_an_order_is_paid_by_its_buyer(name: str, caller: str) -> None:
    refusal = 401 if caller == "nobody" else 403 if caller in SELLERS else 404
    expect(name, ask_as(caller, OF_BUYERS[name]), allowed=caller == "buyer", refusal=refusal)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OF_STAFF)
def test_orders_are_listed_for_who_sells(name: str, caller: str) -> None:
    allowed = caller in {*SELLERS, "other merchant"}
    refusal = 401 if caller == "nobody" else 403
    expect(name, ask_as(caller, OF_STAFF[name]), allowed=allowed, refusal=refusal)


def test_a_merchant_is_shown_what_they_sold_alone() -> None:
    shelves()
    buyer, one, other = person("buyer"), person("one", "merchant"), person("other", "merchant")
    products = [offer(1, owner=one, stock=9), offer(2, owner=other, stock=9)]
    own = placed(buyer, products[0])
    placed(buyer, products[1])
    both = placed(buyer, *products)

    def listed(user: Any) -> list[int]:
        return [
            row["id"] for row in signed_in(user).get("/api/v1/orders/managed/").json()["results"]
        ]

    assert listed(one) == [own.pk]
    assert listed(person("support", "support"))[0] == both.pk
    assert len(listed(person("admin", "admin"))) == 3
    assert both.total == Decimal("44.70")


def test_no_operation_is_forgotten() -> None:
    asks: list[Any] = [ask for room in ROOMS for ask in room.values()]
    covered = {ask.covers for ask in asks if not isinstance(ask.covers, str)}
    texts = " ".join(ask.covers for ask in asks if isinstance(ask.covers, str))
    names = {"product_id": "{product}", "payment_id": "{payment}"}
    served = set()
    for pattern in version_1:
        view = getattr(pattern.callback, "view_class", None)
        if view is None or ".rest.orders." not in view.__module__:
            continue
        path = str(pattern.pattern)
        served |= {(method, path) for method in view().allowed_methods if method != "OPTIONS"}
    plain = {(method.lower(), path) for method, path in served} - ELSEWHERE

    def shape(path: str) -> str:
        for name, stands in names.items():
            path = path.replace(f"<int:{name}>", stands)
        return path.replace("<int:order_id>", "{order}")

    alike = {
        (method, path.replace("{shipped}", "{order}").replace("{unpaid}", "{order}"))
        for method, path in covered
    }
    assert {(method, shape(path)) for method, path in plain} == alike
    for kind in (OrdersQuery, OrdersMutation):
        for field in get_object_definition(kind, strict=True).fields:
            assert to_camel_case(field.python_name) in texts
