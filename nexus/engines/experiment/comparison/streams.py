"""What a comparison measures: a stream of pairs for each variant, opponent and case."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nexus.engines.experiment.measuring.counting import Counts
    from nexus.engines.experiment.measuring.units import UnitSample
    from nexus.engines.experiment.model.expectation import RatioExpectation
    from nexus.engines.experiment.statistics.series import PairSeries

__all__ = ["ComparisonRecord", "Stream"]


@dataclass(slots=True)
class Stream:
    """The pairs of one variant and its opponent in one case, and the time spent on them.

    `first_s` is what a pair took at calibration; `done` says that no more pairs are needed.
    """

    variant: str
    over: str
    case: int
    claims: "list[RatioExpectation]"
    series: "PairSeries"
    calls: int = 1
    first_s: float = 0.0
    spent_s: float = 0.0
    done: bool = False

    @property
    def name(self) -> str:
        """The name of the comparison in the samples."""
        return f"{self.variant}/{self.over}"

    @property
    def pairs(self) -> int:
        """How many pairs were measured."""
        return len(self.series.values)

    @property
    def pair_s(self) -> float:
        """How long a pair takes; a calibration in a busy moment is soon outweighed."""
        return self.spent_s / self.pairs if self.pairs else self.first_s

    def decided(self) -> bool:
        """Return whether pairs and rounds agree on every claim about this stream."""
        estimate = self.series.estimate(
            lambda interval: all(claim.decide(interval) for claim in self.claims)
        )
        return all(claim.decide(estimate.interval) for claim in self.claims)


@dataclass(slots=True)
class ComparisonRecord:
    """What a comparison has measured so far.

    `extended` says that the budget was given twice on a busy machine, `cut_short` that the run's
    limit ended it.
    """

    counts: "Counts"
    streams: list[Stream]
    control: "PairSeries"
    samples: "list[UnitSample]" = field(default_factory=list)
    rounds: int = 0
    extended: bool = False
    cut_short: bool = False
