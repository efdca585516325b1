"""Payments, refunds, and what providers tell of them."""

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
    """What became of an attempt to pay."""

    STARTED = "started"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    # Another amount or currency came than was asked for.
    HELD = "held"
    # It came when the order did not want it: it goes back.
    SURPLUS = "surplus"


class RefundStatus(StrEnum):
    """Whether money has gone back."""

    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"


class Payment(models.Model):
    """One attempt to pay for an order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=40)
    # The name of this payment between the provider and us.
    reference = models.CharField(max_length=80, db_collation="C")
    status = models.CharField(
        max_length=10,
        choices=[(status.value, status.value) for status in PaymentStatus],
        default=PaymentStatus.STARTED.value,
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    # What came in, and what of it has gone or is to go back.
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
    """Money that goes back."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=10,
        choices=[(status.value, status.value) for status in RefundStatus],
        default=RefundStatus.REQUESTED.value,
    )
    # Nobody asks where the order wanted no money.
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
    """One message of a provider, written down before it is acted on, so that a second is known."""

    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=100, db_collation="C")
    payload = models.JSONField()
    # What came of it.
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
    """What a provider signs its messages with, encrypted; two are valid while one is replaced."""

    provider = models.CharField(max_length=40)
    sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    # Nothing: this is the present one.
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
