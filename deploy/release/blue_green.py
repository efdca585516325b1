"""The deployment: which steps, in which order, and what undoes each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from deploy.release.balancer import COLOURS, EVERYDAY, LEAST, MOST, Balancer, Standing
from deploy.release.errors import DeploymentError
from deploy.release.signals import undisturbed

__all__ = ["Deployment", "Patience", "Starter", "fault"]

POLL_S = 0.2
# So few failures may be somebody's broken connection; a share is judged from here on.
FEWEST_FAILURES = 5


class Starter(Protocol):
    """How a colour is started where it runs. Each raises `DeploymentError` when it cannot."""

    def current(self) -> str:
        """Return the release that was remembered last; empty where none was."""

    def migrate(self, release: str) -> None:
        """Bring the database to what a release needs; the release before must go on with it."""

    def start(self, colour: str, release: str) -> None:
        """Start a release as a colour, in place of what was there."""

    def healthy(self, colour: str) -> bool:
        """Whether it runs and says itself that it is ready."""

    def stop(self, colour: str) -> None:
        """End a colour, which finishes the answers in hand."""

    def remember(self, release: str) -> None:
        """Note that this release serves, for whatever is started later."""

    def finish(self) -> None:
        """Bring the parts behind the web to the release that is remembered."""


@dataclass(frozen=True)
class Patience:
    """How long each step may last, in seconds, and which share of failures is one too many."""

    start_s: float = 120
    watch_s: float = 60
    drain_s: float = 40
    failures: float = 0.02


@dataclass
class Deployment:
    """One release on its way to everybody."""

    release: str
    balancer: Balancer
    starter: Starter
    patience: Patience
    say: Callable[[str], None]

    def run(self) -> str:
        """Deploy; give the colour that serves. Raises `DeploymentError` once it has undone it."""
        old, new = choose(self.balancer.standings())
        self.say(f"{old or 'nothing'} serves; {self.release} becomes {new}")
        self.starter.migrate(self.release)
        self.say("migrations applied")
        with self._undone(old, new):
            self._start(new)
            self._switch(old, new)
            self._watch(new)
        try:
            # First: from here on nothing may start the release before again.
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
        # Out of the traffic before anything of it changes. Its health is checked all the same.
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
        self.balancer.set_weight(new, MOST)
        self.balancer.set_state(new, "ready")
        self._wait(lambda: self.balancer.standings()[new].serving, f"HAProxy does not use {new}")
        if old:
            # The smallest share: requests that fail on the new one can still be tried again here.
            self.balancer.set_weight(old, LEAST)
        self.say(f"traffic goes to {new}")

    def _watch(self, new: str) -> None:
        before = self.balancer.standings()[new]
        until = time.monotonic() + self.patience.watch_s
        while time.monotonic() < until:
            now = self.balancer.standings()[new]
            if found := fault(before, now, share=self.patience.failures):
                raise DeploymentError(f"{self.release} {found}")
            time.sleep(POLL_S)
        self.say(f"watched for {self.patience.watch_s:g} s without a fault")

    def _retire(self, old: str | None, new: str) -> None:
        self.balancer.set_weight(new, EVERYDAY)
        if old:
            self._take_out(old)
            self.say(f"{old} is drained and stopped")

    @contextmanager
    def _undone(self, old: str | None, new: str) -> Iterator[None]:
        """Return the traffic back when anything goes wrong, Ctrl-C as well."""
        try:
            yield
        except DeploymentError as error:
            with undisturbed():
                if old:
                    self.balancer.set_weight(old, EVERYDAY)
                    self.balancer.set_state(old, "ready")
                self._take_out(new)
                self._read_pages_again()
            serves = f"Rolled back: {old} serves as before." if old else "Nothing serves."
            raise DeploymentError(f"{error}. {serves}") from error

    def _read_pages_again(self) -> None:
        """Have the release before write its own pages over those of the new one."""
        if before := self.starter.current():
            with suppress(DeploymentError):
                self.starter.migrate(before)

    def _take_out(self, colour: str) -> None:
        self.balancer.set_state(colour, "drain")
        self._wait_empty(colour)
        self.starter.stop(colour)
        self.balancer.set_state(colour, "maint")
        self.balancer.set_weight(colour, EVERYDAY)

    def _wait_empty(self, colour: str) -> None:
        """Wait until no answer is in hand, but not for ever: whoever is slow loses then."""
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

    Where both serve, the one with more of the traffic is kept.
    """
    serving = [colour for colour in COLOURS if standings[colour].serving]
    if not serving:
        return None, COLOURS[0]
    old = max(serving, key=lambda colour: standings[colour].weight)
    return old, next(colour for colour in COLOURS if colour != old)


def fault(before: Standing, now: Standing, *, share: float) -> str:
    """Say what is wrong with a colour since `before`; empty when nothing is."""
    if now.times_down > before.times_down or not now.serving or not now.healthy:
        return "fails its health check"
    answers, failures = now.answers - before.answers, now.failures - before.failures
    if failures >= FEWEST_FAILURES and failures > share * answers:
        return f"failed {failures} of {answers} requests"
    return ""
