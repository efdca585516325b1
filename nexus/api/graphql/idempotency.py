"""Mutations that may be repeated with a key.

Which fields are asked for may differ from one repetition to the next, so what is kept is the id of
what was made; it is shown as it is now. REST gives its first answer again byte for byte.
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
    sent: Mapping[str, Any],
    act: Callable[[], Model],
    read: Callable[[int], M],
) -> M:
    """Make something unless it was made for this key, and `read` it by its id.

    Raises the errors of `nexus.core.idempotency`.
    """
    found = answer_once(
        user_id=info.context.require_user().pk,
        key=read_key(key),
        asked=fingerprint(f"graphql {operation}", sent),
        act=lambda: Answer(HTTPStatus.OK, str(act().pk).encode()),
    )
    if found.replayed:
        info.context.response.headers["Idempotent-Replayed"] = "true"
    return read(int(found.body))
