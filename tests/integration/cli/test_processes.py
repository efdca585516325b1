"""`nexus part` and `nexus migrate`: one process of a deployment."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from nexus.cli.processes import service_processes
from tests.support.servers import EXTERNAL, free_port
from tests.support.waiting import until

COMMAND = (sys.executable, "-m", "nexus.cli")
PATIENCE_S = 60


def run(*arguments: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE_S,
    )


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A separate database on the server of the tests, and an empty home."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS nexus_parts")
        connection.execute("CREATE DATABASE nexus_parts")
    own = urlsplit(url)._replace(path="/nexus_parts").geturl()
    yield {**os.environ, "DATABASE_URL": own, "NEXUS_HOME": str(tmp_path)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE nexus_parts WITH (FORCE)")


@pytest.mark.parametrize("command", [("part", "worker"), ("migrate",)])
def test_refused_without_services(command: tuple[str, ...], tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in EXTERNAL}
    done = run(*command, environment={**bare, "NEXUS_HOME": str(tmp_path / "home")})
    assert done.returncode == 3
    assert "set DATABASE_URL, CACHE_URL, SECRET_KEY" in " ".join(done.stderr.split())
    assert not (tmp_path / "home").exists()


def test_migrate_needs_no_broker(environment: dict[str, str]) -> None:
    unreachable = {**environment, "BROKER_URL": "amqp://guest:guest@127.0.0.1:1//"}
    done = run("migrate", environment=unreachable)
    assert done.returncode == 0, done.stderr


def test_migrate_names_an_unreachable_cache(environment: dict[str, str]) -> None:
    done = run("migrate", environment={**environment, "CACHE_URL": "redis://127.0.0.1:1/0"})
    assert done.returncode == 3
    assert "Check CACHE_URL" in " ".join(done.stderr.split())


def test_unknown_part(environment: dict[str, str]) -> None:
    done = run("part", "kitchen", environment=environment)
    assert done.returncode == 3
    assert "Use one of web, worker, beat, runner." in " ".join(done.stderr.split())


def test_web_without_static_files(environment: dict[str, str]) -> None:
    done = run("part", "web", environment=environment)
    assert done.returncode == 3
    assert "collectstatic" in done.stderr


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def test_web_finishes_the_answer_in_hand(environment: dict[str, str]) -> None:
    assert run("migrate", environment=environment).returncode == 0
    collected = run("manage", "collectstatic", "--noinput", environment=environment)
    assert collected.returncode == 0, collected.stderr
    port = free_port()
    process = subprocess.Popen([*COMMAND, "part", "web", "--port", str(port)], env=environment)
    statuses: list[int] = []

    def ask() -> None:
        address = f"http://127.0.0.1:{port}/api/v1/categories/"
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            statuses.append(answer.status)

    try:
        assert until(lambda: ready(port) or process.poll() is not None)
        assert process.poll() is None
        with psycopg.connect(environment["DATABASE_URL"]) as holder:
            # The response needs this table, and waits while it is locked.
            holder.execute("LOCK TABLE products_category IN ACCESS EXCLUSIVE MODE")
            asking = threading.Thread(target=ask)
            asking.start()
            wait_for_somebody_to_wait(holder)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            assert statuses == []
        asking.join(PATIENCE_S)
        assert statuses == [200]
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()


def wait_for_somebody_to_wait(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    assert until(lambda: connection.execute(waiting).fetchone() != (0,))


def test_web_servers_of_one_home_count_apart(tmp_path: Path) -> None:
    blue, green = (service_processes("127.0.0.1", port)["web"] for port in (8001, 8002))
    (counted,) = blue.counting(tmp_path).values()
    kept = Path(counted, "counter_1.db")
    kept.touch()
    assert green.counting(tmp_path) != {"PROMETHEUS_MULTIPROC_DIR": counted}
    # The next one on the same port begins at zero.
    assert kept.exists()
    blue.counting(tmp_path)
    assert not kept.exists()
