"""Outbox messages, waiting and delivered."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

__all__ = ["Message", "MessageQuerySet"]

OPEN = Q(delivered_at=None, failed_at=None)


class MessageQuerySet(models.QuerySet["Message"]):
    """Queries by delivery state."""

    def due(self) -> Self:
        """Return the waiting messages that are due, by the database's clock."""
        return self.filter(OPEN, due_at__lte=Now())


class Message(models.Model):
    """One event for one handler."""

    topic = models.CharField(max_length=80)
    handler = models.CharField(max_length=160)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    # The earliest time of the next attempt.
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_error = models.TextField(blank=True, db_default="")
    delivered_at = models.DateTimeField(null=True, blank=True)
    # Given up: it needs attention.
    failed_at = models.DateTimeField(null=True, blank=True)
    # Of the request that published it, so that the worker's logs and traces refer to it.
    request_id = models.CharField(max_length=64, blank=True, db_default="")
    traceparent = models.CharField(max_length=55, blank=True, db_default="")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(failed_at=None),
                name="outbox_message_one_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="outbox_message_due", condition=OPEN),
            models.Index(
                fields=["delivered_at"],
                name="outbox_message_delivered",
                condition=Q(delivered_at__isnull=False),
            ),
            # For monitoring; there should be none.
            models.Index(
                fields=["failed_at"],
                name="outbox_message_given_up",
                condition=Q(failed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {self.handler}"
