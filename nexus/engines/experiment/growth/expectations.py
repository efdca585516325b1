"""The expectation of an exponent, which a lab of growth decides."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.expectation import SMALLEST_EXPONENT, Expectation

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Interval
    from nexus.engines.experiment.model.lab import Lab
    from nexus.engines.experiment.statistics.curves import Reading

__all__ = ["Exponent"]


@dataclass(frozen=True)
class Exponent(Expectation):
    """The variant's time grows like a power of the size, with an exponent on one side of a bar.

    Exactly one of `at_least` and `at_most` is given. The exponent is that of the last decade.
    """

    designs = "Growth"

    at_least: float | None = field(default=None, kw_only=True)
    at_most: float | None = field(default=None, kw_only=True)

    @property
    def bar(self) -> float:
        """The exponent that the claim names."""
        return next(bar for bar in (self.at_least, self.at_most) if bar is not None)

    def decide(self, interval: "Interval") -> Verdict | None:
        """Return what an interval of exponents says of the claim, or None while it is open."""
        low, high = interval
        above, below = Verdict.SUPPORTED, Verdict.REFUTED
        if self.at_most is not None:
            above, below = below, above
        if low >= self.bar:
            return above
        return below if high < self.bar else None

    def decide_curve(self, reading: "Reading") -> Verdict | None:
        """Return what the last decade says, or None while that is open or doubtful."""
        if reading.bends_to(self.bar) or reading.steps_beyond(self.bar):
            return None
        return self.decide(reading.last_decade.interval)

    def check(self, lab: "Lab") -> None:
        """Raise `LabError` where the expectation does not fit the lab."""
        self.check_names(lab)
        if (self.at_least is None) == (self.at_most is None):
            raise LabError(f"{self.claim} needs one bar; give it either at_least=… or at_most=….")
        if not (math.isfinite(self.bar) and self.bar >= SMALLEST_EXPONENT):
            raise LabError(
                f"{self.claim} has its bar at an exponent of {self.bar}; no lab here can "
                f"distinguish less than {SMALLEST_EXPONENT} from no growth, so put it higher."
            )
