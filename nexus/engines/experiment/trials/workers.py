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
    from nexus.engines.experiment.model.variant import Variant

__all__ = ["Attempt", "Trial", "WorkerPool"]

GIVE_UP_AFTER = 20
"""Attempts in a row that raised, after which a worker leaves the trial."""

CHECK_EVERY_S = 0.1
"""How often the wait for the workers checks whether the run was cancelled."""

STUCK_S = 30.0
"""Grace past the trial's limit for an attempt that is under way; only real time counts here."""

MIN_DURATION_S = 1e-9


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
class Trial:
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
        return max(MIN_DURATION_S, max(ends, default=0.0))

    @property
    def throughput(self) -> float:
        """Attempts done per second.

        A trial in which nothing was done counts as half an attempt, since a ratio needs a number
        above zero.
        """
        done = sum(attempt.outcome == "true" for attempt in self.attempts)
        return max(done, 0.5) / self.duration_s


class WorkerPool:
    """A fixed set of worker threads, each with a connection of its own.

    Use it as a context manager. The threads are daemons: one that waits for a server for ever
    must not keep the process alive.
    """

    def __init__(self, workers: int, bench: "Bench", clock: "Clock") -> None:
        self._bench = bench
        self._clock = clock
        self._barrier = threading.Barrier(workers, action=self._release)
        self._trial: Trial | None = None
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
        if self._trial is not None:
            self._trial.stop.set()
        for inbox in self._inboxes:
            inbox.put(None)
        for thread in self._threads:
            # A worker that waits for a server for ever is abandoned; the others need a moment.
            thread.join(timeout=CHECK_EVERY_S if kind else STUCK_S)

    def connect(self, check: "Callable[[], None]") -> None:
        """Open a fresh connection for every worker. Raises what the bench raises."""
        self._order(lambda _: self._bench.open(), check, STUCK_S, "connecting")

    def run(self, trial: Trial, check: "Callable[[], None]") -> None:
        """Run one trial and fill in its history.

        `check` is called several times a second and may raise to end the trial early. Raises
        `VariantError` when a worker does not return long after the limit.
        """
        self._trial = trial
        trial.histories = [[] for _ in self._threads]
        patience_s = trial.limit_s + STUCK_S
        try:
            self._order(self._take_part, check, patience_s, f"the variant {trial.variant.name}")
        finally:
            trial.stop.set()

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
        errors: list[BaseException] = []
        waiting = len(self._threads)
        while waiting:
            check()
            try:
                error = self._outbox.get(timeout=CHECK_EVERY_S)
            except Empty:
                if time.monotonic() < until:
                    continue
                raise VariantError(
                    f"{waiting} of {len(self._threads)} workers did not return from {what} "
                    f"within {patience_s:.0f} s; give its statements a timeout."
                ) from None
            waiting -= 1
            if error is not None:
                errors.append(error)
        if errors:
            raise errors[0]

    def _work(self, number: int, inbox: "SimpleQueue[Callable[[int], None] | None]") -> None:
        while (task := inbox.get()) is not None:
            try:
                task(number)
            except Exception as error:  # noqa: BLE001 -- handed to the thread that waits for it
                self._outbox.put(error)
            else:
                self._outbox.put(None)
        # A connection that cannot be closed does not matter: the run is over.
        with suppress(Exception):
            self._bench.close()

    def _release(self) -> None:
        if self._trial is not None:
            self._trial.released = self._clock()

    def _take_part(self, number: int) -> None:
        trial = self._trial
        if trial is None:
            return
        self._barrier.wait()
        history, unknown = trial.histories[number], 0
        for attempt in count(1):
            start_s = self._clock() - trial.released
            if trial.stop.is_set() or start_s >= trial.limit_s:
                error = f"stopped at the trial's limit of {trial.limit_s:g} s"
                history.append(Attempt(number, attempt, start_s, start_s, "unknown", error))
                return
            outcome, error = self._attempt(trial)
            end_s = self._clock() - trial.released
            history.append(Attempt(number, attempt, start_s, end_s, outcome, error))
            unknown = unknown + 1 if outcome == "unknown" else 0
            if outcome == "false" or unknown >= GIVE_UP_AFTER:
                return

    def _attempt(self, trial: Trial) -> tuple[str, str]:
        try:
            answer = trial.variant.function(trial.subject)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the outcome is unknown
            # What it left of the connection is unknown as well.
            self._bench.open()
            return "unknown", f"{type(error).__name__}: {error}"
        if answer is True or answer is False:
            return ("true" if answer else "false"), ""
        raise VariantError(
            f"The variant {trial.variant.name} returned {answer!r}; an attempt returns True when "
            "it is done and False when there is no more to do."
        )
