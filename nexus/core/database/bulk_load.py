"""Loading many rows into a table at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

__all__ = ["deferred_constraints"]

# What a table checks or maintains for each row, as a statement to drop it and one to create it:
# foreign keys, unique and exclusion constraints, and the indexes that belong to no constraint.
ROW_BY_ROW = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
              conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE conrelid = %(table)s::regclass AND contype IN ('f', 'u', 'x')
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = %(table)s::regclass AND NOT indisunique AND NOT indisexclusion
"""


@contextmanager
def deferred_constraints(cursor: CursorWrapper, table: str) -> Iterator[None]:
    """Drop a table's foreign keys, unique constraints and indexes, and recreate them at the end.

    Over existing rows each is checked or built in one pass, at a fraction of the cost of doing it
    row by row, above all for a GIN index or an exclusion constraint. Use it inside a transaction:
    if the body or a constraint fails, everything is rolled back.
    """
    # A constraint cannot be dropped while deferred checks of earlier rows are pending.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(ROW_BY_ROW, {"table": table})
    statements = cursor.fetchall()
    for drop, _ in statements:
        cursor.execute(drop)
    yield
    # With enough memory the sort for an index does not spill to disk.
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, create in statements:
        cursor.execute(create)
