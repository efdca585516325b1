"""The workers of trials: threads that start together and keep their history."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from nexus.engines.experiment.model.errors import VariantError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from nexus.engines.experiment.measuring.progress import Clock
    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.model.lab import Variant

__all__ = ["Attempt", "Crew", "Race"]

GIVE_UP_AFTER = 20
"""Attempts in a row that raised, after which a worker leaves the trial."""

LISTEN_S = 0.1
"""How often the wait for the workers looks up to see whether the run was cancelled."""

STUCK_S = 30.0
"""Grace past the trial's limit for an attempt that is under way; only real time counts here."""

SHORTEST_S = 1e-9


class Attempt(NamedTuple):
    """One call of a variant by one worker; times in seconds since the barrier's release.

    `outcome` is "true" for done, "false" for no more to do, and "unknown" where the call raised
    or the trial's time was up: it may have taken effect all the same.
    """

    worker: int
    attempt: int
    start_s: float
    end_s: float
    outcome: str
    error: str


@dataclass(slots=True)
class Race:
    """One trial: what the workers run, and the history they write."""

    variant: "Variant"
    subject: Any
    limit_s: float
    released: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    histories: list[list[Attempt]] = field(default_factory=list)

    @property
    def attempts(self) -> list[Attempt]:
        """The history of all workers, in the order of their starts."""
        merged = [attempt for history in self.histories for attempt in history]
        return sorted(merged, key=lambda attempt: (attempt.start_s, attempt.worker))

    @property
    def duration_s(self) -> float:
        """From the barrier's release to the end of the last worker's last attempt."""
        ends = (attempt.end_s for history in self.histories for attempt in history)
        return max(SHORTEST_S, max(ends, default=0.0))

    @property
    def throughput(self) -> float:
        """Attempts done per second.

        A trial in which nothing was done counts as half an attempt, since a ratio needs a number
        above zero.
        """
        done = sum(attempt.outcome == "true" for attempt in self.attempts)
        return max(done, 0.5) / self.duration_s


class Crew:
    """A fixed set of worker threads, each with a connection of its own.

    Use it as a context manager. The threads are daemons: one that a server keeps for ever must
    not keep the process as well.
    """

    def __init__(self, workers: int, bench: "Bench", clock: "Clock") -> None:
        self._bench = bench
        self._clock = clock
        self._barrier = threading.Barrier(workers, action=self._release)
        self._race: Race | None = None
        self._inboxes: list[SimpleQueue[Callable[[int], None] | None]] = []
        self._outbox: SimpleQueue[BaseException | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        for number in range(workers):
            inbox: SimpleQueue[Callable[[int], None] | None] = SimpleQueue()
            name = f"worker {number}"
            thread = threading.Thread(
                target=self._work, args=(number, inbox), name=name, daemon=True
            )
            self._inboxes.append(inbox)
            self._threads.append(thread)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        if self._race is not None:
            self._race.stop.set()
        for inbox in self._inboxes:
            inbox.put(None)
        for thread in self._threads:
            # A worker that is stuck in a server is left behind; the others need a moment.
            thread.join(timeout=LISTEN_S if kind else STUCK_S)

    def connect(self, check: "Callable[[], None]") -> None:
        """Give every worker a fresh connection. Raise what the bench raises."""
        self._order(lambda _: self._bench.open(), check, STUCK_S, "connecting")

    def run(self, race: Race, check: "Callable[[], None]") -> None:
        """Run one trial and fill in its history.

        `check` is called several times a second and may raise to end the trial early. Raise
        VariantError when a worker does not come back long after the limit.
        """
        self._race = race
        race.histories = [[] for _ in self._threads]
        patience_s = race.limit_s + STUCK_S
        try:
            self._order(self._take_part, check, patience_s, f"the variant {race.variant.name}")
        finally:
            race.stop.set()

    def _order(
        self,
        task: "Callable[[int], None]",
        check: "Callable[[], None]",
        patience_s: float,
        what: str,
    ) -> None:
        for inbox in self._inboxes:
            inbox.put(task)
        until = time.monotonic() + patience_s
        faults: list[BaseException] = []
        waiting = len(self._threads)
        while waiting:
            check()
            try:
                fault = self._outbox.get(timeout=LISTEN_S)
            except Empty:
                if time.monotonic() < until:
                    continue
                raise VariantError(
                    f"{waiting} of {len(self._threads)} workers did not come back from {what} "
                    f"within {patience_s:.0f} s; give its statements a timeout."
                ) from None
            waiting -= 1
            if fault is not None:
                faults.append(fault)
        if faults:
            raise faults[0]

    def _work(self, number: int, inbox: "SimpleQueue[Callable[[int], None] | None]") -> None:
        while (task := inbox.get()) is not None:
            try:
                task(number)
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
                self._outbox.put(error)
            else:
                self._outbox.put(None)
        # A connection that cannot be closed is as good as closed: the run is over.
        with suppress(Exception):
            self._bench.close()

    def _release(self) -> None:
        if self._race is not None:
            self._race.released = self._clock()

    def _take_part(self, number: int) -> None:
        race = self._race
        if race is None:
            return
        self._barrier.wait()
        history, unknown = race.histories[number], 0
        for attempt in count(1):
            start_s = self._clock() - race.released
            if race.stop.is_set() or start_s >= race.limit_s:
                error = f"stopped at the trial's limit of {race.limit_s:g} s"
                history.append(Attempt(number, attempt, start_s, start_s, "unknown", error))
                return
            outcome, error = self._attempt(race)
            end_s = self._clock() - race.released
            history.append(Attempt(number, attempt, start_s, end_s, outcome, error))
            unknown = unknown + 1 if outcome == "unknown" else 0
            if outcome == "false" or unknown >= GIVE_UP_AFTER:
                return

    def _attempt(self, race: Race) -> tuple[str, str]:
        try:
            answer = race.variant.function(race.subject)
        except Exception as error:  # noqa: BLE001 - whatever it is, the outcome is unknown
            # What it left of the connection is unknown as well.
            self._bench.open()
            return "unknown", f"{type(error).__name__}: {error}"
        if answer is True or answer is False:
            return ("true" if answer else "false"), ""
        raise VariantError(
            f"The variant {race.variant.name} returned {answer!r}; an attempt returns True when "
            "it is done and False when there is no more to do."
        )
