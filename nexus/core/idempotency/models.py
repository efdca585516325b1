"""The stored responses."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

__all__ = ["MAX_KEY_LENGTH", "Record"]

MAX_KEY_LENGTH = 128


class Record(models.Model):
    """The response to a user's request with a key."""

    # The index of the unique constraint begins with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=MAX_KEY_LENGTH, db_collation="C")
    # A digest of the request, to detect another request with the same key.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_record_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"
