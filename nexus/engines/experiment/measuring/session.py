"""What every part of one run shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nexus.engines.experiment.measuring.progress import Watch
    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.model.budgets import Form

__all__ = ["ASK_GROWTH", "BUSY", "LEVEL", "Session"]

LEVEL = 0.01
"""The chance, shared by all timed comparisons of a run, that any interval misses the truth."""

ASK_GROWTH = 1.4
"""The rounds are asked again when there are so many times as many: some five times in a run."""

BUSY = 0.8
"""CPU pressure above which a machine is too busy to be measured as usual."""


@dataclass(slots=True)
class Session:
    """The bench, limits, seed and time of a run, and how busy its machine has been.

    `pressure` reads the CPU pressure, 0 to 1, or None where the kernel does not tell.
    """

    bench: "Bench"
    form: "Form"
    seed: int
    watch: "Watch"
    pressure: Callable[[], float | None]
    busiest: float | None = None

    def feel(self) -> None:
        """Read the CPU pressure and remember the highest."""
        reading = self.pressure()
        if reading is not None:
            self.busiest = max(reading, self.busiest or 0.0)

    @property
    def too_busy(self) -> float | None:
        """The highest CPU pressure seen where it was too high, else None."""
        return self.busiest if self.busiest is not None and self.busiest > BUSY else None
