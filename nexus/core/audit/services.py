"""Writing the audit."""

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from nexus.core.audit.models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

__all__ = ["record"]


def record(
    action: str,
    *,
    by: "AbstractBaseUser | AnonymousUser | None",
    of: models.Model,
    **details: Any,
) -> None:
    """Write down what `by` did to an object, in the transaction of the change itself.

    `details` are JSON and hold nothing personal and no secret, since they are never deleted.
    Raises `RuntimeError` outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        message = "An entry is written inside the transaction of the change that it tells of."
        raise RuntimeError(message)
    Entry.objects.create(
        action=action,
        actor_id=by.pk if by is not None and by.is_authenticated else None,
        kind=of._meta.label_lower,  # noqa: SLF001 -- Django documents it
        key=str(of.pk),
        details=details,
    )
