"""One transaction that many tests share: the world is created once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction

__all__ = ["shared_transaction"]


@contextmanager
def shared_transaction(blocker: Any) -> Iterator[None]:
    """Hold a transaction open over requests, as Django's own test client does, and undo it."""
    signals = (request_started, request_finished)
    with blocker.unblock(), transaction.atomic():
        for signal in signals:
            signal.disconnect(close_old_connections)
        # Earlier tests may have emptied the tables, including the migrations' rows. Django restores
        # those rows if any test empties tables.
        if rows := getattr(connection, "_test_serialized_contents", None):
            connection.creation.deserialize_db_from_string(rows)
        yield
        for signal in signals:
            signal.connect(close_old_connections)
        transaction.set_rollback(True)
