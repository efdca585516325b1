"""Starting, sharing and leaving the services."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from nexus.runtime.embedded import EmbeddedError, Services, start
from tests.support.embedded import (
    ROOT,
    await_end,
    cached,
    left_behind,
    postmaster,
    query,
    sockets_of,
    spawn_owner,
    supervisor,
    valkey_server,
)

Serve = Callable[..., Services]

_STARTED_AT = "SELECT pg_postmaster_start_time()::text"
_SETTINGS = "SELECT string_agg(current_setting(name), ' ') FROM unnest(%s::text[]) AS name"


def test_services_answer_at_the_urls_they_give(served: Services) -> None:
    assert query(served, "SELECT current_database()") == "nexus"
    with cached(served) as client:
        assert client.ping() is True
    assert len(served.secret_key) >= 64


def test_database_is_utf8_durable_and_off_the_network(served: Services) -> None:
    with psycopg.connect(served.database_url) as connection:
        names = ["server_encoding", "fsync", "listen_addresses", "password_encryption"]
        row = connection.execute(_SETTINGS, [names]).fetchone()
        locale = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'nexus'"
        ).fetchone()
    assert row == ("UTF8 on  scram-sha-256",)
    assert locale == ("b", "C.UTF-8")


def test_database_is_copied_from_a_template_by_its_files(served: Services) -> None:
    with psycopg.connect(served.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        connection.execute("CREATE DATABASE template_of_lab TEMPLATE template0")
        connection.execute("CREATE DATABASE lab TEMPLATE template_of_lab STRATEGY file_copy")
        names = connection.execute("SELECT datname FROM pg_database WHERE datname = 'lab'")
        assert names.fetchall() == [("lab",)]


def test_servers_require_a_password(served: Services) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(served.database_url, password="guess")
    path = urlsplit(served.cache_url).path
    with redis.Redis(unix_socket_path=path) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_passwords_stand_in_no_command_line(served: Services) -> None:
    passwords = {urlsplit(url).password for url in (served.database_url, served.cache_url)}
    words = " ".join(word for process in psutil.process_iter() for word in _command(process))
    assert str(served.home) in words
    assert [password for password in passwords if password and password in words] == []


def test_home_is_private_throughout(served: Services) -> None:
    files = [served.home, *served.home.rglob("*"), sockets_of(served.home)]
    shared = [
        file
        for file in files
        if not stat.S_ISSOCK(file.lstat().st_mode) and file.lstat().st_mode & 0o077
    ]
    assert shared == []


def test_two_processes_share_the_servers_and_either_may_leave_first(
    serve: Serve, home: Path
) -> None:
    with spawn_owner(home) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        first = postmaster(home)
        services = serve()
        began = query(services, _STARTED_AT)
        owner.kill()
    assert first == postmaster(home)
    assert began == query(services, _STARTED_AT)


def test_services_end_with_the_last_hold_and_keep_what_is_durable(serve: Serve, home: Path) -> None:
    services = serve()
    secret = services.secret_key
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'here' AS word")
    services.close()
    await_end(home)
    assert left_behind(home) == []
    services = serve()
    assert query(services, "SELECT word FROM kept") == "here"
    assert secret == services.secret_key


def test_services_closed_twice_do_not_close_anothers_hold(serve: Serve) -> None:
    first = serve()
    first.close()
    second = serve()
    first.close()
    descriptor = second._hold._descriptor
    assert descriptor is not None
    assert stat.S_ISSOCK(os.fstat(descriptor).st_mode)


def test_services_outlive_a_holder_that_keeps_no_reference(home: Path) -> None:
    script = (
        "import gc, sys; from pathlib import Path; from nexus.runtime.embedded import start;"
        "url = start(Path(sys.argv[1]), say=len).database_url; gc.collect();"
        "print(url, flush=True); sys.stdin.read()"
    )
    command: list[str | Path] = [sys.executable, "-X", "dev", "-W", "error", "-c", script, home]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().decode().strip()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        _, complaints = owner.communicate()
    assert complaints == b""


@pytest.mark.parametrize("how", ["fork", "exec"])
def test_children_of_a_holder_do_not_hold(home: Path, how: str) -> None:
    begin = {
        "fork": "child = os.fork()\nif not child: signal.pause()\n",
        "exec": "child = subprocess.Popen(['sleep', '600'], close_fds=False).pid\n",
    }[how]
    script = (
        "import os, signal, subprocess, sys\nfrom pathlib import Path\n"
        "from nexus.runtime.embedded import start\nstart(Path(sys.argv[1]))\n"
        f"{begin}os.write(1, b'%d\\n' % child)\nos._exit(0)\n"
    )
    command: list[str | Path] = [sys.executable, "-c", script, home]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        assert owner.stdout is not None
        child = psutil.Process(int(owner.stdout.readline()))
        try:
            await_end(home)
            assert child.is_running()
        finally:
            child.kill()
            child.wait(20)


@pytest.mark.parametrize("name", ["with a space", 'it\'s \\ "quoted", \u00e9', "x" * 60])
def test_home_may_have_any_name_and_any_length(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("t" * 113)))
    home = tmp_path / name
    services = serve(home)
    assert query(services) == 1
    with cached(services) as client:
        assert client.ping() is True


def test_two_homes_run_side_by_side(serve: Serve, home: Path, tmp_path: Path) -> None:
    here, there = serve(home), serve(tmp_path / "other")
    with psycopg.connect(here.database_url) as connection:
        connection.execute("CREATE TABLE only_here ()")
    assert query(there, "SELECT to_regclass('only_here')") is None
    assert here.secret_key != there.secret_key


def test_start_on_a_full_disk_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus.runtime.embedded.home.free_bytes", lambda _: 199 * 2**20)
    with pytest.raises(EmbeddedError, match=r"Only 199 MB are free"):
        start(home)
    assert not (home / "postgres").exists()


def test_interrupt_of_the_terminal_does_not_reach_the_servers(served: Services) -> None:
    processes = (supervisor(served.home), postmaster(served.home), valkey_server(served))
    sessions = {os.getsid(process.pid) for process in processes}
    assert os.getsid(0) not in sessions
    assert len(sessions) == 3


def test_supervisor_that_is_told_to_end_ends_the_servers(serve: Serve, home: Path) -> None:
    serve()
    supervisor(home).terminate()
    await_end(home)
    assert left_behind(home) == []


def test_supervisor_is_one_to_a_home(served: Services) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "nexus.runtime.embedded.supervisor", served.home],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == f"A supervisor is already running for {served.home}: end it first.\n"


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
