# The developer's commands; `just` lists them.

# The tools of .venv, whatever is on the PATH.
export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

postgres := "postgresql://postgres@127.0.0.1:5432/"
german := "?options=-c%20lc_messages%3Dde_DE.UTF-8"
servers := "DATABASE_URL=" + postgres + "nexus_tests" + german + " CACHE_URL=redis://127.0.0.1:6379/9 BROKER_URL=amqp://guest:guest@127.0.0.1:5672// SECRET_KEY=tests"
nowhere := "DATABASE_URL=postgresql://localhost/nexus CACHE_URL=redis://localhost SECRET_KEY=none"

[private]
default:
    @just --list --unsorted

# All checks, as in CI.
check:
    .ci/run

# Style, types, structure, migrations and the library.
lint:
    ruff format --check .
    ruff check .
    {{ nowhere }} mypy
    lint-imports
    {{ nowhere }} python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
    python -m nexus.cli check

# Format the code.
format:
    ruff format .
    ruff check --fix .

# All checks at full size: simulations, faults, installs, containers, other versions of Python.
thorough:
    .ci/thorough

# The quick tests that this machine can run; arguments are passed to pytest.
test *arguments:
    script/test {{ arguments }}

# The expensive suites that something has changed for, or the given ones.
suites *arguments:
    python -m tests.suites {{ arguments }}

# PostgreSQL's messages are German here, so that a test fails if code depends on their text.
# The tests that depend on the servers, on PostgreSQL, Redis and RabbitMQ at their usual ports.
test-on-servers *arguments: (_sql "DROP DATABASE IF EXISTS nexus_tests") (_sql "CREATE DATABASE nexus_tests") _forget
    {{ servers }} script/test tests/integration -m servers {{ arguments }}

_sql statement:
    @python -c "import sys, psycopg; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])" \
        {{ postgres }}postgres "{{ statement }}"

# Rate limits of an earlier run last for hours, and users have the same ids in every run.
_forget:
    @{{ servers }} python -c "import os, redis; redis.Redis.from_url(os.environ['CACHE_URL']).flushdb()"

# Kills, races and full disks at the size of the reported figures.
faults:
    script/test --suite faults --full -s

# Write the schemas of the API and of run documents to files, which tests compare with the code.
schemas:
    python -m nexus.engines.experiment.document.schema documentation/api/run.schema.json
    {{ nowhere }} python manage.py spectacular --file documentation/api/openapi.yaml --validate --fail-on-warn
    {{ nowhere }} python manage.py export_schema nexus.api.schema --path documentation/api/schema.graphql

# Generate the types of the example client from the published schema.
types:
    npm --prefix examples/client ci --silent
    npm --prefix examples/client run --silent types

# Compile the locked requirements again; `just lock --upgrade` takes newer releases.
lock *options:
    for name in base build dev benchmarks graphene image deploy; do \
        uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
            --no-emit-index-url --no-emit-find-links --custom-compile-command "just lock" \
            {{ options }} requirements/$name.in --output-file requirements/$name.txt; \
    done
