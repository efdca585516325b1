"""TLS to the database: `sslmode=verify-full` in DATABASE_URL, tested in containers."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.deploy.balancers import make_certificate
from tests.deploy.conftest import Project

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

SECURED = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def secured(small: Project) -> Iterator[str]:
    """A PostgreSQL with a certificate for `localhost`; yields its container."""
    folder = small.folder / "database-tls"
    folder.mkdir()
    make_certificate(folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    command = (
        # PostgreSQL reads a key only from a file that it owns.
        "install -m 600 /tls/key.pem /tmp/key.pem && exec docker-entrypoint.sh postgres "
        "-c ssl=on -c ssl_cert_file=/tls/certificate.pem -c ssl_key_file=/tmp/key.pem"
    )
    container = small.engine.run(
        *("docker", "run", "--detach", "--user", "postgres", "--volume", f"{folder}:/tls:ro"),
        *("--env", "POSTGRES_USER=nexus", "--env", "POSTGRES_PASSWORD=secret"),
        *("--env", "POSTGRES_DB=nexus", "--env", "POSTGRES_INITDB_ARGS=--locale=C.UTF-8"),
        *("--env", "PGDATA=/var/lib/postgresql/data"),
        *("--entrypoint", "sh", "postgres:18.6-bookworm", "-c", command),
    ).strip()
    waiting = "until pg_isready --quiet --host 127.0.0.1; do sleep 0.2; done"
    small.engine.run("docker", "exec", container, "timeout", "60", "sh", "-c", waiting)
    yield container
    small.engine.run("docker", "rm", "--force", "--volumes", container)
    shutil.rmtree(folder)


def nexus(
    project: Project, server: str, host: str, *command: str
) -> "subprocess.CompletedProcess[str]":
    """Run the image's `nexus` in the server's network namespace, with the server at 127.0.0.1."""
    tls = "sslmode=verify-full&sslrootcert=/tls/certificate.pem"
    return subprocess.run(
        [
            *("docker", "run", "--rm", "--network", f"container:{server}"),
            *("--volume", f"{project.folder}/database-tls:/tls:ro", "--env", "SECRET_KEY=test"),
            *("--env", f"DATABASE_URL=postgresql://nexus:secret@{host}:5432/nexus?{tls}"),
            *("--env", "CACHE_URL=redis://127.0.0.1:6379/0"),
            *("nexus:0.1.0", *command),
        ],
        check=False,
        capture_output=True,
        text=True,
        env=project.engine.environment,
    )


def test_every_connection_is_encrypted(small: Project, secured: str) -> None:
    asked = f"from django.db import connection as c; k = c.cursor(); k.execute({SECURED!r}); "
    done = nexus(
        small, secured, "localhost", "manage", "shell", "-v0", "-c", asked + "print(k.fetchone())"
    )
    assert "('TLSv1.3',)" in done.stdout, done.stdout + done.stderr


def test_server_of_another_name_is_refused(small: Project, secured: str) -> None:
    # The certificate is for localhost and 127.0.0.1; the container's own name is neither.
    name = small.engine.run("docker", "exec", secured, "hostname").strip()
    done = nexus(small, secured, name, "manage", "migrate", "--check")
    assert done.returncode != 0
    assert "does not match host name" in done.stdout + done.stderr
