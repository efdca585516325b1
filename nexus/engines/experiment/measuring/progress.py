"""What a run reports while it lasts, and how it is stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from nexus.engines.experiment.model.errors import Cancelled

__all__ = ["Clock", "Progress", "Watch"]

Clock = Callable[[], float]
"""Seconds since some fixed moment; never goes backwards."""

REPORT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """The present step, the share that is done (0 to 1) and the longest the rest can take."""

    step: str
    done: float
    remaining_s: float


class Watch:
    """The run's time: how much has passed, how much is left, and whether to go on.

    `check` is called between units of work, at least once a second, and raises `Cancelled` when the
    caller asks for it.
    """

    def __init__(
        self,
        clock: Clock,
        limit_s: float,
        progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.clock = clock
        self._limit_s = limit_s
        self._progress = progress
        self._cancelled = cancelled
        self._started = clock()
        self._reported_at = 0.0
        self._done = 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start of the run."""
        return self.clock() - self._started

    @property
    def left_s(self) -> float:
        """Seconds until the run's limit; never negative."""
        return max(0.0, self._limit_s - self.elapsed_s)

    @property
    def over(self) -> bool:
        """Whether the run has reached its limit."""
        return self.elapsed_s >= self._limit_s

    def check(self) -> None:
        """Raise `Cancelled` when the run is to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The run was cancelled; nothing was saved.")

    def report(self, step: str, remaining_s: float, *, at_once: bool = False) -> None:
        """Report `step` and the seconds that can remain, no more often than is useful.

        `at_once` reports even right after another step.
        """
        self.check()
        now = time.monotonic()
        if self._progress is None or (not at_once and now - self._reported_at < REPORT_EVERY_S):
            return
        self._reported_at = now
        remaining_s = min(max(0.0, remaining_s), self.left_s)
        total = self.elapsed_s + remaining_s
        # A budget that was extended must not make the bar run backwards.
        self._done = max(self._done, self.elapsed_s / total if total > 0 else 0.0)
        self._progress(Progress(step, min(1.0, self._done), remaining_s))
