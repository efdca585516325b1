"""Servers that die, unusable clusters, and their error messages."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from nexus.runtime.embedded import EmbeddedError, Home, Services, start
from tests.support.embedded import (
    await_end,
    cached,
    hasten_end,
    postmaster,
    query,
    unusable_cluster,
    valkey_server,
)

Serve = Callable[..., Services]


def test_postgres_that_was_killed_is_there_for_the_next_start(serve: Serve, home: Path) -> None:
    services = serve()
    query(services, "CREATE TABLE kept AS SELECT 1")
    killed = postmaster(home)
    killed.kill()
    again = serve()
    assert query(again, "SELECT count(*) FROM kept") == 1
    assert killed != postmaster(home)
    assert services.database_url == again.database_url


def test_valkey_that_was_killed_is_there_for_the_next_start(serve: Serve) -> None:
    services = serve()
    killed = valkey_server(services)
    killed.kill()
    again = serve()
    with cached(again) as client:
        assert client.ping() is True
    assert killed != valkey_server(again)


def test_process_file_with_the_number_of_a_living_process_does_not_block(
    serve: Serve, home: Path
) -> None:
    serve().close()
    hasten_end(home)
    await_end(home)
    stale = home / "postgres" / "postmaster.pid"
    # Process 1 always exists and is never PostgreSQL here.
    stale.write_text(f"1\n{home / 'postgres'}\n0\n5432\n\n\n")
    stale.chmod(0o600)
    assert query(serve()) == 1


def test_half_initialised_cluster_is_recreated(serve: Serve, home: Path) -> None:
    partial = home / "postgres.partial"
    home.mkdir(mode=0o700)
    partial.mkdir(mode=0o700)
    (partial / "PG_VERSION").write_text("18\n")
    assert query(serve()) == 1
    assert not partial.exists()


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("17\n", "created by PostgreSQL 17 and this Nexus bundles PostgreSQL 18: set NEXUS_HOME"),
        ("", "is damaged .*restore it from a backup"),
        (None, "is damaged .*restore it from a backup"),
    ],
)
def test_cluster_that_cannot_be_used_is_refused_and_left_alone(
    home: Path, version: str | None, sentence: str
) -> None:
    _lay_cluster(home, version)
    with pytest.raises(EmbeddedError, match=sentence):
        start(home)
    assert (home / "postgres" / "data").read_text() == "precious"


def test_cluster_that_does_not_start_is_refused_with_the_servers_words(
    serve: Serve, home: Path
) -> None:
    serve().close()
    hasten_end(home)
    await_end(home)
    words = r"PostgreSQL ended 3 times .*: (FATAL|PANIC): .*\.log"
    with unusable_cluster(home), pytest.raises(EmbeddedError, match=words):
        start(home)
    assert query(serve()) == 1


def test_services_that_were_given_up_are_retried_for_the_next_client(
    serve: Serve, home: Path
) -> None:
    services = serve()
    with unusable_cluster(home):
        postmaster(home).kill()
        with pytest.raises(EmbeddedError, match="PostgreSQL ended 3 times"):
            start(home)
    assert query(serve()) == 1
    with cached(services) as client:
        assert client.ping() is True


def test_home_that_is_deleted_under_its_services_can_be_started_again(
    serve: Serve, home: Path
) -> None:
    first = serve()
    query(first, "CREATE TABLE lost ()")
    old = postmaster(home)
    shutil.rmtree(home)
    second = serve()
    assert query(second, "SELECT to_regclass('lost')") is None
    assert first.secret_key != second.secret_key
    assert not old.is_running()


def test_password_that_the_cluster_does_not_know_is_told_apart(serve: Serve, home: Path) -> None:
    serve().close()
    hasten_end(home)
    await_end(home)
    (home / "secrets" / "postgres_password").write_text("another")
    with pytest.raises(EmbeddedError, match=r"refuses the password .*restore that folder"):
        start(home)


def test_lost_password_is_reported(serve: Serve, home: Path) -> None:
    serve().close()
    hasten_end(home)
    await_end(home)
    (home / "secrets" / "postgres_password").unlink()
    with pytest.raises(EmbeddedError, match="postgres_password is missing: restore it"):
        start(home)


def test_services_whose_connections_are_used_up_still_count_as_answering(
    serve: Serve, home: Path
) -> None:
    settings = Home.at(home).extra_configuration
    settings.write_text("max_connections = 2\nsuperuser_reserved_connections = 0\n")
    url = serve().database_url
    with psycopg.connect(url), psycopg.connect(url):
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(url)
        assert url == serve().database_url


def _lay_cluster(home: Path, version: str | None) -> None:
    home.mkdir(mode=0o700)
    cluster = home / "postgres"
    cluster.mkdir(mode=0o700)
    (cluster / "data").write_text("precious")
    secrets = home / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "postgres_password").write_text("made up")
    if version is not None:
        (cluster / "PG_VERSION").write_text(version)
