"""Constraint violations as `NexusError`s.

PostgreSQL has the last word on an invariant: a check before a write can be out of date. An error
class lists its constraints (`NexusError.constraints`), and a service says which of these errors a
statement may raise. A constraint is recognised by its name, never by the text of the message, which
depends on the server's language.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from nexus.core.errors import NexusError

__all__ = ["constraint_errors", "constraint_name"]


@contextmanager
def constraint_errors(*errors: type[NexusError], deferred: bool = False) -> Iterator[None]:
    """Raise the one of `errors` whose class lists the constraint that the body violates.

    The body runs in a savepoint, so the transaction can continue. With `deferred`, constraints that
    the database checks at commit, such as foreign keys, are checked at the end of the body. A
    violation of any other constraint is raised unchanged, as `IntegrityError`.
    """
    try:
        with transaction.atomic():
            yield
            if deferred:
                connection.check_constraints()
    except IntegrityError as error:
        name = constraint_name(error)
        for error_class in errors:
            if name in error_class.constraints:
                raise error_class from error
        raise


def constraint_name(error: IntegrityError) -> str:
    """Return the name of the violated constraint, or an empty string if the server sent none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
