"""Loading many rows into a table at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

__all__ = ["deferred_constraints"]

# What a table checks or keeps for each row alone, as a statement to drop it and one to make it:
# foreign keys, unique and exclusion constraints, and the indexes that are no constraint's.
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
    """Take a table's foreign keys, unique constraints and indexes away, and make them at the end.

    Over rows that are there each is checked or built in one pass, at a fraction of the cost of
    doing it for every row alone, a GIN or an exclusion above all. It belongs into a transaction:
    where the body or a constraint fails, all is as it was.
    """
    # Nothing can go while checks of earlier rows are outstanding.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(ROW_BY_ROW, {"table": table})
    statements = cursor.fetchall()
    for drop, _ in statements:
        cursor.execute(drop)
    yield
    # What an index sorts in memory need not go to the disk and back.
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, make in statements:
        cursor.execute(make)
