"""Webhooks for order events, and their deliveries."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from nexus.apps.orders.models.orders import KINDS, OrderEvent

__all__ = ["DeliveryStatus", "Webhook", "WebhookDelivery", "WebhookSecret"]


class DeliveryStatus(StrEnum):
    """The status of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(models.Model):
    """A URL that receives the order events of a merchant."""

    # The index on owner and id covers this.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks", db_index=False
    )
    url = models.CharField(max_length=500)
    # Empty means all events.
    events = ArrayField(models.CharField(max_length=20, choices=KINDS), default=list, blank=True)
    is_on = models.BooleanField(default=True)
    # Consecutive failed attempts, and since when.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    # After repeated failures no attempt is made until then.
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "id"], name="orders_webhook_owner")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="orders_webhook_fails_since",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookSecret(models.Model):
    """A webhook's signing secret, encrypted; during a rotation messages are signed with both."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    # Null for the current one.
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["webhook"],
                condition=Q(valid_until=None),
                name="orders_webhooksecret_one_present",
            ),
        ]

    def __str__(self) -> str:
        return f"secret of {self.webhook_id}"


class WebhookDelivery(models.Model):
    """A message to a webhook, with the result of its last attempt."""

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    # Null for a ping.
    event = models.ForeignKey(OrderEvent, on_delete=models.PROTECT, related_name="+", null=True)
    # The same for every attempt, so that a receiver recognises a duplicate.
    message_id = models.CharField(max_length=40, unique=True, db_collation="C")
    payload = models.JSONField()
    status = models.CharField(
        max_length=10,
        choices=[(status.value, status.value) for status in DeliveryStatus],
        default=DeliveryStatus.WAITING.value,
    )
    attempts = models.PositiveIntegerField(default=0)
    # Attempts in the current series; a redelivery starts a new series.
    tries = models.PositiveSmallIntegerField(default=0)
    # Of the last attempt; the status code is null if there was no response.
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["webhook", "event"], name="orders_webhookdelivery_event_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in DeliveryStatus]),
                name="orders_webhookdelivery_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.WAITING.value, ended_at=None)
                | (~Q(status=DeliveryStatus.WAITING.value) & Q(ended_at__isnull=False)),
                name="orders_webhookdelivery_ended_at",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "id"], name="orders_delivery_webhook"),
            models.Index(fields=["created_at"], name="orders_delivery_created"),
        ]

    def __str__(self) -> str:
        return self.message_id
