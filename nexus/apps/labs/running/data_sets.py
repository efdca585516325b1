"""The databases of labs: data sets built once, and a scratch copy for each run.

The name says what a database is for, so that databases left by a crash can be found and dropped:
`nexus_data_…` is a finished data set, `nexus_build_…` one being built, `nexus_run_…` the copy of a
run. A digest of the main database's name follows, so that two installations on one server never
touch each other's databases.
"""

import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import quote, urlencode

from django.apps import apps
from django.db import connection
from django.db.utils import ProgrammingError
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.pq import Conninfo

from nexus.core.errors import UnavailableError

__all__ = ["DataSet", "data_set_name", "database_url", "drop_leftovers", "new_database"]

DATA, BUILD, RUN = "nexus_data_", "nexus_build_", "nexus_run_"

KEY_LIMIT = 30
"""PostgreSQL silently truncates names to 63 bytes; the other parts of the name need the rest."""

# Labs compare statements, so the server must not use JIT or parallel workers for only some of them.
SERVER_OPTIONS = "-c jit=off -c max_parallel_workers_per_gather=0"


class DataSet(Protocol):
    """Data that a lab needs, from an app's `samples.py`."""

    @property
    def key(self) -> str:
        """The name of the data: the same key means the same rows."""

    def fill(self) -> None:
        """Write the rows into the empty, migrated database that Django is connected to."""


def data_set_name(data: DataSet) -> str:
    """Return the database name for `data` as the current code fills it."""
    digest = hashlib.sha256(inspect.getsource(sys.modules[type(data).__module__]).encode())
    for config in apps.get_app_configs():
        for migration in sorted(Path(config.path, "migrations").glob("0*.py")):
            digest.update(migration.read_bytes())
    return f"{DATA}{_scope()}{_key(data)}_{digest.hexdigest()[:12]}"


def exists(name: str) -> bool:
    """Return whether the server has a database of this name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


@contextmanager
def build(name: str, data: DataSet) -> Iterator[str]:
    """Yield the name of an empty database to fill; it is renamed to `name` if the body succeeds.

    Earlier versions of the same data are dropped. Raises `UnavailableError` if the database user
    may not create databases.
    """
    unfinished = BUILD + name.removeprefix(DATA)
    _drop(unfinished)
    _create("CREATE DATABASE {} TEMPLATE template0", unfinished)
    try:
        yield unfinished
    except BaseException:
        _drop(unfinished)
        raise
    for earlier in _names(f"{DATA}{_scope()}{_key(data)}_"):
        _drop(earlier)
    _execute("ALTER DATABASE {} RENAME TO {}", unfinished, name)


@contextmanager
def new_database(template: str, run_id: str) -> Iterator[str]:
    """Yield the name of a copy of `template`, dropped when the body ends."""
    name = f"{RUN}{_scope()}{run_id.replace('-', '')}"
    _create("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
    try:
        yield name
    finally:
        _drop(name)


def drop_leftovers() -> list[str]:
    """Drop the databases left by crashed runs and builds, and return their names."""
    names = [*_names(BUILD + _scope()), *_names(RUN + _scope())]
    for name in names:
        _drop(name)
    return names


def database_url(name: str, *, read_only: bool) -> str:
    """Return the URL of another database on the server that Django is connected to.

    It includes the options of libpq; those of Django and psycopg cannot be in a URL and stay in the
    settings.
    """
    main = connection.settings_dict
    options = SERVER_OPTIONS + (" -c default_transaction_read_only=on" if read_only else "")
    of_libpq = {option.keyword.decode() for option in Conninfo.get_defaults()}
    parameters = {
        **{key: str(value) for key, value in main["OPTIONS"].items() if key in of_libpq},
        "host": main["HOST"],
        "port": main["PORT"],
        "options": options,
    }
    query = {key: value for key, value in parameters.items() if value}
    user, password = quote(main["USER"], safe=""), quote(main["PASSWORD"] or "", safe="")
    return f"postgresql://{user}:{password}@/{name}?{urlencode(query, quote_via=quote)}"


def _scope() -> str:
    main = str(connection.settings_dict["NAME"])
    return hashlib.sha256(main.encode()).hexdigest()[:6] + "_"


def _key(data: DataSet) -> str:
    return re.sub(r"[^a-z0-9]+", "_", data.key.lower())[:KEY_LIMIT]


def _names(prefix: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [cast("str", row[0]) for row in cursor.fetchall()]


def _drop(name: str) -> None:
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _create(statement: str, *names: str) -> None:
    try:
        _execute(statement, *names)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        user = connection.settings_dict["USER"]
        raise UnavailableError(
            f"The database user {user!r} cannot create databases, and a lab needs its own "
            f"database. As a superuser, run: ALTER ROLE {user} CREATEDB.",
        ) from error


def _execute(statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
