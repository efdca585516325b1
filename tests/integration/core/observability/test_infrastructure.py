"""The metrics of the database have the meaning that the alerts assume."""

import pytest
from django.db import connection

from nexus.core.observability import infrastructure

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

# A temporary table shadows PostgreSQL's view.
ACTIVITY = """
CREATE TEMP VIEW pg_stat_activity AS
SELECT -1 AS pid, current_database() AS datname, state, backend_type,
       now() - age * interval '1 second' AS xact_start
FROM (VALUES ('active', 'client backend', 40), ('active', 'client backend', 90),
             (NULL, 'autovacuum worker', 7200)) AS these (state, backend_type, age)
"""


def test_a_vacuum_of_the_server_is_no_transaction_that_is_open_for_long() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ACTIVITY)
    found = {
        (sample.name, sample.labels.get("state")): sample.value
        for metric in infrastructure.read_database()
        for sample in metric.samples
    }
    assert found["nexus_database_oldest_transaction_seconds", None] == 90
    assert found["nexus_database_connections", "active"] == 2
    assert found["nexus_database_connections", "other"] == 1
