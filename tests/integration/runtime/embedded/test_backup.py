"""Backups as in documentation/operations.md: created, moved elsewhere, and restored."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from nexus.runtime.embedded import Services
from nexus.runtime.embedded.binaries import find_binaries
from tests.support.embedded import ROOT, await_end, hasten_end, left_behind, query

Serve = Callable[..., Services]

ENVIRONMENT = {"DATABASE_URL", "CACHE_URL", "BROKER_URL", "SECRET_KEY", "NEXUS_EMBEDDED"}
COUNTS = """
SELECT json_build_array((SELECT count(*) FROM users_user), (SELECT count(*) FROM orders_orderevent),
    (SELECT count(*) FROM stays_booking), (SELECT sum(quantity) FROM products_stockchange))
"""


def manage(*words: str, **variables: str) -> str:
    """Run a management command on services; fails with its output."""
    env = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "nexus.cli", "manage", *words],
        check=False,
        env=env | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def check(**variables: str) -> None:
    """Check that tables are those of this release, orders match their events, secrets decrypt."""
    manage("migrate", "--check", **variables)
    assert "Every order matches its events." in manage("audit_orders", **variables)
    assert "orders.ProviderSecret.sealed: 1 " in manage("reencrypt_secrets", **variables)


def test_a_dump_and_a_copy_of_the_home_are_whole(home: Path, serve: Serve, tmp_path: Path) -> None:
    manage("migrate", "--verbosity=0", NEXUS_HOME=str(home))
    manage("demo", "--size=small", NEXUS_HOME=str(home))
    services = serve()
    before = query(services, COUNTS)

    restored = dumped_and_restored(services, tmp_path / "nexus.dump")
    check(
        NEXUS_HOME=str(home),
        DATABASE_URL=restored.database_url,
        CACHE_URL=restored.cache_url,
        SECRET_KEY=restored.secret_key,
    )
    assert query(restored, COUNTS) == before

    services.close()
    hasten_end(home)
    await_end(home)
    copy = tmp_path / "copy"
    shutil.copytree(home, copy, symlinks=True)
    shutil.rmtree(home)
    check(NEXUS_HOME=str(copy))
    again = serve(copy)
    assert query(again, COUNTS) == before
    again.close()
    hasten_end(copy)
    await_end(copy)
    assert left_behind(copy) == []


def dumped_and_restored(services: Services, dump: Path) -> Services:
    """Dump a database and restore it into an empty one on the same server."""
    programs = find_binaries().postgres.parent
    subprocess.run(
        [programs / "pg_dump", "--format=custom", f"--file={dump}", services.database_url],
        check=True,
    )
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored TEMPLATE template0")
    url = urlunsplit(urlsplit(services.database_url)._replace(path="/restored"))
    subprocess.run(
        [programs / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", dump],
        check=True,
    )
    return replace(services, database_url=url)
