#!/bin/sh
# Runs once, when the primary's data folder is created: creates the users other than the superuser.
# nexus owns the database and its tables; runner has the rights of nexus and may create databases
# for labs; replicator replicates.
set -eu
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set database="$POSTGRES_DB" --set nexus="$NEXUS_PASSWORD" --set runner="$RUNNER_PASSWORD" \
    --set replicator="$REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE nexus LOGIN PASSWORD :'nexus';
-- To read the lag of replicas, and locks.
GRANT pg_monitor TO nexus;
ALTER DATABASE :"database" OWNER TO nexus;
CREATE ROLE runner LOGIN CREATEDB PASSWORD :'runner' IN ROLE nexus;
CREATE ROLE replicator REPLICATION LOGIN PASSWORD :'replicator';
SQL
echo "host replication replicator samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
