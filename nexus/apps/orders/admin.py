"""Orders, their history and their payments in the admin: read-only, changed only by services."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from nexus.apps.orders import services
from nexus.apps.orders.models import (
    CallbackEvent,
    Cart,
    CartLine,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Refund,
)
from nexus.apps.users.queries import with_email
from nexus.core.admin.tables import History, Rows

__all__ = ["CallbackEventAdmin", "CartAdmin", "OrderAdmin", "PaymentAdmin", "RefundAdmin"]


class ReasonForm(forms.Form):
    """The reason for an action; the buyer may read it."""

    reason = forms.CharField(
        max_length=200, help_text="The buyer may read it.", widget=AdminTextInputWidget
    )


class RefundForm(ReasonForm):
    """The amount to refund."""

    amount = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text="For each order. Leave empty to refund everything not yet refunded.",
    )


class LineRows(Rows):
    """The lines of an order."""

    model = OrderLine
    fields = ("sku", "name", "price", "quantity", "total", "merchant")
    related = ("merchant",)


class EventRows(Rows):
    """The events of an order."""

    model = OrderEvent
    fields = ("number", "kind", "amount", "actor", "at", "details")
    related = ("actor",)


class PaymentRows(Rows):
    """Payment attempts."""

    model = Payment
    fields = ("reference", "provider", "status", "amount", "received", "returned", "started_at")
    show_change_link = True


@admin.register(Order)
class OrderAdmin(History):
    """Orders, searchable by number or buyer."""

    list_display = ("number", "state", "buyer", "total", "currency", "refunded", "placed_at")
    list_select_related: ClassVar = ["buyer"]
    list_filter = ("state", "currency", "shipping_method")
    search_fields = ("number__exact",)
    search_help_text = "The full order number or the buyer's full email address."
    fields = (
        "number", "state", "buyer", "merchant", "lines_total", "shipping", "total", "currency",
        "paid", "refunding", "refunded", "recipient", "street", "postal_code", "city", "country",
        "shipping_method", "placed_at", "payable_until",
    )  # fmt: skip
    inlines: ClassVar = [LineRows, EventRows, PaymentRows]
    actions = ("cancel", "refund")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find an order by its number, in any case, or all orders of a buyer by email address."""
        term = search_term.strip()
        if "@" in term:
            return queryset.filter(buyer__in=with_email(term)), False
        return super().get_search_results(request, queryset, term.upper())

    @admin.action(description="Cancel and refund what was paid", permissions=["view"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Order]) -> HttpResponse | None:
        """Ask for the reason, then cancel."""

        def work(row: Order, reason: str) -> None:
            services.cancel_order(order_id=row.pk, by=request.user, reason=reason)

        return self.ask(request, rows, ReasonForm, work, action="cancel", title="Cancel orders")

    @admin.action(description="Refund", permissions=["view"])
    def refund(self, request: HttpRequest, rows: QuerySet[Order]) -> HttpResponse | None:
        """Ask for the amount and the reason, then refund."""

        def work(row: Order, reason: str, amount: Decimal | None) -> None:
            services.refund_order(order_id=row.pk, by=request.user, amount=amount, reason=reason)

        return self.ask(request, rows, RefundForm, work, action="refund", title="Refund orders")


@admin.register(Payment)
class PaymentAdmin(History):
    """Payment attempts, searchable by the provider's reference."""

    list_display = ("reference", "provider", "order", "status", "amount", "currency", "started_at")
    list_select_related: ClassVar = ["order"]
    list_filter = ("status", "provider")
    search_fields = ("reference__exact", "order__number__exact")
    search_help_text = "The full payment reference or order number."
    fields = ("order", "provider", "reference", "status", "amount", "currency", "received",
              "returned", "started_at", "ended_at")  # fmt: skip


@admin.register(Refund)
class RefundAdmin(History):
    """Refunds."""

    list_display = ("payment", "amount", "status", "requested_by", "requested_at", "ended_at")
    list_select_related: ClassVar = ["payment", "requested_by"]
    list_filter = ("status",)
    search_fields = ("payment__reference__exact", "payment__order__number__exact")
    search_help_text = "The full payment reference or order number."
    fields = ("payment", "amount", "reason", "status", "requested_by", "requested_at", "ended_at")


@admin.register(CallbackEvent)
class CallbackEventAdmin(History):
    """Callbacks of payment providers and their outcome."""

    list_display = ("event_id", "provider", "outcome", "received_at")
    list_filter = ("outcome", "provider")
    search_fields = ("event_id__exact",)
    search_help_text = "The full event id."
    fields = ("provider", "event_id", "payload", "outcome", "received_at")


class CartLineRows(Rows):
    """The lines of a cart."""

    model = CartLine
    fields = ("product", "quantity")
    related = ("product",)


@admin.register(Cart)
class CartAdmin(History):
    """Carts, searchable by owner."""

    list_display = ("user",)
    list_select_related: ClassVar = ["user"]
    search_fields = ("pk",)
    search_help_text = "The owner's full email address."
    fields = ("user",)
    inlines: ClassVar = [CartLineRows]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a user's cart by email address."""
        del request
        term = search_term.strip()
        return (queryset.filter(user__in=with_email(term)) if term else queryset), False
