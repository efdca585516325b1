"""The audit's entries."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from nexus.core.observability.request_context import MAX_ID_LENGTH

__all__ = ["Entry"]


class Entry(models.Model):
    """One action of a user."""

    at = models.DateTimeField(db_default=Now())
    # The user stays referenced: the row of a deleted account holds no personal data. It is null if
    # an anonymous visitor signs up, or if a scheduled task acts.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    action = models.CharField(max_length=60)
    # The object, as `app.model` and its key.
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    # The id of the request that caused it, to find its logs; empty for a scheduled task.
    request_id = models.CharField(max_length=MAX_ID_LENGTH, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [
            models.Index(fields=["kind", "key", "id"], name="audit_entry_object"),
            models.Index(fields=["actor", "id"], name="audit_entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.kind} {self.key}"
