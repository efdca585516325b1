"""Owners, the supervisor and the servers, killed at the worst moments."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from nexus.runtime.embedded import EmbeddedError, Services, start, temporary_cluster
from tests.support.embedded import (
    ROOT,
    await_end,
    left_behind,
    postmaster,
    query,
    silent,
    sockets_of,
    spawn_owner,
    supervisor,
    unusable_cluster,
    valkey_server,
)
from tests.support.waiting import until

Serve = Callable[..., Services]

pytestmark = pytest.mark.faults

_OWNERS_A_ROUND = 10
_ROUNDS = 5
_SPREAD_S = 0.06
_GONE_WITHIN_S = 20.0


@pytest.mark.parametrize("ready", [True, False], ids=["ready", "starting"])
def test_fifty_owners_killed_leave_nothing(home: Path, serve: Serve, *, ready: bool) -> None:
    for _ in range(_ROUNDS):
        owners = [spawn_owner(home) for _ in range(_OWNERS_A_ROUND)]
        for owner in owners:
            assert owner.stdout is not None
            if ready:
                assert owner.stdout.readline() == "ready\n"
            else:
                # No event is awaited here: this spreads the kills over the whole of the start.
                time.sleep(_SPREAD_S)
            owner.kill()
            owner.communicate()
        await_end(home)
        assert left_behind(home) == []
    assert query(serve()) == 1


def test_owner_killed_while_the_cluster_is_made_leaves_a_home_that_starts(
    home: Path, serve: Serve
) -> None:
    partial = home / "postgres.partial"
    with spawn_owner(home) as owner:
        while not partial.exists():
            assert owner.poll() is None
        owner.kill()
    await_end(home)
    assert left_behind(home) == []
    assert not partial.exists()
    assert query(serve()) == 1


def test_supervisor_killed_takes_the_servers_along_and_is_replaced(
    home: Path, serve: Serve
) -> None:
    services = serve()
    query(services, "CREATE TABLE kept AS SELECT 'here' AS word")
    servers = [postmaster(home), valkey_server(services)]
    supervisor(home).kill()
    _, alive = psutil.wait_procs(servers, timeout=_GONE_WITHIN_S)
    assert alive == []
    assert query(serve(), "SELECT word FROM kept") == "here"


def test_supervisor_killed_and_replaced_at_once(home: Path, serve: Serve) -> None:
    services = serve()
    query(services, "CREATE TABLE kept AS SELECT 'here' AS word")
    for _ in range(3):
        supervisor(home).kill()
        assert query(serve(), "SELECT word FROM kept") == "here"


def test_supervisor_killed_while_the_cluster_is_made_leaves_a_home_that_starts(
    home: Path, serve: Serve
) -> None:
    partial = home / "postgres.partial"
    with spawn_owner(home) as owner:
        while not partial.exists():
            assert owner.poll() is None
        for process in psutil.process_iter():
            if _is_supervisor(process, home):
                process.kill()
        assert owner.stdout is not None
        assert owner.stdout.readline() == ""
    assert query(serve()) == 1


def test_postgres_killed_under_a_busy_backend_is_back_without_waiting_for_it(
    home: Path, serve: Serve
) -> None:
    services = serve()
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        busy = psutil.Process(connection.info.backend_pid)
        ended = threading.Event()
        thread = threading.Thread(target=_keep_busy, args=(connection, ended))
        thread.start()
        _await_query(services, connection.info.backend_pid)
        # While it is stopped it cannot notice the postmaster's death.
        busy.suspend()
        postmaster(home).kill()
        assert query(serve()) == 1
        assert ended.wait(_GONE_WITHIN_S)
        thread.join()
    # Raises if it still exists; it may be dead and not yet reaped by init.
    busy.wait(_GONE_WITHIN_S)


def test_postgres_killed_time_and_again_is_always_back(home: Path, serve: Serve) -> None:
    for _ in range(5):
        assert query(serve()) == 1
        postmaster(home).kill()
    assert query(serve()) == 1


def test_postgres_that_could_not_start_is_back_once_it_can(home: Path, serve: Serve) -> None:
    services = serve()
    with unusable_cluster(home):
        postmaster(home).kill()
        with pytest.raises(EmbeddedError, match="PostgreSQL ended 3 times"):
            start(home)

    def answers() -> bool:
        with suppress(psycopg.OperationalError):
            return query(services) == 1
        return False

    # No client connects; a tick is ten seconds.
    assert until(answers), "PostgreSQL did not come back by itself."


def test_temporary_services_of_a_killed_owner_are_deleted(home: Path) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from nexus.runtime.embedded import temporary_cluster\n"
        "with temporary_cluster(Path(sys.argv[1]), say=len) as services:\n"
        "    print(services.home, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command: list[str | Path] = [sys.executable, "-c", script, home]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    path = Path(run.stdout.strip())
    await_end(path)
    assert not path.exists()
    assert left_behind(path) == []


def test_temporary_services_of_a_killed_supervisor_are_swept_by_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus.runtime.embedded.temporary._SWEEP_AFTER_S", 0.0)
    with temporary_cluster(home, say=silent) as services:
        left = services.home
        server = postmaster(left)
        supervisor(left).kill()
        server.wait(_GONE_WITHIN_S)
    assert left.exists()
    with temporary_cluster(home, say=silent):
        assert not left.exists()
        assert not sockets_of(left).exists()


def _keep_busy(connection: psycopg.Connection, ended: threading.Event) -> None:
    try:
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000)")
    except psycopg.OperationalError:
        ended.set()


def _await_query(services: Services, backend: int) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        state = ("idle",)
        while state != ("active",):
            found = connection.execute(
                "SELECT state FROM pg_stat_activity WHERE pid = %s", [backend]
            ).fetchone()
            assert found is not None
            state = (str(found[0]),)


def _is_supervisor(process: psutil.Process, home: Path) -> bool:
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    return "nexus.runtime.embedded.supervisor" in command and str(home) in command
