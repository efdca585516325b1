"""The state of the two colours in HAProxy, and how traffic is moved: its runtime socket."""

import csv
import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.release.errors import DeploymentError

__all__ = ["COLOURS", "MAX_WEIGHT", "MIN_WEIGHT", "NORMAL_WEIGHT", "Balancer", "Standing"]

COLOURS = ("blue", "green")
BACKEND = "web"
# The weights of a server: the one in haproxy.cfg, and HAProxy's limits.
NORMAL_WEIGHT, MIN_WEIGHT, MAX_WEIGHT = 100, 1, 256
TIMEOUT_S = 5
ANSWERS = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")
FAULTS = ("econ", "eresp")
# Responses of 502 to 504 and broken connections that HAProxy retried on the other colour.
RETRIES = "wretr"


@dataclass(frozen=True)
class Standing:
    """One colour as HAProxy sees it."""

    status: str
    check: str
    weight: int
    sessions: int
    answers: int
    failures: int
    times_down: int

    @property
    def serving(self) -> bool:
        """Whether it gets requests."""
        return self.status.startswith("UP") and self.weight > 0

    @property
    def healthy(self) -> bool:
        """Whether it passed the last health check, even if it gets no requests."""
        return self.check == "L7OK"


class Balancer:
    """HAProxy's runtime socket."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def standings(self) -> dict[str, Standing]:
        """Return both colours."""
        text = self.ask("show stat").removeprefix("# ")
        rows = [row for row in csv.DictReader(text.splitlines()) if row["pxname"] == BACKEND]
        standings = {row["svname"]: _standing(row) for row in rows if row["svname"] in COLOURS}
        if len(standings) != len(COLOURS):
            raise DeploymentError(f"HAProxy at {self.path} has no servers {' and '.join(COLOURS)}.")
        return standings

    def set_state(self, colour: str, state: str) -> None:
        """Make a colour `ready`, `drain` (no new requests, checks go on) or `maint` (nothing)."""
        self._command(f"set server {BACKEND}/{colour} state {state}")

    def set_weight(self, colour: str, weight: int) -> None:
        """Set a colour's share of the requests."""
        self._command(f"set server {BACKEND}/{colour} weight {weight}")

    def ask(self, command: str) -> str:
        """Send a command and return the answer. Raises `DeploymentError` if there is none."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(TIMEOUT_S)
                connection.connect(str(self.path))
                connection.sendall(f"{command}\n".encode())
                parts = []
                while part := connection.recv(65536):
                    parts.append(part)
        except OSError as error:
            raise DeploymentError(
                f"HAProxy does not answer at {self.path} ({error.strerror or error}). Start it, or "
                "name its socket with --socket.",
            ) from error
        return b"".join(parts).decode()

    def _command(self, command: str) -> None:
        if answer := self.ask(command).strip():
            raise DeploymentError(f"HAProxy refused `{command}`: {answer}")


def _standing(row: dict[str, str]) -> Standing:
    def number(name: str) -> int:
        return int(row.get(name) or 0)

    # A retried request may be counted as a connection error too.
    faults = max(sum(number(name) for name in FAULTS), number(RETRIES))
    return Standing(
        status=row["status"],
        check=row["check_status"].removeprefix("* "),
        weight=number("weight"),
        sessions=number("scur"),
        answers=sum(number(name) for name in ANSWERS) + faults,
        failures=number("hrsp_5xx") + faults,
        times_down=number("chkdown"),
    )
