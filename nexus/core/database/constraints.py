"""What the database refuses, as errors of ours.

PostgreSQL has the last word on an invariant: a look before a write can be out of date. An error
class lists the constraints that it stands for (`NexusError.constraints`), and a service says which
of them a statement may run into. A constraint is recognised by its name, never by the text of the
message, which depends on the server's language.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction

from nexus.core.errors import NexusError

__all__ = ["constraint_errors", "constraint_name"]


@contextmanager
def constraint_errors(*errors: type[NexusError], deferred: bool = False) -> Iterator[None]:
    """Raise the one of `errors` whose class lists the constraint that the body violates.

    The body runs in a savepoint, so that the transaction can go on. With `deferred`, constraints
    that the database checks at the commit, such as foreign keys, are checked at the end of the
    body. A violation of any other constraint is raised as the `IntegrityError` that it is.
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
    """Return the name of the constraint that was violated; empty where the server names none."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
