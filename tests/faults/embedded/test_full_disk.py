"""A disk that gets full while the services run, and is freed again."""

import errno
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from nexus.runtime.embedded import EmbeddedError, Services, start
from tests.support.embedded import (
    await_end,
    hasten_end,
    left_behind,
    postmaster,
    query,
    silent,
    supervisor,
)

pytestmark = [pytest.mark.faults, pytest.mark.needs_root]

_BLOCK = bytes(64 * 1024)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a home on its own disk, of 300 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", disk], check=True)
    path = disk / "home"
    yield path
    hasten_end(path)
    await_end(path)
    assert left_behind(path) == []
    subprocess.run(["umount", disk], check=True)


def test_services_survive_a_full_disk_and_go_on_once_it_is_freed(
    home: Path, serve: Callable[..., Services]
) -> None:
    services = serve(home)
    query(services, "CREATE TABLE kept AS SELECT 'here' AS word")
    keeper = supervisor(home)
    filler = _fill(home.parent)
    with pytest.raises(psycopg.Error):
        _write_until_it_fails(services)
    assert keeper.is_running()

    # Whatever state that left PostgreSQL in: on a full disk it cannot be started again.
    postmaster(home).kill()
    with pytest.raises(EmbeddedError, match=r"^The disk under .* is full.*: free some space"):
        start(home, say=silent)
    assert keeper.is_running()

    filler.unlink()
    assert query(serve(home), "SELECT word FROM kept") == "here"
    assert keeper == supervisor(home)


def test_start_on_a_full_disk_says_how_much_is_free(home: Path) -> None:
    home.mkdir(mode=0o700)
    filler = _fill(home.parent)
    with pytest.raises(EmbeddedError, match=r"^(Only 0 MB are free|Nexus cannot .*space)"):
        start(home, say=silent)
    filler.unlink()


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (len(_BLOCK), 512):
            try:
                while stream.write(_BLOCK[:size]) == size:
                    pass
            except OSError as fault:
                if fault.errno != errno.ENOSPC:
                    raise
    return filler


def _write_until_it_fails(services: Services) -> None:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE filling (words text)")
        while True:
            connection.execute(
                "INSERT INTO filling SELECT repeat(md5(n::text), 20) "
                "FROM generate_series(1, 9999) AS n"
            )
