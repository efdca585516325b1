"""Payments, refunds, and the callbacks and secrets of providers."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from nexus.apps.orders.models.orders import Order

__all__ = [
    "CallbackEvent",
    "Payment",
    "PaymentStatus",
    "ProviderSecret",
    "Refund",
    "RefundStatus",
]


class PaymentStatus(StrEnum):
    """The status of a payment attempt."""

    STARTED = "started"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    # The amount or currency received differs from the one requested.
    HELD = "held"
    # The order was not waiting for it: it is refunded.
    SURPLUS = "surplus"


class RefundStatus(StrEnum):
    """The status of a refund."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"


class Payment(models.Model):
    """A payment attempt of an order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=40)
    # Identifies this payment at the provider.
    reference = models.CharField(max_length=80, db_collation="C")
    status = models.CharField(
        max_length=10,
        choices=[(status.value, status.value) for status in PaymentStatus],
        default=PaymentStatus.STARTED.value,
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    # The amount received, and how much of it has been or is being refunded.
    received = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    returned = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    # Where the buyer pays.
    pay_url = models.CharField(max_length=500)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "reference"], name="orders_payment_reference_unique"
            ),
            models.UniqueConstraint(
                fields=["order"],
                name="orders_payment_one_success",
                condition=Q(status=PaymentStatus.SUCCEEDED.value),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in PaymentStatus]),
                name="orders_payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="orders_payment_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("received")),
                name="orders_payment_returned_at_most_received",
            ),
            models.CheckConstraint(
                condition=~Q(status=PaymentStatus.SUCCEEDED.value) | Q(received=F("amount")),
                name="orders_payment_success_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Refund(models.Model):
    """A refund of a payment."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=10,
        choices=[(status.value, status.value) for status in RefundStatus],
        default=RefundStatus.REQUESTED.value,
    )
    # Null for a surplus payment or a timer.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    requested_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in RefundStatus]),
                name="orders_refund_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id}"


class CallbackEvent(models.Model):
    """A provider's callback, stored before it is handled, so that a duplicate is recognised."""

    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=100, db_collation="C")
    payload = models.JSONField()
    # The result of handling it.
    outcome = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="orders_callbackevent_id_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} of {self.provider}"


class ProviderSecret(models.Model):
    """A provider's signing secret, encrypted; two are valid during a rotation."""

    provider = models.CharField(max_length=40)
    sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    # Null for the current one.
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(valid_until=None),
                name="orders_providersecret_one_present",
            ),
        ]

    def __str__(self) -> str:
        return f"secret of {self.provider}"
