"""Any number of deterministic orders, for labs, tests and demonstrations.

PostgreSQL generates the rows, with one statement for each table, from the products of a sample
shop. Every order's events, payments, refunds and stock match its state: the audit finds no
difference.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import PaymentStatus
from nexus.apps.orders.shipping import RATES, ShippingMethod
from nexus.apps.orders.states import OrderState
from nexus.apps.products.samples import Shop
from nexus.core.database.bulk_load import deferred_constraints

__all__ = ["COURSES", "Sales"]

# Scatters consecutive numbers, as in a linear congruential generator, so that values look random
# and are the same everywhere. It is odd, so no two numbers below 2**32 collide.
SPREAD = 2_654_435_761
CURRENCY = "EUR"

FIRST = ("Ama", "Bruno", "Chiara", "Daniel", "Efua", "Farid", "Grace", "Hana", "Ivo", "Joana")
LAST = ("Mensah", "Silva", "Okafor", "Tamm", "Wanjiru", "Laurent", "Sato", "Quispe", "Novak")
STREETS = ("Harbour Road", "Market Lane", "Mill Street", "Park Row", "Station Way")
CITIES = (("Porto", "PT"), ("Lyon", "FR"), ("Accra", "GH"), ("Nairobi", "KE"), ("Tallinn", "EE"))

NOTHING, TOTAL, SHIPPING = "nothing", "total", "shipping"


@dataclass(frozen=True, slots=True)
class Step:
    """An event of an order, how many hours after it was placed, and which amount it concerns."""

    kind: EventKind
    hours: int
    amount: str = NOTHING


PLACED = Step(EventKind.PLACED, 0, TOTAL)
PAID = Step(EventKind.PAID, 1, TOTAL)
SHIPPED, DELIVERED = Step(EventKind.SHIPPED, 20), Step(EventKind.DELIVERED, 70)
DONE = (PLACED, PAID, SHIPPED, DELIVERED)
COURSES: Mapping[OrderState, tuple[Step, ...]] = {
    OrderState.PENDING_PAYMENT: (PLACED,),
    OrderState.PAYMENT_FAILED: (PLACED, Step(EventKind.PAYMENT_FAILED, 0)),
    OrderState.PAID: (PLACED, PAID),
    OrderState.SHIPPED: (PLACED, PAID, SHIPPED),
    OrderState.DELIVERED: DONE,
    OrderState.CANCELLED: (PLACED, Step(EventKind.CANCELLED, 0)),
    OrderState.PARTIALLY_REFUNDED: (
        *DONE,
        Step(EventKind.REFUND_REQUESTED, 90, SHIPPING),
        Step(EventKind.REFUNDED, 91, SHIPPING),
    ),
    OrderState.REFUNDED: (
        *DONE,
        Step(EventKind.REFUND_REQUESTED, 90, TOTAL),
        Step(EventKind.REFUNDED, 91, TOTAL),
    ),
}
# Most orders are delivered; any 16 consecutive orders cover every state.
TURNS = (*COURSES, *[OrderState.DELIVERED] * (16 - len(COURSES)))

LINES = """
CREATE TEMPORARY TABLE sample_lines ON COMMIT DROP AS
WITH shelf AS (
    SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, owner_id, sku, name, price
    FROM products_product WHERE currency = %(currency)s
), counted AS (SELECT count(*) AS products FROM shelf)
SELECT n, j, shelf.id AS product_id, owner_id, sku, name, price, 1 + r / 256 %% 3 AS quantity
FROM (
    SELECT n, j, n * %(spread)s %% 4294967296 AS r
    FROM generate_series(1::bigint, %(orders)s) AS n, generate_series(0, %(lines)s - 1) AS j
) AS numbered
CROSS JOIN counted
JOIN shelf ON shelf.place = (r / 32 + j) %% products
WHERE j <= r / 8 %% %(lines)s
"""
ORDERS = """
INSERT INTO orders_order (number, buyer_id, merchant_id, state, currency, lines_total, shipping,
    total, paid, refunding, refunded, has_failed, is_shipped, is_delivered, is_cancelled, version,
    recipient, street, postal_code, city, country, shipping_method, placed_at, payable_until)
SELECT number, (%(buyers)s::bigint[])[buyer], merchant_id, state, %(currency)s,
       lines_total, shipping, lines_total + shipping,
       CASE WHEN is_paid THEN lines_total + shipping ELSE 0 END, 0,
       CASE refunded WHEN 'total' THEN lines_total + shipping WHEN 'shipping' THEN shipping ELSE 0
       END, has_failed, is_shipped, is_delivered, is_cancelled, version,
       (%(names)s::text[])[buyer], (%(streets)s::text[])[1 + r / 4 %% %(n_streets)s] || ' '
           || 1 + r / 16 %% 90, lpad((r / 64 %% 99999)::text, 5, '0'), (%(cities)s::text[])[city],
       (%(countries)s::text[])[city], method, placed_at,
       CASE WHEN awaits THEN %(today)s::date + interval '7 days'
       ELSE placed_at + interval '30 minutes' END
FROM (
    SELECT n, r, upper(
               substr(hex, 1, 4) || '-' || substr(hex, 5, 4) || '-' || substr(md5(hex), 1, 4)
           ) AS number,
           1 + r / 128 %% %(n_buyers)s AS buyer, 1 + r / 512 %% %(n_cities)s AS city,
           (%(methods)s::text[])[method] AS method, (%(prices)s::numeric[])[method] AS shipping,
           (%(turns)s::text[])[1 + n %% %(n_turns)s] AS state,
           %(today)s::date - interval '1 hour' * (100 + r / 1024 %% 4320) AS placed_at
    FROM (
        SELECT n, n * %(spread)s %% 4294967296 AS r,
               lpad(to_hex(n * %(spread)s %% 4294967296), 8, '0') AS hex,
               1 + n * %(spread)s %% 4294967296 / 2 %% %(n_methods)s AS method
        FROM generate_series(1::bigint, %(orders)s) AS n
    ) AS numbered
) AS worded
JOIN (
    SELECT n, sum(price * quantity) AS lines_total,
           CASE WHEN count(DISTINCT owner_id) = 1 AND count(*) = count(owner_id)
           THEN min(owner_id) END AS merchant_id
    FROM sample_lines GROUP BY n
) AS summed USING (n)
JOIN jsonb_to_recordset(%(courses)s::jsonb) AS course (state text, version int, is_paid boolean,
    refunded text, has_failed boolean, is_shipped boolean, is_delivered boolean,
    is_cancelled boolean, awaits boolean) USING (state)
ORDER BY n
"""
# The orders just inserted are the last ones, in the order of their numbers.
MADE = """
CREATE TEMPORARY TABLE sample_orders ON COMMIT DROP AS
SELECT *, row_number() OVER (ORDER BY id) AS n
FROM (SELECT * FROM orders_order ORDER BY id DESC LIMIT %(orders)s) AS latest
"""
ORDER_LINES = """
INSERT INTO orders_orderline (order_id, product_id, merchant_id, sku, name, price, quantity)
SELECT made.id, product_id, owner_id, line.sku, line.name, line.price, quantity
FROM sample_lines AS line JOIN sample_orders AS made USING (n) ORDER BY n, j
"""
# The stock taken, and for a cancelled order the stock returned.
STOCK = """
INSERT INTO products_stockchange (product_id, quantity, changed_by_id, changed_at, reference)
SELECT product_id, sign * quantity, buyer_id, placed_at, 'order ' || number
FROM sample_lines AS line JOIN sample_orders AS made USING (n)
JOIN (VALUES (-1), (1)) AS way (sign) ON sign = -1 OR is_cancelled
ORDER BY n, j, sign
"""
PAYMENTS = """
INSERT INTO orders_payment (order_id, provider, reference, status, amount, currency, received,
    returned, pay_url, started_at, ended_at)
SELECT id, 'sandbox', 'sandbox-' || number || '-1',
       CASE WHEN paid > 0 THEN %(succeeded)s ELSE %(failed)s END, total, currency, paid, refunded,
       'https://sandbox.invalid/pay/sandbox-' || number || '-1/', placed_at,
       placed_at + CASE WHEN paid > 0 THEN interval '1 hour' ELSE interval '1 minute' END
FROM sample_orders WHERE paid > 0 OR has_failed ORDER BY id
"""
REFUNDS = """
INSERT INTO orders_refund (payment_id, amount, reason, status, requested_at, ended_at)
SELECT payment.id, refunded, 'sample', 'done', placed_at + interval '90 hours',
       placed_at + interval '91 hours'
FROM sample_orders AS made JOIN orders_payment AS payment ON payment.order_id = made.id
WHERE refunded > 0 ORDER BY made.id
"""
EVENTS = """
INSERT INTO orders_orderevent (order_id, number, kind, details, amount, is_surplus, actor_id, at)
SELECT made.id, step.number, kind,
       CASE WHEN kind IN ('paid', 'payment_failed') THEN jsonb_build_object('payment', payment.id)
            WHEN kind LIKE 'refund%%' THEN jsonb_build_object('refund', refund.id)
            WHEN kind = 'shipped' THEN jsonb_build_object('tracking', 'T' || made.number)
            WHEN kind = 'cancelled' THEN jsonb_build_object('reason', 'sample')
            ELSE '{}' END,
       CASE step.amount WHEN 'total' THEN total WHEN 'shipping' THEN shipping ELSE 0 END, false,
       CASE WHEN kind IN ('placed', 'cancelled') THEN buyer_id
            WHEN kind IN ('shipped', 'delivered') THEN merchant_id END,
       placed_at + step.hours * interval '1 hour'
FROM sample_orders AS made
JOIN jsonb_to_recordset(%(steps)s::jsonb) AS step (state text, number int, kind text, hours int,
    amount text) USING (state)
LEFT JOIN orders_payment AS payment ON payment.order_id = made.id
LEFT JOIN orders_refund AS refund ON refund.payment_id = payment.id
ORDER BY made.id, step.number
"""


@dataclass(frozen=True, kw_only=True)
class Sales:
    """A shop whose `buyers` have placed `orders` orders of at most `lines` products each.

    They were placed in the 180 days before `today`, in every state in turn; unpaid orders can be
    paid for a week from `today`.
    """

    orders: int = 0
    buyers: int = 100
    lines: int = 4
    shop: Shop = field(default=Shop(products=200, merchants=5))
    today: date = field(default=date(2026, 1, 1))

    @property
    def key(self) -> str:
        """The name of this data: the same key means the same rows."""
        size = f"orders-{self.orders}-buyers-{self.buyers}-lines-{self.lines}-{self.today}"
        return f"{self.shop.key}-{size}"

    @transaction.atomic
    def fill(self) -> None:
        """Write the rows into an empty database.

        Raises `ValueError` if `lines` exceeds the number of products in the shop.
        """
        if self.orders and not 1 <= self.lines <= self.shop.products:
            raise ValueError(f"{self.lines} lines need as many products; the shop has too few.")
        self.shop.fill()
        parameters = self._parameters(self._add_buyers())
        with connection.cursor() as cursor:
            cursor.execute(LINES, parameters)
            with deferred_constraints(cursor, "orders_order"):
                cursor.execute(ORDERS, parameters)
            cursor.execute(MADE, parameters)
            cursor.execute("ANALYZE sample_lines, sample_orders")
            for table, statement in (
                ("orders_orderline", ORDER_LINES),
                ("products_stockchange", STOCK),
                ("orders_payment", PAYMENTS),
                ("orders_refund", REFUNDS),
                ("orders_orderevent", EVENTS),
            ):
                with deferred_constraints(cursor, table):
                    cursor.execute(statement, parameters)

    def _parameters(self, buyers: list[tuple[int, str]]) -> dict[str, Any]:
        lists: dict[str, list[Any]] = {
            "buyers": [pk for pk, _ in buyers],
            "names": [name for _, name in buyers],
            "streets": list(STREETS),
            "cities": [city for city, _ in CITIES],
            "countries": [country for _, country in CITIES],
            "methods": [method.value for method in ShippingMethod],
            "prices": [RATES[CURRENCY][method] for method in ShippingMethod],
            "turns": [state.value for state in TURNS],
        }
        return {
            **lists,
            **{f"n_{name}": len(values) for name, values in lists.items()},
            "courses": json.dumps([_course(*course) for course in COURSES.items()]),
            "steps": json.dumps(_steps()),
            "currency": CURRENCY,
            "spread": SPREAD,
            "orders": self.orders,
            "lines": self.lines,
            "today": self.today,
            "succeeded": PaymentStatus.SUCCEEDED.value,
            "failed": PaymentStatus.FAILED.value,
        }

    def _add_buyers(self) -> list[tuple[int, str]]:
        users = get_user_model()
        buyers = users.objects.bulk_create(
            users(
                email=f"buyer-{number}@shop.example",
                name=f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}",
                password=make_password(None),
            )
            for number in range(1, self.buyers + 1)
        )
        return [(user.pk, user.name) for user in buyers]


def _course(state: OrderState, steps: tuple[Step, ...]) -> dict[str, Any]:
    """Return the columns of an order that follow from its steps."""
    amounts = {step.kind: step.amount for step in steps}
    return {
        "state": state.value,
        "version": len(steps),
        "is_paid": EventKind.PAID in amounts,
        "refunded": amounts.get(EventKind.REFUNDED, NOTHING),
        "has_failed": EventKind.PAYMENT_FAILED in amounts,
        "is_shipped": EventKind.SHIPPED in amounts,
        "is_delivered": EventKind.DELIVERED in amounts,
        "is_cancelled": EventKind.CANCELLED in amounts,
        "awaits": EventKind.PAID not in amounts and EventKind.CANCELLED not in amounts,
    }


def _steps() -> list[dict[str, Any]]:
    """Return every step of every course as a row."""
    return [
        {
            "state": state.value,
            "number": number,
            "kind": step.kind.value,
            "hours": step.hours,
            "amount": step.amount,
        }
        for state, steps in COURSES.items()
        for number, step in enumerate(steps, 1)
    ]
