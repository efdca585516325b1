"""Orders, their lines, and their history."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models.carts import MAX_PIECES
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.orders.states import AWAITING, Facts, Happened, OrderState

__all__ = ["Order", "OrderEvent", "OrderLine"]

STATES = [(state.value, state.value) for state in OrderState]
METHODS = [(method.value, method.value) for method in ShippingMethod]
KINDS = [(kind.value, kind.value) for kind in EventKind]


class Order(models.Model):
    """A purchase. Its state and amounts follow from its events and are stored for reading.

    A trigger prevents orders from being deleted, and their lines and events from being changed.
    """

    # For people, who may read it out on the phone; it does not reveal how many orders there are.
    number = models.CharField(max_length=14, unique=True, db_collation="C")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    # The merchant of all its lines; null if there are several, or if the shop itself is the seller.
    merchant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="sales",
        null=True,
        db_index=False,
    )
    state = models.CharField(max_length=20, choices=STATES)
    currency = models.CharField(max_length=3)
    lines_total = models.DecimalField(max_digits=14, decimal_places=2)
    shipping = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    refunding = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    refunded = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    has_failed = models.BooleanField(default=False)
    is_shipped = models.BooleanField(default=False)
    is_delivered = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    # The number of the last event.
    version = models.PositiveIntegerField()
    recipient = models.CharField(max_length=120)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    shipping_method = models.CharField(max_length=10, choices=METHODS)
    # The carrier whose quote was used; empty for the flat price.
    carrier = models.CharField(max_length=40, blank=True, default="", db_default="")
    placed_at = models.DateTimeField(db_default=Now())
    # An order not paid by then is cancelled.
    payable_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in OrderState]),
                name="orders_order_state_known",
            ),
            models.CheckConstraint(
                condition=Q(lines_total__gte=0, shipping__gte=0, total__gt=0),
                name="orders_order_sums_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(total=F("lines_total") + F("shipping")),
                name="orders_order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid=F("total")), name="orders_order_paid_whole"
            ),
            models.CheckConstraint(
                condition=Q(refunding__gte=0, refunded__gte=0)
                & Q(paid__gte=F("refunding") + F("refunded")),
                name="orders_order_refunded_at_most_paid",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="orders_order_currency_iso_4217"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="orders_order_country_iso_3166"
            ),
        ]
        # Each list is ordered by one of these; the last one finds orders not paid in time.
        indexes: ClassVar = [
            models.Index(fields=["buyer", "id"], name="orders_order_buyer"),
            models.Index(fields=["merchant", "id"], name="orders_order_merchant"),
            models.Index(fields=["state", "id"], name="orders_order_state"),
            models.Index(
                fields=["payable_until"],
                name="orders_order_unpaid",
                condition=Q(state__in=sorted(state.value for state in AWAITING)),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        """The reference of this order's stock changes."""
        return f"order {self.number}"

    @property
    def facts(self) -> Facts:
        """The facts stored in this row."""
        return Facts(
            total=self.total,
            paid=self.paid,
            refunding=self.refunding,
            refunded=self.refunded,
            has_failed=self.has_failed,
            is_shipped=self.is_shipped,
            is_delivered=self.is_delivered,
            is_cancelled=self.is_cancelled,
        )


class OrderLine(models.Model):
    """A quantity of a product, as the product was when it was sold."""

    # The constraint's index begins with the order.
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    product = models.ForeignKey("products.Product", on_delete=models.PROTECT, related_name="+")
    merchant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    sku = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    quantity = models.PositiveSmallIntegerField()
    total = models.GeneratedField(
        expression=F("price") * F("quantity"),
        output_field=models.DecimalField(max_digits=14, decimal_places=2),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "product"], name="orders_orderline_product_unique"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0), name="orders_orderline_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MAX_PIECES)),
                name="orders_orderline_quantity_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class OrderEvent(models.Model):
    """An event in an order's history; an order's events are numbered from 1 without gaps."""

    # The constraint's index begins with the order.
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=KINDS)
    # What a reader of the history needs besides the amount.
    details = models.JSONField(default=dict)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    is_surplus = models.BooleanField(default=False)
    # Null if a timer or a payment provider acted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "number"], name="orders_orderevent_number_unique"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="orders_orderevent_numbered_from_one"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EventKind]),
                name="orders_orderevent_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="orders_orderevent_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.kind}"

    @property
    def happened(self) -> Happened:
        """The part of the event that the rules look at."""
        return Happened(kind=EventKind(self.kind), amount=self.amount, is_surplus=self.is_surplus)
