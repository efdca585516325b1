"""The kinds of runs of the measurement, and their summary."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["EFFECTS", "Cell", "Run", "Summary", "upper_bound"]

EFFECTS = (1.0, 1.05, 1.10, 1.20)
"""How many times as long the baseline takes; 1 is identical code on both sides."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One kind of run: the form, the machine and the effect planted in it."""

    form: str
    machine: str
    effect: float


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run: its verdict on equality within 5 %, the ratio and the interval."""

    seed: int
    verdict: str
    value: float | None
    interval: tuple[float, float] | None
    pairs: int
    seconds: float

    @property
    def side(self) -> int:
        """On which side of a ratio of one the whole interval lies: -1, 0 for neither, or 1."""
        if self.interval is None:
            return 0
        return 1 if self.interval[0] > 1 else -1 if self.interval[1] < 1 else 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a cell's runs.

    `different` have an interval without a ratio of one, `wrong` one on the wrong side of it (with
    identical code: either side). `equal`, `unequal` and `inconclusive` count the verdicts on
    equality within 5 %, `covered` the intervals that contain the true ratio.
    """

    runs: int
    different: int
    wrong: int
    equal: int
    unequal: int
    inconclusive: int
    covered: int
    pairs: int
    seconds: float

    @classmethod
    def of(cls, cell: Cell, runs: Sequence[Run]) -> "Summary":
        """Count the runs of `cell`; at least one."""
        right = 0 if cell.effect == 1 else 1
        return cls(
            runs=len(runs),
            different=_count(run.side != 0 for run in runs),
            wrong=_count(run.side not in {0, right} for run in runs),
            equal=_count(run.verdict == "supported" for run in runs),
            unequal=_count(run.verdict == "refuted" for run in runs),
            inconclusive=_count(run.verdict == "inconclusive" for run in runs),
            covered=_count(
                run.interval is not None and run.interval[0] <= cell.effect <= run.interval[1]
                for run in runs
            ),
            pairs=sorted(run.pairs for run in runs)[len(runs) // 2],
            seconds=sorted(run.seconds for run in runs)[len(runs) // 2],
        )


def _count(flags: Iterable[bool]) -> int:
    return sum(flags)


def upper_bound(seen: int, runs: int) -> float:
    """Return the largest share that `seen` of `runs` does not rule out, at 95 % (one-sided).

    Clopper and Pearson, "The use of confidence or fiducial limits", 1934.
    """
    if seen >= runs:
        return 1.0
    low, high = seen / runs, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(seen, runs, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(seen: int, runs: int, share: float) -> float:
    """Return the chance of at most `seen` events in `runs` when each has the chance `share`."""
    if share in {0.0, 1.0}:
        return 1.0 - share
    return sum(
        math.exp(
            math.lgamma(runs + 1)
            - math.lgamma(k + 1)
            - math.lgamma(runs - k + 1)
            + k * math.log(share)
            + (runs - k) * math.log1p(-share)
        )
        for k in range(seen + 1)
    )
