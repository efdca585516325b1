#!/bin/bash
# What the images of PostgreSQL and RabbitMQ do first; other commands are only run.
set -euo pipefail
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    # shellcheck disable=SC2086 -- several words
    initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --auth scram-sha-256 \
        --auth-local trust --pwfile <(echo "$POSTGRES_PASSWORD") $POSTGRES_INITDB_ARGS
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl --pgdata "$PGDATA" --options "-c listen_addresses=''" --wait start
    createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    shopt -s nullglob
    for script in /docker-entrypoint-initdb.d/*; do "$script"; done
    pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
if [ "$1" = rabbitmq-server ]; then
    chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
    set -- setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$@"
fi
exec "$@"
