"""A real replica is reported, with its lag."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from nexus.core.observability import infrastructure
from tests.support.servers import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.replication

# PostgreSQL refuses to run as root.
NOBODY = "nobody"


def run(program: str, *arguments: str) -> None:
    newest = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    # A server's output goes to a file, because it would keep a pipe open.
    subprocess.run(
        [newest / program, *arguments],
        user=NOBODY,
        group="nogroup",
        extra_groups=[],
        cwd="/",
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextmanager
def started(data: Path, port: int) -> Iterator[None]:
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data.parent}"
    run("pg_ctl", "-D", str(data), "-w", "-l", f"{data}.log", "-o", options, "start")
    try:
        yield
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="nexus-replica-"))
    shutil.chown(path, NOBODY, "nogroup")
    yield path
    shutil.rmtree(path)


def told() -> dict[str, list[float]]:
    """Return the metrics of replicas."""
    return {
        metric.name: [sample.value for sample in metric.samples]
        for metric in infrastructure.read_replicas()
    }


def test_replicas_of_one_name_are_counted_apart_and_told_to_who_may_see_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = free_port(), free_port(), free_port()
    run("initdb", "-D", str(folder / "primary"), "-A", "trust", "--no-sync", "-U", "postgres")
    with started(folder / "primary", ports[0]):
        address = f"host=127.0.0.1 port={ports[0]}"
        for name in ("one", "two"):
            run("pg_basebackup", "-D", str(folder / name), "-R", "-d", f"{address} user=postgres")
        with (
            psycopg.connect(f"{address} user=postgres dbname=postgres", autocommit=True) as primary,
            started(folder / "one", ports[1]),
            started(folder / "two", ports[2]),
        ):
            monkeypatch.setattr(
                infrastructure, "_rows", lambda sql: primary.execute(sql).fetchall()
            )
            assert until(lambda: told()["nexus_database_replicas"] == [2])
            assert until(lambda: told()["nexus_database_replica_lag_seconds"] == [0])
            primary.execute("CREATE ROLE plain")
            primary.execute("SET ROLE plain")
            assert told() == {}
            primary.execute("RESET ROLE")
            primary.execute("GRANT pg_monitor TO plain")
            primary.execute("SET ROLE plain")
            assert told()["nexus_database_replicas"] == [2]


def test_a_replica_is_seen_and_how_far_it_is_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = free_port(), free_port()
    run("initdb", "-D", str(folder / "primary"), "-A", "trust", "--no-sync", "-U", "postgres")
    with started(folder / "primary", ports[0]):
        address = f"host=127.0.0.1 port={ports[0]} user=postgres"
        run("pg_basebackup", "-D", str(folder / "replica"), "-R", "-d", address)
        with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as primary:
            monkeypatch.setattr(
                infrastructure, "_rows", lambda sql: primary.execute(sql).fetchall()
            )
            assert told() == {
                "nexus_database_replicas": [0],
                "nexus_database_replica_lag_seconds": [],
            }
            with (
                started(folder / "replica", ports[1]),
                psycopg.connect(
                    f"host=127.0.0.1 port={ports[1]} user=postgres dbname=postgres", autocommit=True
                ) as replica,
            ):
                assert until(lambda: told()["nexus_database_replicas"] == [1])
                assert until(lambda: told()["nexus_database_replica_lag_seconds"] == [0])
                replica.execute("SELECT pg_wal_replay_pause()")
                primary.execute("CREATE TABLE written AS SELECT 1")
                assert until(lambda: told()["nexus_database_replica_lag_seconds"] > [0.0])
                replica.execute("SELECT pg_wal_replay_resume()")
                assert until(lambda: told()["nexus_database_replica_lag_seconds"] == [0])
            assert until(lambda: told()["nexus_database_replicas"] == [0])
