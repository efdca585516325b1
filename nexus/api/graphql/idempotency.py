"""Mutations that can be retried with a key.

The selected fields may differ from one retry to the next, so the id of the created object is
stored, and the object is returned as it is now. REST returns its first response, byte for byte.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from django.db.models import Model

from nexus.api.graphql.context import Info
from nexus.core.idempotency.services import Answer, answer_once, fingerprint, read_key

__all__ = ["create_once"]

M = TypeVar("M", bound=Model)


def create_once(  # noqa: PLR0913 -- each is a keyword that a mutation reads by its name
    info: Info,
    *,
    key: str,
    operation: str,
    values: Mapping[str, Any],
    act: Callable[[], Model],
    read: Callable[[int], M],
) -> M:
    """Create an object unless one was created for this key, and `read` it by its id.

    Raises the errors of `nexus.core.idempotency`.
    """
    response = answer_once(
        user_id=info.context.require_user().pk,
        key=read_key(key),
        asked=fingerprint(f"graphql {operation}", values),
        act=lambda: Answer(HTTPStatus.OK, str(act().pk).encode()),
    )
    if response.replayed:
        info.context.response.headers["Idempotent-Replayed"] = "true"
    return read(int(response.body))
