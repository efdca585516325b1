"""Databases next to that of the installation, each filled by its own process."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from benchmarks.api.environment import ROOT

__all__ = ["new_database"]


def new_database(name: str, fill: str, contender: str = "") -> str:
    """Create a database, migrate it, run the Python code `fill` on it, and return its URL.

    With a `contender` the tables are those of its settings. Needs Django to be set up.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0")
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    settings = "benchmarks.api.settings" if contender else "nexus.config.settings"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": settings,
        "BENCHMARK_CONTENDER": contender,
    }
    # Do not wait for autovacuum.
    vacuum = "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"
    for command in (("migrate", "--skip-checks"), ("shell", "-c", f"{fill}; {vacuum}")):
        subprocess.run(
            [sys.executable, "-m", "django", *command, "--verbosity=0"],
            check=True,
            cwd=ROOT,
            env=environment,
        )
    return url
