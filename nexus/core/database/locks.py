"""Row locks: the row that a write is about, held until its transaction ends."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from nexus.core.errors import NexusError

__all__ = ["get_for_update"]

Row = TypeVar("Row", bound=Model)


def get_for_update(
    rows: "QuerySet[Row]", missing: "type[NexusError]", *, no_key: bool = True, **lookup: Any
) -> Row:
    """Return the one row of `rows` that matches `lookup`, locked until the transaction ends.

    Only the row itself is locked, not what `select_related` joins. With `no_key` rows that refer to
    it can still be inserted (`FOR NO KEY UPDATE`); without, they wait (`FOR UPDATE`). Raises
    `missing` if there is no such row.
    """
    row = rows.select_for_update(of=("self",), no_key=no_key).filter(**lookup).first()
    if row is None:
        raise missing
    return row
