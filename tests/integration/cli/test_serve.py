"""`nexus serve` starts everything, reports what happens to it, and stops everything."""

import json
import os
import signal
import socket
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.servers import embedded_environment, serving
from tests.support.waiting import until

PATIENCE_S = 30
PARTS = ("nexus.config.wsgi:application", "runner", "worker", "beat")


def named_environment() -> dict[str, str]:
    """Return the environment of these tests, in which the services have their URLs."""
    kept = {name: value for name, value in os.environ.items() if name != "NEXUS_EMBEDDED"}
    return {**kept, "PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_every_part(number: signal.Signals) -> None:
    with serving(named_environment()) as service:
        service.wait_for("ready in")
        for part in PARTS:
            service.part(part)
        family = service.family()
        assert service.end(number) == 0
        gone, alive = psutil.wait_procs(family, timeout=10)
        assert (alive, len(gone)) == ([], len(family))


def test_signal_while_starting_ends_it(tmp_path: Path) -> None:
    with serving(embedded_environment(tmp_path)) as service:
        service.wait_for("tables")
        assert service.end() in {0, 130}


def test_named_services_are_used_and_none_is_started() -> None:
    with serving(named_environment()) as service:
        service.wait_for("Listening on")
        commands = [" ".join(member.cmdline()) for member in service.family()]
        assert not [command for command in commands if "postgres -D" in command]
        assert not [line for line in service.lines if "enter" in line]
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/readyz") as answer:
            assert answer.status == 200


def test_embedded_start_prints_a_link_that_signs_in(tmp_path: Path) -> None:
    with serving(embedded_environment(tmp_path)) as service:
        link = service.wait_for("/enter/").strip()
        with urllib.request.urlopen(link) as answer:
            assert answer.url == f"http://127.0.0.1:{service.port}/"
        assert service.end() == 0


def test_embedded_start_brings_carriers_along(tmp_path: Path) -> None:
    with serving(embedded_environment(tmp_path)) as service:
        service.wait_for("ready in")
        service.part("nexus.apps.orders.carriers.sandbox:app")
        told = service.part("nexus.config.wsgi:application").environ()["NEXUS_CARRIERS"]
        addresses = dict(entry.split("=") for entry in told.split(","))
        parcel = b'{"country": "PT", "pieces": 1, "currency": "EUR"}'

        def offers() -> list[dict[str, Any]]:
            with suppress(OSError), urllib.request.urlopen(addresses["swift"], parcel) as answer:
                return list(json.load(answer)["offers"])
            return []

        offered = until(offers, patience_s=PATIENCE_S)
        assert [offer["method"] for offer in offered] == ["standard", "express"]


def test_killed_part_is_told_and_started_again() -> None:
    with serving(named_environment()) as service:
        service.wait_for("ready in")
        first = service.part("beat")
        first.kill()
        service.wait_for("The Celery beat ended by signal SIGKILL; restarting it")
        assert service.part("beat").pid != first.pid


def test_killed_command_takes_its_parts_along() -> None:
    with serving(named_environment()) as service:
        service.wait_for("ready in")
        for part in PARTS:
            service.part(part)
        family = service.family()
        service.process.kill()
        assert psutil.wait_procs(family, timeout=20)[1] == []


def test_taken_port_is_told_with_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(embedded_environment(tmp_path), "--port", str(port)) as service:
            service.wait_for(
                rf"Port {port} on 127.0.0.1 cannot be used .*--port, such as {port + 1}"
            )
            assert service.process.wait(20) == 3


def test_embedded_nexus_does_not_listen_to_the_network(tmp_path: Path) -> None:
    with serving(embedded_environment(tmp_path), "--host", "0.0.0.0") as service:  # noqa: S104 -- it is refused
        service.wait_for("listens on loopback addresses only")
        assert service.process.wait(20) == 3


def test_missing_secret_key_is_told_with_the_remedy() -> None:
    environment = named_environment()
    del environment["SECRET_KEY"]
    with serving(environment) as service:
        service.wait_for("SECRET_KEY is not set. Set it to a long random text")
        assert service.process.wait(20) == 3
