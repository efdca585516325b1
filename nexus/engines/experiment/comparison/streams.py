"""What a comparison measures and keeps: its streams of pairs, counts and samples."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nexus.engines.experiment.document.verdicts import settled

if TYPE_CHECKING:
    from nexus.engines.experiment.model.expectation import Rated
    from nexus.engines.experiment.statistics.series import PairSeries

__all__ = ["CONTROL", "Compared", "Counts", "Stream", "UnitSample"]

CONTROL = "control"

Counts = dict[tuple[str, int], tuple[dict[str, int], dict[str, int]]]
"""Two readings of every exact count, by variant and number of the case."""


class UnitSample(NamedTuple):
    """One timed unit of `calls` calls. `position` is 1 or 2: its place in the pair."""

    round: int
    pair: int
    comparison: str
    case: int
    variant: str
    position: int
    calls: int
    seconds: float


@dataclass(slots=True)
class Stream:
    """The pairs of one variant and its opponent in one case, and what they have cost.

    `first_s` is what a pair took at calibration; `done` says that no more pairs are wanted.
    """

    variant: str
    over: str
    case: int
    claims: "list[Rated]"
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
        """What a pair takes; a calibration that met with a busy moment is soon outweighed."""
        return self.spent_s / self.pairs if self.pairs else self.first_s

    def decided(self) -> bool:
        """Return whether pairs and rounds agree on every claim about this stream."""
        estimate = self.series.estimate(
            lambda ends: all(settled(claim, ends) for claim in self.claims)
        )
        return all(settled(claim, estimate.interval) for claim in self.claims)


@dataclass(slots=True)
class Compared:
    """What a comparison has found.

    `extended` says that the budget was given twice on a busy machine, `cut_short` that the run's
    limit ended it.
    """

    counts: Counts
    streams: list[Stream]
    control: "PairSeries"
    samples: list[UnitSample] = field(default_factory=list)
    rounds: int = 0
    extended: bool = False
    cut_short: bool = False
