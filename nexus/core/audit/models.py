"""The entries of the audit."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from nexus.core.observability.request_context import MAX_ID_LENGTH

__all__ = ["Entry"]


class Entry(models.Model):
    """One thing that somebody did."""

    at = models.DateTimeField(db_default=Now())
    # Whoever acted stays known: the row of a deleted account holds nothing personal. Nobody acts
    # where a stranger signs up, or a timer.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
    )
    action = models.CharField(max_length=60)
    # The object as `app.model` and its key.
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    # Of the request that led to it, by which the logs are found; a timer's has none.
    request_id = models.CharField(max_length=MAX_ID_LENGTH, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "entries"
        indexes: ClassVar = [
            models.Index(fields=["kind", "key", "id"], name="audit_entry_object"),
            models.Index(fields=["actor", "id"], name="audit_entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.kind} {self.key}"
