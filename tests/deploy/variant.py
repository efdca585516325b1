"""A small release of a service, good or broken in one of four ways: `variant.py KIND NUMBER …`.

It takes the arguments that `script/deploy` gives to a release's `bin/nexus`.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable

import psycopg

__all__ = ["application"]

CRASH_AFTER_S = 1.5
# Read from the environment, because the server's workers import this module again.
KIND, NUMBER = os.environ.get("VARIANT_KIND", ""), os.environ.get("VARIANT_NUMBER", "")

_asked = threading.Event()


def application(
    environ: dict[str, str], start: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Respond with the release; both URLs query the database, as real ones do."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("SELECT max(number) FROM deployed").fetchone()
    checked = environ["PATH_INFO"] == "/readyz"
    if KIND == "crashing" and not checked and not _asked.is_set():
        _asked.set()
        threading.Timer(CRASH_AFTER_S, os.killpg, (0, signal.SIGKILL)).start()
    fault = "unhealthy" if checked else "failing"
    refused = fault == KIND
    start("503 Service Unavailable" if refused else "200 OK", [("Content-Type", "text/plain")])
    return [NUMBER.encode()]


def main() -> None:
    """Migrate, or become the server."""
    kind, number, *arguments = sys.argv[1:]
    if arguments == ["migrate"]:
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS deployed"
                " (number int, at timestamptz DEFAULT clock_timestamp())"
            )
            connection.execute("INSERT INTO deployed VALUES (%s)", [number])
            if kind == "unmigratable":
                connection.execute("ALTER TABLE deployed ADD CHECK (number < 0)")
        return
    port = arguments[arguments.index("--port") + 1]
    environment = {**os.environ, "VARIANT_KIND": kind, "VARIANT_NUMBER": number}
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port),
        *("--workers", "1", "--blocking-threads", "4", "--workers-kill-timeout", "10"),
        *("--log-level", "warning", "tests.deploy.variant:application"),
    ]
    os.execve(command[0], command, environment)  # noqa: S606 -- takes this process's place


if __name__ == "__main__":
    main()
