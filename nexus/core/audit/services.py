"""Writing audit entries."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from nexus.core.audit.models import Entry
from nexus.core.observability.request_context import current_request_id

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

__all__ = ["record", "record_each"]


def record(
    action: str,
    *,
    by: "AbstractBaseUser | AnonymousUser | None",
    of: models.Model,
    **details: Any,
) -> None:
    """Record what `by` did to an object, in the same transaction as the change itself.

    `details` are JSON without personal data or secrets, since they are never deleted. Raises
    `RuntimeError` outside a transaction.
    """
    record_each(action, by=by, of=[(of, details)])


def record_each(
    action: str,
    *,
    by: "AbstractBaseUser | AnonymousUser | None",
    of: Iterable[tuple[models.Model, Mapping[str, Any]]],
) -> None:
    """Record what `by` did to each of several objects, with details for each, as `record` does."""
    if not transaction.get_connection().in_atomic_block:
        message = "An audit entry must be written inside the transaction of the change it records."
        raise RuntimeError(message)
    Entry.objects.bulk_create(
        Entry(
            action=action,
            actor_id=by.pk if by is not None and by.is_authenticated else None,
            kind=instance._meta.label_lower,  # noqa: SLF001 -- Django documents it
            key=str(instance.pk),
            details=dict(details),
            request_id=current_request_id(),
        )
        for instance, details in of
    )
