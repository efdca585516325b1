"""The answers that were given."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

__all__ = ["MAX_KEY_LENGTH", "Record"]

MAX_KEY_LENGTH = 128


class Record(models.Model):
    """What a person's request with a key was answered with."""

    # The constraint's index begins with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=MAX_KEY_LENGTH, db_collation="C")
    # A digest of what was asked for, so that another request with this key is seen to be another.
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
