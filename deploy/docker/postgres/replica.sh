#!/bin/sh
# The replica's command: copies the primary the first time, and then follows it.
set -eu
# As process 1 a shell ignores signals that it does not trap.
trap 'exit 130' INT TERM
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # Delete a copy that was interrupted.
    rm -rf "$PGDATA.new"
    mkdir -p "$PGDATA.new"
    chmod 700 "$PGDATA.new"
    # A slot makes the primary keep the WAL that the replica has not read, up to
    # max_slot_wal_keep_size. If an earlier replica left one, it is reused.
    export PGPASSWORD="$REPLICATION_PASSWORD"
    copy() {
        pg_basebackup --host postgres --username replicator --pgdata "$PGDATA.new" \
            --checkpoint fast --wal-method stream --write-recovery-conf --slot replica "$@" &
        wait $!
    }
    copy --create-slot || copy
    rm -rf "$PGDATA"
    mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -c hot_standby=on "$@"
