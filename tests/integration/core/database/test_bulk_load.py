"""Loading with deferred checks: afterwards a table always has its constraints again."""

import pytest
from django.db import DatabaseError, connection, transaction

from nexus.core.database.bulk_load import deferred_constraints

TABLE = "stays_booking"

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def rules() -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = %(table)s::regclass
            UNION ALL
            SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %(table)s
            """,
            {"table": TABLE},
        )
        return set(cursor.fetchall())


def test_loading_goes_without_what_is_checked_row_by_row_and_puts_it_back() -> None:
    before = rules()
    with connection.cursor() as cursor, deferred_constraints(cursor, TABLE):
        during = rules()
    gone = {name for name, _ in before - during}
    assert {
        "stays_booking_no_overlap",
        "stays_booking_listing",
        "stays_booking_guest",
    } < gone
    assert "stays_booking_total_not_negative" not in gone
    assert rules() == before


def test_a_failed_load_leaves_every_rule_in_place() -> None:
    before = rules()
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
        deferred_constraints(cursor, TABLE),
    ):
        cursor.execute("SELECT 1 / 0")
    assert rules() == before
