"""What every step of one run shares."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nexus.engines.experiment.measuring.progress import Watch
    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.model.budgets import Budget

__all__ = ["BUSY_PRESSURE", "LEVEL", "LOOK_GROWTH", "Session"]

LEVEL = 0.01
"""The chance, shared by all timed comparisons of a run, that any interval misses the truth."""

LOOK_GROWTH = 1.4
"""The next look at the rounds is when there are this many times as many: some five in a run."""

BUSY_PRESSURE = 0.8
"""CPU pressure above which a machine is too busy to be measured as usual."""


@dataclass(slots=True)
class Session:
    """The bench, budget, seed and time of a run, and how busy its machine has been.

    `pressure` reads the CPU pressure, 0 to 1, or None where the kernel does not report it.
    """

    bench: "Bench"
    budget: "Budget"
    seed: int
    watch: "Watch"
    pressure: "Callable[[], float | None]"
    peak_pressure: float | None = None

    def sample_pressure(self) -> None:
        """Read the CPU pressure and remember the highest."""
        reading = self.pressure()
        if reading is not None:
            self.peak_pressure = max(reading, self.peak_pressure or 0.0)

    @property
    def busy_pressure(self) -> float | None:
        """The highest CPU pressure seen where it was too high, else None."""
        peak = self.peak_pressure
        return peak if peak is not None and peak > BUSY_PRESSURE else None
