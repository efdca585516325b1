"""Tables that PostgreSQL itself protects: append-only, or without deletes."""

from django.db.migrations.operations import RunSQL

__all__ = ["AppendOnly", "NeverDeleted"]


class AppendOnly(RunSQL):
    """A migration operation that makes `table` append-only: rows can be inserted but not changed.

    The table's owner can still TRUNCATE it, as tests do.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=f"""
                CREATE OR REPLACE FUNCTION nexus_append_only() RETURNS trigger AS $$
                BEGIN
                    RAISE EXCEPTION 'Rows of % are history: they are only added.', TG_TABLE_NAME
                        USING ERRCODE = 'restrict_violation';
                END
                $$ LANGUAGE plpgsql;
                CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION nexus_append_only();
            """,
            reverse_sql=f"DROP TRIGGER {table}_append_only ON {table};",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """Return the arguments that recreate this operation."""
        return type(self).__qualname__, [], {"table": self.table}


class NeverDeleted(RunSQL):
    """A migration operation that forbids deleting rows of `table`; they may be updated.

    The table's owner can still TRUNCATE it, as tests do.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=f"""
                CREATE OR REPLACE FUNCTION nexus_never_deleted() RETURNS trigger AS $$
                BEGIN
                    RAISE EXCEPTION 'Rows of % are history: they are never deleted.', TG_TABLE_NAME
                        USING ERRCODE = 'restrict_violation';
                END
                $$ LANGUAGE plpgsql;
                CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION nexus_never_deleted();
            """,
            reverse_sql=f"DROP TRIGGER {table}_never_deleted ON {table};",
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """Return the arguments that recreate this operation."""
        return type(self).__qualname__, [], {"table": self.table}
