#!/bin/sh
# The replica's command: copies the primary the first time, and follows it from then on.
set -eu
# As process 1 a shell ignores whatever it does not catch.
trap 'exit 130' INT TERM
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # A copy that was interrupted is none.
    rm -rf "$PGDATA.new"
    mkdir -p "$PGDATA.new"
    chmod 700 "$PGDATA.new"
    # A slot makes the primary keep what the replica has not read, up to max_slot_wal_keep_size.
    # One that an earlier replica left behind is taken over.
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
