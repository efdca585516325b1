"""The deployment: its steps, their order, and how each is undone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from deploy.release.balancer import (
    COLOURS,
    MAX_WEIGHT,
    MIN_WEIGHT,
    NORMAL_WEIGHT,
    Balancer,
    Standing,
)
from deploy.release.errors import DeploymentError
from deploy.release.signals import undisturbed

__all__ = ["Deployment", "Patience", "Starter", "fault"]

POLL_S = 0.2
# Fewer may be a client's broken connection; the share is judged from here on.
MIN_FAILURES = 5


class Starter(Protocol):
    """How colours are started. Every method raises `DeploymentError` if it fails."""

    def current(self) -> str:
        """Return the release that was remembered last, or an empty string."""

    def migrate(self, release: str) -> None:
        """Migrate the database for a release; the previous release must still work with it."""

    def start(self, colour: str, release: str) -> None:
        """Start a release as a colour, replacing what ran there."""

    def healthy(self, colour: str) -> bool:
        """Return whether it runs and reports that it is ready."""

    def stop(self, colour: str) -> None:
        """Stop a colour after it has finished its requests."""

    def remember(self, release: str) -> None:
        """Store that this release serves, for processes that are started later."""

    def finish(self) -> None:
        """Start worker, beat and runner with the remembered release."""


@dataclass(frozen=True)
class Patience:
    """How long each step may take, in seconds, and the share of requests that may fail."""

    start_s: float = 120
    watch_s: float = 60
    drain_s: float = 40
    failures: float = 0.02


@dataclass
class Deployment:
    """The deployment of one release."""

    release: str
    balancer: Balancer
    starter: Starter
    patience: Patience
    say: Callable[[str], None]

    def run(self) -> str:
        """Deploy and return the colour that serves. Raises `DeploymentError` after a rollback."""
        old, new = choose(self.balancer.standings())
        self.say(f"{old or 'nothing'} serves; {self.release} becomes {new}")
        self.starter.migrate(self.release)
        self.say("migrations applied")
        with self._undone(old, new):
            self._start(new)
            self._switch(old, new)
            self._watch(new)
        try:
            # First: from here on nothing may start the previous release again.
            self.starter.remember(self.release)
            self._retire(old, new)
            self.starter.finish()
        except DeploymentError as error:
            raise DeploymentError(
                f"{self.release} serves as {new}, but the rest was not done: {error}. "
                "Deploy it once more."
            ) from error
        self.say(f"{self.release} serves as {new}")
        return new

    def _start(self, new: str) -> None:
        # Take it out of the traffic before it changes. Its health is still checked.
        self.balancer.set_state(new, "drain")
        self._wait_empty(new)
        self.starter.stop(new)
        self._wait(lambda: not self.balancer.standings()[new].healthy, f"{new} did not end")
        self.starter.start(new, self.release)
        self._wait(
            lambda: self.starter.healthy(new) and self.balancer.standings()[new].healthy,
            f"{self.release} did not become healthy",
        )
        self.say(f"{new} is healthy")

    def _switch(self, old: str | None, new: str) -> None:
        self.balancer.set_weight(new, MAX_WEIGHT)
        self.balancer.set_state(new, "ready")
        self._wait(lambda: self.balancer.standings()[new].serving, f"HAProxy does not use {new}")
        if old:
            # The smallest share: requests that fail on the new colour can be retried here.
            self.balancer.set_weight(old, MIN_WEIGHT)
        self.say(f"traffic goes to {new}")

    def _watch(self, new: str) -> None:
        before = self.balancer.standings()[new]
        until = time.monotonic() + self.patience.watch_s
        while time.monotonic() < until:
            now = self.balancer.standings()[new]
            if sentence := fault(before, now, share=self.patience.failures):
                raise DeploymentError(f"{self.release} {sentence}")
            time.sleep(POLL_S)
        self.say(f"watched for {self.patience.watch_s:g} s without a fault")

    def _retire(self, old: str | None, new: str) -> None:
        self.balancer.set_weight(new, NORMAL_WEIGHT)
        if old:
            self._take_out(old)
            self.say(f"{old} is drained and stopped")

    @contextmanager
    def _undone(self, old: str | None, new: str) -> Iterator[None]:
        """Return the traffic to the old colour if anything fails, including Ctrl-C."""
        try:
            yield
        except DeploymentError as error:
            with undisturbed():
                if old:
                    self.balancer.set_weight(old, NORMAL_WEIGHT)
                    self.balancer.set_state(old, "ready")
                self._take_out(new)
                self._reload_pages()
            serves = f"Rolled back: {old} serves as before." if old else "Nothing serves."
            raise DeploymentError(f"{error}. {serves}") from error

    def _reload_pages(self) -> None:
        """Load the pages of the previous release over those of the new one."""
        if before := self.starter.current():
            with suppress(DeploymentError):
                self.starter.migrate(before)

    def _take_out(self, colour: str) -> None:
        self.balancer.set_state(colour, "drain")
        self._wait_empty(colour)
        self.starter.stop(colour)
        self.balancer.set_state(colour, "maint")
        self.balancer.set_weight(colour, NORMAL_WEIGHT)

    def _wait_empty(self, colour: str) -> None:
        """Wait until no request is running, for a limited time; slow requests are cut off then."""
        until = time.monotonic() + self.patience.drain_s
        while self.balancer.standings()[colour].sessions and time.monotonic() < until:
            time.sleep(POLL_S)

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + self.patience.start_s
        while not condition():
            if time.monotonic() > until:
                raise DeploymentError(f"{otherwise} within {self.patience.start_s:g} s")
            time.sleep(POLL_S)


def choose(standings: dict[str, Standing]) -> tuple[str | None, str]:
    """Return the colour that serves, if any, and the one to deploy to.

    If both serve, the one with more of the traffic is kept.
    """
    serving = [colour for colour in COLOURS if standings[colour].serving]
    if not serving:
        return None, COLOURS[0]
    old = max(serving, key=lambda colour: standings[colour].weight)
    return old, next(colour for colour in COLOURS if colour != old)


def fault(before: Standing, now: Standing, *, share: float) -> str:
    """Return what went wrong with a colour since `before`, or an empty string."""
    if now.times_down > before.times_down or not now.serving or not now.healthy:
        return "fails its health check"
    answers, failures = now.answers - before.answers, now.failures - before.failures
    if failures >= MIN_FAILURES and failures > share * answers:
        return f"failed {failures} of {answers} requests"
    return ""
